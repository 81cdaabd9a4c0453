/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What reading of TIFF shares: the file as its head describes it.
 */
#pragma once

#include "io/formats.h"
#include "io/tiff-private.h"

typedef struct {
  RwRowReader base;
  RwTiffFile file;
  TIFF *tiff;
  guint16 samples, bits, format, photometric, planes, compression;
  guint16 *map[3];      /* of a palette; libtiff's */
  gboolean is_wide_map; /* has 16 bits */
  gboolean min_is_white;
  guint64 first;                   /* offset of the first directory */
  guint32 tile_width, band_height; /* 0: read row by row */
  gsize line_bytes;                /* of a row as libtiff gives it */
  guint8 *line, *band, *piece;     /* a row; a band; a tile or strip */
  gsize piece_bytes;
  int band_first, band_rows; /* rows that are in band */
} RwTiffReader;

/* Both return FALSE, with an error of what libtiff said, or of what the file
 * is and what would do. */
gboolean rw_tiff_fail (const RwTiffReader *reader, GError **error);
gboolean rw_tiff_refuse (const RwTiffReader *reader,
                         GError **error,
                         const char *found,
                         const char *expected);

/* As RwRowReaderClass has them. */
gboolean rw_tiff_rows_start (RwRowReader *base, GError **error);
gboolean
rw_tiff_rows_read (RwRowReader *base, guint8 *rows, int n, GError **error);
