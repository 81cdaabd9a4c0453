/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How much of a picture's detail is left: PSNR does not see that fine texture
 * was painted over.
 */
#pragma once

#include <glib.h>

/* Of what a Gaussian of 1.5 pixels takes away from lightness, the energy in
 * @restored by that in @clean, both [height][width][3], where @clean has
 * structure: a slope of 8 of 255 a pixel or more.  1: all is left.
 * *@kept: NAN where there is no structure.  RW_ERROR_LIMIT. */
gboolean rw_detail_kept (const float *restored,
                         const float *clean,
                         int width,
                         int height,
                         double *kept,
                         GError **error);
