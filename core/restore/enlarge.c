/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Cubic interpolation of single pixels: sixteen taps are nothing beside a net.
 */
#include "restore/enlarge.h"

#include "restore/fill.h"

#include <math.h>
#include <string.h>

enum { TAPS = 16 };

#define KNOWN_MIN 0.1f /* the least weight that a colour is made of */

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

typedef struct {
  float base[4], clamped[3];
  float known; /* sum of the weights of pixels that have a colour */
  int n_known; /* of them all */
} Sum;

static inline void
add_pixel (Sum *sum, const float *rgba, float w, float low, float high)
{
  sum->base[3] += w * (isfinite (rgba[3]) ? rgba[3] : 0);
  if (!rw_pixel_has_colour (rgba))
    return;
  for (int c = 0; c < 3; c++) {
    sum->base[c] += w * rgba[c];
    sum->clamped[c] += w * CLAMP (rgba[c], low, high);
  }
  sum->known += w;
  sum->n_known++;
}

/* What is not finite stays in its place, and a pixel with no colour around it
 * keeps what it has.  Returns whether this is one. */
static gboolean
keep_nearest (const Sum *sum, const float *nearest, float base[4])
{
  const gboolean finite = isfinite (nearest[0]) && isfinite (nearest[1]) &&
                          isfinite (nearest[2]) && isfinite (nearest[3]);

  if (finite && (sum->n_known == TAPS || sum->known > KNOWN_MIN))
    return FALSE;
  memcpy (base, nearest, (finite ? 3 : 4) * sizeof (float));
  return TRUE;
}

gboolean
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
  const gsize stride = 4 * (gsize) input->width;
  const float *first = rgba + stride * (gsize) py + 4 * (gsize) px;
  Sum sum = { 0 };

  get_weights (tx, wx);
  get_weights (ty, wy);
  for (gsize j = 0; j < 4; j++)
    for (gsize i = 0; i < 4; i++)
      add_pixel (&sum, first + j * stride + 4 * i, wx[i] * wy[j], low, high);
  sum.base[3] = CLAMP (sum.base[3], 0.0f, 1.0f);
  for (int c = 0; sum.n_known < TAPS && c < 3; c++) {
    sum.base[c] /= sum.known;
    sum.clamped[c] /= sum.known;
  }
  memcpy (base, sum.base, sizeof sum.base);
  memcpy (clamped, sum.clamped, sizeof sum.clamped);
  return !keep_nearest (
      &sum, first + (ty < 0.5f ? 1 : 2) * stride + 4 * (tx < 0.5f ? 1 : 2),
      base);
}
