/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What describes a picture, made true of the one that came of it: thumbnails
 * of the old pixels go, sizes and resolutions become those of the new ones.
 * Everything else stays where it was, so that offsets in a camera's own notes
 * stay right.
 */
#pragma once

#include "io/picture.h"

/* Gives @picture @from's EXIF block, resolution and all in more in place of its
 * own, without thumbnails, whose loss is added to @notes (element-type utf8).
 * Where it is larger than @from, pixels have become smaller and the whole has
 * not: numbers of pixels, and of pixels per inch or metre, are multiplied. */
void
rw_picture_renew (RwPicture *picture, const RwPicture *from, GPtrArray *notes);

/* The same of an EXIF block; @scale: 1 or above. @dropped: whether there was a
 * thumbnail.  (transfer full) */
GBytes *rw_exif_renew (
    GBytes *block, int width, int height, double scale, gboolean *dropped);
