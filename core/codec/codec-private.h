/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inside of an RwCodec.
 */
#pragma once

#include "codec/codec.h"

struct RwCodec {
  RwCodecNet *net;
  RwCodecTables *tables;
  char *name; /* of its weights, without folder and ending */
};

/* What a file that is made at @rate says of its coding. */
void rw_codec_describe (const RwCodec *codec, int rate, RwRwiCoding *coding);
