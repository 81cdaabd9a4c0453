/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What describes a picture in a JPEG's APPn and COM segments.
 */
#pragma once

#include "io/formats.h"
#include "io/jpeg-trap.h"

/* Steps over the segments before the pixels: RW_ERROR_LIMIT when those that
 * describe the picture are too much. */
gboolean rw_jpeg_check_segments (RwRowReader *reader, GError **error);

/* Pixels per metre of @n pixels per @unit of JFIF; 0: it is none. */
int rw_jpeg_get_density (int unit, int n);

/* Lets libjpeg save what rw_jpeg_keep_markers looks at. */
void rw_jpeg_save_markers (j_decompress_ptr cinfo);

/* RW_ERROR_MISMATCH when the file says that it holds several pictures of equal
 * rank: pairs for both eyes, angles, parts of a panorama.  Previews and gain
 * maps are none. */
gboolean rw_jpeg_check_pictures (const RwRowReader *reader,
                                 j_decompress_ptr cinfo,
                                 GError **error);

/* Of those saved. */
int rw_jpeg_count_markers (j_decompress_ptr cinfo);

/* EXIF, XMP, IPTC and what only JPEG has; not the profile. */
void rw_jpeg_keep_markers (RwRowReader *reader, j_decompress_ptr cinfo);

/* Segments for all that describes @like and for @profile (or NULL); what does
 * not fit is noted.  libjpeg may leave by its error exit. */
void rw_jpeg_put_markers (RwRowWriter *writer,
                          j_compress_ptr cinfo,
                          const RwPicture *like);
