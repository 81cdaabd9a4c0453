/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Noise as finished photographs have it: white noise that was blurred, finely
 * in brightness, coarsely in colour, weaker in shadows and lights.
 */
#pragma once

#include "tasks/filter.h"

typedef struct {
  double sigma_luma;   /* deviation of Y where the gain is 1, coded 0..1 */
  double sigma_chroma; /* of Cb and Cr each */
  double size_luma;    /* px: deviation of the blur, 0..4 */
  double size_chroma;
  float gains[4]; /* at Y = 0, 0.3, 0.6 and 1, straight between */
  gboolean grey;  /* only Y, the same for three channels */
  guint64 key;
} RwGrain;

void rw_grain_add (RwPlanes *rgb, const RwGrain *grain);
