/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Encoded pictures, .rwi, as images of GIMP, of either version.
 */
#pragma once

#include "file-rwi.h"
#include "host.h"

G_BEGIN_DECLS

/* Makes an image of the file @path, in @image; FALSE with what opening or
 * decoding reports.  EXIF and XMP of the file go into @metadata, and
 * @has_metadata says whether there were any.  A file whose end is damaged is
 * opened as far as it can be, with a message. */
gboolean rw_picture_open (const char *path,
                          RwImage *image,
                          GimpMetadata *metadata,
                          gboolean *has_metadata,
                          GError **error);

/* Writes all of the pixels of @item as the file @path, with @quality in
 * [1,100], and GIMP's progress. */
gboolean rw_picture_export (RwImage image,
                            RwItem item,
                            const RwEncoder *encoder,
                            const char *path,
                            double quality,
                            GError **error);

/* What a call needs before either: catalogues, GEGL and threads. */
void rw_picture_begin (void);

G_END_DECLS
