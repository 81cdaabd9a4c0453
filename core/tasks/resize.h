/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Changing a picture's size, as MATLAB's imresize does: half-pixel centres,
 * kernels widened by the reduction, mirrored edges (the edge's pixel
 * repeated).
 */
#pragma once

#include "tasks/filter.h"

typedef enum {
  RW_RESIZE_AREA,   /* the mean of what a pixel covers; enlarging: nearest */
  RW_RESIZE_LINEAR, /* a triangle */
  RW_RESIZE_CUBIC,  /* Keys 1981, a = -0.5 */
} RwResize;

/* Makes @out, of its own size and @in's 1 or 3 channels.  @scale: pixels of
 * @out for one of @in, the middle on the middle; or 0 for all of @in.
 * Reductions down to a tenth. */
void
rw_resize (const RwPlanes *in, RwResize kind, double scale, RwPlanes *out);
