/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Rows of a picture on their way into a net: of one in memory, or of a file,
 * of which only those are held that are still needed.
 */
#pragma once

#include "codec/rwi.h"
#include "io/rows.h"

typedef struct RwCodecRows RwCodecRows;

RwCodecRows *rw_codec_rows_new (const RwPicture *picture); /* borrowed */
/* Errors: those of rw_row_reader_new. */
RwCodecRows *rw_codec_rows_open (const char *path, GError **error);
void rw_codec_rows_free (RwCodecRows *rows); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCodecRows, rw_codec_rows_free)

/* Size, kind and what belongs to it, all of it after the last row. */
const RwPicture *rw_codec_rows_get_picture (const RwCodecRows *rows);

/* What of the file is not kept, after the last row, goes to @notes (or NULL).
 */
void rw_codec_rows_add_notes (const RwCodecRows *rows, GPtrArray *notes);

/* Bytes that it takes when @n rows are held at once. */
gsize rw_codec_rows_count_bytes (const RwCodecRows *rows, int n);

/* Makes room for @n rows.  RW_ERROR_LIMIT. */
gboolean rw_codec_rows_reserve (RwCodecRows *rows, int n, GError **error);

/* Sees to it that rows @y..@y + @n - 1 are there; there is room for them.
 * Where @y lies above the last call's, the file is read anew. */
gboolean rw_codec_rows_need (RwCodecRows *rows, int y, int n, GError **error);

/* Of row @y, which was asked for, @n pixels from @x on: [n][3], coded by the
 * sRGB curve.  Any thread. */
void
rw_codec_rows_get (const RwCodecRows *rows, int y, int x, int n, float *rgb);

/* The alpha of all rows, packed, once they have passed; NULL with an error.
 * (transfer full) */
GByteArray *rw_codec_rows_pack_alpha (RwCodecRows *rows, GError **error);
