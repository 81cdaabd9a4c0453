/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture enlarged without a net: what a net that enlarges is measured
 * against, so that strength 0 is plain interpolation.
 */
#pragma once

#include "reweave.h"

#define RW_ENLARGE_MARGIN 3 /* pixels that it looks far, at most */

/* Pixel (@x, @y) of the picture @scale times as large, as RGBA into @base:
 * cubic convolution with a = -1/2 (Keys 1981), pixel centres half a pixel from
 * the corner.  @rgba: the pixels of @input, tightly packed, which has two more
 * on each side than the result touches.  Alpha stays in 0..1.  @clamped: the
 * same of colour clamped to low..high first.  Pixels without colour (fill.h) do
 * not count; one that is not finite is copied, to its own place only.
 * Returns FALSE for a pixel that is such a copy, and that no net may change. */
gboolean rw_enlarge_pixel (const float *rgba,
                           const RwRect *input,
                           int scale,
                           int x,
                           int y,
                           float low,
                           float high,
                           float base[4],
                           float clamped[3]);
