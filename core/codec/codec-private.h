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
  char *name;      /* of its weights, without folder and ending */
  gboolean refine; /* what an RwEncoder is to do */
};

/* What a file that is made at @rate says of its coding. */
void rw_codec_describe (const RwCodec *codec, int rate, RwRwiCoding *coding);

/* ---- memory ------------------------------------------------------------- */

/* RW_ERROR_LIMIT, with what would do, where @needed bytes and what nobody
 * counts are above @allowed; 0 allows all. */
gboolean rw_codec_check_memory (const RwPicture *picture,
                                gsize needed,
                                gsize allowed,
                                GError **error);

/* What @taken bytes leave of @allowed, at least 1; 0: any number. */
gsize rw_codec_get_rest (gsize allowed, gsize taken);

/* Of rows on their way, RGB and RGBA, one of each worker. */
gsize rw_codec_count_rows_of_floats (int width);
