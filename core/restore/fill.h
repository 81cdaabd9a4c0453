/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Colour where a picture has none: under alpha 0, and where a value is not a
 * number.
 */
#pragma once

#include <glib.h>
#include <math.h>

/* FALSE for a pixel under alpha 0 or with a colour that is not finite. */
static inline gboolean
rw_pixel_has_colour (const float *rgba)
{
  return rgba[3] > 0 && isfinite (rgba[0]) && isfinite (rgba[1]) &&
         isfinite (rgba[2]);
}

/* Copies @rgba ([height][width][4]) to @rgb ([height][width][stride], three
 * channels written), each channel clamped to low..high; pixels without colour
 * get a mean of those around them, the nearer the better (pull-push, after
 * Gortler et al. 1996, section 3.4), or mid grey when none has any.
 * Returns FALSE with RW_ERROR_LIMIT. */
gboolean rw_fill_colour (const float *rgba,
                         int height,
                         int width,
                         float low,
                         float high,
                         float *rgb,
                         int stride,
                         GError **error);

/* rw_fill_colour in two calls.  The first copies @n pixels, stores 0 for those
 * without colour, and returns how many of these there are. */
gsize rw_fill_copy_known (
    const float *rgba, gsize n, float low, float high, float *rgb, int stride);

/* The second gives those a colour.  @memory has rw_fill_get_floats floats. */
void rw_fill_missing (const float *rgba,
                      int height,
                      int width,
                      float *rgb,
                      int stride,
                      float *memory);
gsize rw_fill_get_floats (int height, int width);
