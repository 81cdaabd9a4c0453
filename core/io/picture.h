/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture in memory as its file had it: 8 or 16 bits a sample, so that 24
 * megapixels take 72 MB and not 384.
 */
#pragma once

#include <glib.h>

#include "io/colour.h"
#include "io/metadata.h"
#include "reweave.h"

typedef struct {
  int width, height; /* pixels, 1 or more */
  int channels;      /* 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha */
  int depth;         /* bits a sample: 8, 16, or 32 for float (TIFF only);
                        native byte order in memory */
  void *data;        /* [height][width][channels], owned, from rw_try_alloc */
  GBytes *icc;       /* embedded profile, or NULL */
  GBytes *exif;      /* raw EXIF block, or NULL */
  int gamma;         /* PNG gAMA * 100000, or 0: kept, not interpreted */
  int density_x, density_y; /* pixels per metre, or 0 */
  int srgb;                 /* PNG sRGB rendering intent + 1, or 0 */
  int primaries[8]; /* PNG cHRM * 100000: x, y of white, red, green, blue; or 0
                     */
  gboolean premultiplied; /* colour samples are multiplied by alpha */
  RwCurves *curves;       /* from samples to coded values; NULL: they are so */
  RwMetadata *more;       /* all else that describes it, or NULL */
} RwPicture;

#define RW_PICTURE_MAX_SIDE 65535

/* All samples 0.  RW_ERROR_LIMIT when it does not fit the cap. */
RwPicture *rw_picture_new (
    int width, int height, int channels, int depth, GError **error);
void rw_picture_free (RwPicture *picture); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwPicture, rw_picture_free)

/* What the file says of its colours. */
RwColourSays rw_picture_get_colour (const RwPicture *picture);

/* One of @height rows, else of @like's size and kind, with all that belongs to
 * @like but its samples, which are 0. */
RwPicture *
rw_picture_new_like (const RwPicture *like, int height, GError **error);

/* The same of another width, too. */
RwPicture *rw_picture_new_sized (const RwPicture *like,
                                 int width,
                                 int height,
                                 GError **error);

/* RW_ERROR_LIMIT when a side is above RW_PICTURE_MAX_SIDE. */
gboolean rw_picture_check_size (const RwPicture *picture, GError **error);

/* Bytes of a row. */
gsize rw_picture_get_stride (const RwPicture *picture);

/* Sample @i of all, as the file had it. */
static inline guint
rw_picture_get_sample (const RwPicture *picture, gsize i)
{
  return picture->depth == 8 ? ((const guint8 *) picture->data)[i]
                             : ((const guint16 *) picture->data)[i];
}

/* The sample that stands for 1. */
static inline guint
rw_picture_get_peak (const RwPicture *picture)
{
  return picture->depth == 8 ? 255 : 65535;
}

/* Whether there is no alpha, or all of it is 1. */
gboolean rw_picture_is_opaque (const RwPicture *picture);

/* Loads a picture of any format of rows.h, told apart by their first bytes.
 * Palette becomes RGB, 1/2/4 bits 8, CMYK is refused, tRNS becomes alpha;
 * orientation from EXIF is left alone (the block is kept).  Errors: _IO,
 * _FORMAT (broken or of another kind), _MISMATCH (CMYK), _LIMIT (sides above
 * 65535 or above the memory cap).  A JPEG with any corrupt data is refused. */
RwPicture *rw_picture_load (const char *path, GError **error);

/* Width, height, channels and depth, as loading would give them, from the
 * header only; @info->data and the rest are cleared, nothing is owned. */
gboolean rw_picture_probe (const char *path, RwPicture *info, GError **error);

/* Saves by @path's ending, one of rw_row_endings, atomically: a temporary file
 * beside it, fsync, rename; an old file stays whole when this fails.
 * @quality: JPEG and WebP 1..100 (else ignored); 90 and above keep full colour
 * resolution.  JPEG has 8 bits, no alpha (_MISMATCH unless all is opaque) and
 * no room for EXIF above 64 KiB, which is left out. */
gboolean rw_picture_save (const RwPicture *picture,
                          const char *path,
                          int quality,
                          GError **error);

/* Pixels of @rect as RGBA float, the nearest pixel repeated outside; grey is
 * given three times, missing alpha is 1. */
void rw_picture_get_rgba (const RwPicture *picture,
                          const RwRect *rect,
                          float *rgba);

/* Stores @rect (inside the picture), rounded to nearest and clipped; grey
 * takes the mean of R, G and B.  @stride: floats a row. */
void rw_picture_set_rgba (RwPicture *picture,
                          const RwRect *rect,
                          const float *rgba,
                          gsize stride);
