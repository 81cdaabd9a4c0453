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

/* Into @picture, whose alpha stays. */
void rw_codec_set_pixels (RwPicture *picture, const float *rgb);

/* dB between @n values each, both rounded to 8 bits; INFINITY if there is no
 * difference. */
double rw_codec_compare (const float *a, const float *b, gsize n);
