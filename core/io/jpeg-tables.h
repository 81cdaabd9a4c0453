/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a JPEG file was quantised, from its header; no pixel is decoded.
 */
#pragma once

#include <glib.h>

typedef struct {
  guint16 luma[64];   /* steps 1..65535, natural order: 8 v + u, u along x */
  guint16 chroma[64]; /* as luma in a grey file */
  int across, down;   /* pixels to a chroma sample, 1..4 */
  gboolean grey;
} RwJpegTables;

/* Fills @tables from the grey or YCbCr JPEG file at @path.  RW_ERROR_IO,
 * RW_ERROR_FORMAT, and RW_ERROR_MISMATCH for other colour spaces and samplings
 * that are not whole. */
gboolean
rw_jpeg_tables_read (const char *path, RwJpegTables *tables, GError **error);
