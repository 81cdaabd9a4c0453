/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures as a codec's net takes them.
 */
#pragma once

#include "io/picture.h"

/* [height][width][3], coded by the sRGB curve.  RW_ERROR_LIMIT.
 * (transfer full), rw_free. */
float *rw_codec_get_pixels (const RwPicture *picture, GError **error);

/* Of row @y of @picture, whose alpha stays, @n pixels from @x on: [n][4],
 * clamped, the fourth being nothing. */
void
rw_codec_set_row (RwPicture *picture, int y, int x, int n, const float *rgba);

/* The sum of squared differences of all colours of @n pixels, both rounded to 8
 * bits. */
guint64 rw_codec_compare_row (const float *rgb, const float *rgba, int n);
