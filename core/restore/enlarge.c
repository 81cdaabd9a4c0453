/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Cubic interpolation of single pixels: sixteen taps are nothing beside a net.
 */
#include "restore/enlarge.h"

#include <string.h>

/* Weights of the pixels at -1, 0, 1 and 2 for a place @t, 0 <= t < 1. */
static void
get_weights (float t, float w[4])
{
  const float t2 = t * t, t3 = t2 * t;

  w[0] = -0.5f * t3 + t2 - 0.5f * t;
  w[1] = 1.5f * t3 - 2.5f * t2 + 1;
  w[2] = -1.5f * t3 + 2 * t2 + 0.5f * t;
  w[3] = 0.5f * t3 - 0.5f * t2;
}

/* The input pixel at or before the centre of output pixel @x, and the rest. */
static int
find_pixel (int x, int scale, float *t)
{
  const int twice = 2 * x + 1 - scale; /* of the place, in 1 / (2 scale) */
  const int step = 2 * scale;
  const int first = twice >= 0 ? twice / step : -((step - 1 - twice) / step);

  *t = (float) (twice - first * step) / (float) step;
  return first;
}

void
rw_enlarge_pixel (const float *rgba,
                  const RwRect *input,
                  int scale,
                  int x,
                  int y,
                  float low,
                  float high,
                  float base[4],
                  float clamped[3])
{
  float tx, ty, wx[4], wy[4];
  const int px = find_pixel (x, scale, &tx) - 1 - input->x;
  const int py = find_pixel (y, scale, &ty) - 1 - input->y;

  get_weights (tx, wx);
  get_weights (ty, wy);
  memset (base, 0, 4 * sizeof (float));
  memset (clamped, 0, 3 * sizeof (float));
  for (int j = 0; j < 4; j++) {
    const float *row =
        rgba + 4 * ((gsize) (py + j) * (gsize) input->width + (gsize) px);
    for (int i = 0; i < 4; i++, row += 4) {
      const float w = wx[i] * wy[j];
      for (int c = 0; c < 3; c++) {
        base[c] += w * row[c];
        clamped[c] += w * CLAMP (row[c], low, high);
      }
      base[3] += w * row[3];
    }
  }
  base[3] = CLAMP (base[3], 0.0f, 1.0f);
}
