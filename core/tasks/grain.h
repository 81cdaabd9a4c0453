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

/* Fills a plane with such noise, of @sigma, blurred by @size px. */
void rw_grain_fill (RwPlanes *plane, double sigma, double size, guint64 key);

/* By how much @gains (see above) multiply noise where the brightness is @y. */
static inline float
rw_grain_gain (const float gains[4], float y)
{
  const float low = CLAMP (y, 0.0f, 0.3f);
  const float middle = CLAMP (y, 0.3f, 0.6f) - 0.3f;
  const float high = CLAMP (y, 0.6f, 1.0f) - 0.6f;

  return gains[0] + (gains[1] - gains[0]) * (1 / 0.3f) * low +
         (gains[2] - gains[1]) * (1 / 0.3f) * middle +
         (gains[3] - gains[2]) * 2.5f * high;
}

void rw_grain_add (RwPlanes *rgb, const RwGrain *grain);
