/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What reading and writing of TIFF share.
 */
#pragma once

#include <glib.h>
#include <stdio.h>
#include <tiffio.h>

/* A file as libtiff sees it, and what it complained of. */
typedef struct {
  FILE *stream;
  gboolean reads;
  char message[192]; /* the first error */
  int code;          /* errno of a failed write, or 0 */
} RwTiffFile;

/* @mode: of TIFFOpen.  NULL with file->message. */
TIFF *rw_tiff_open (RwTiffFile *file, const char *path, const char *mode);

/* Whether @tag says how the pixels are stored, or points into the file: not
 * to be copied into another one. */
gboolean rw_tiff_is_structural (int tag);

/* IEEE 754 binary16 from and to binary32, which is exact one way and rounds to
 * nearest even the other. */
float rw_tiff_from_half (guint16 half);
guint16 rw_tiff_to_half (float value);
