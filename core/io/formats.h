/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The picture formats that image/picture.c chooses from.
 */
#pragma once

#include <stdio.h>

#include "image/picture.h"

typedef enum {
  RW_PICTURE_HEADER, /* size, channels and depth; data stays NULL */
  RW_PICTURE_WHOLE,
} RwPicturePart;

/* @stream: a file of @n_bytes, at its beginning.  @path: for messages.
 * (transfer full), or NULL with an error. */
RwPicture *rw_png_read (FILE *stream,
                        gsize n_bytes,
                        const char *path,
                        RwPicturePart part,
                        GError **error);
RwPicture *rw_jpeg_read (FILE *stream,
                         gsize n_bytes,
                         const char *path,
                         RwPicturePart part,
                         GError **error);

/* Atomic, by rw_file_writer. */
gboolean
rw_png_save (const RwPicture *picture, const char *path, GError **error);
gboolean rw_jpeg_save (const RwPicture *picture,
                       const char *path,
                       int quality,
                       GError **error);

/* Whether a file of @n_bytes can hold what its header claims, when a row takes
 * at least @row_bytes of the file.  Keeps a tiny file from asking for
 * gigabytes. */
gboolean rw_picture_check_claim (const RwPicture *picture,
                                 double row_bytes,
                                 gsize n_bytes,
                                 const char *path,
                                 GError **error);

/* Gives a picture whose sizes are known its zeroed samples. */
gboolean rw_picture_allocate (RwPicture *picture, GError **error);

/* Bytes of a row. */
gsize rw_picture_get_stride (const RwPicture *picture);

/* Whether there is no alpha, or all of it is 1. */
gboolean rw_picture_is_opaque (const RwPicture *picture);
