/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What reading and writing of .rwi files share.
 */
#pragma once

#include "codec/rwi.h"

#define RW_RWI_MAGIC "\x8bRWI\r\n\x1a\n"
/* Of files whose latents are in no rounds, and of others. */
#define RW_RWI_VERSION 1
#define RW_RWI_VERSION_ROUNDS 2

enum {
  RW_RWI_MAGIC_BYTES = 8,
  RW_RWI_CHUNK_HEAD = 8,  /* length, type */
  RW_RWI_CHUNK_TAIL = 4,  /* checksum */
  RW_RWI_HEAD_BYTES = 88, /* and the name of the weights */
  RW_RWI_BAND_BYTES = 8,  /* of the table: length, checksum */
  RW_RWI_GREY = 1,        /* flags */
  RW_RWI_ALPHA = 2,
};

/* CRC-32 as PNG and zlib have it. */
guint32 rw_rwi_checksum (guint32 before, const guint8 *bytes, gsize n);
