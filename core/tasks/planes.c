/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Gaussian blurs and bicubic shrinking: rows first up and down, where
 * neighbours of a row are added as vectors, then along a row in the cache.
 */
#include "tasks/planes.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* ---- Gaussian blur -------------------------------------------------------
 */

void
rw_blur_init (RwBlur *blur, float sigma)
{
  float sum = 0;

  blur->radius = CLAMP ((int) ceilf (2.5f * sigma), 1, RW_BLUR_RADIUS);
  for (int i = 0; i <= blur->radius; i++) {
    blur->weights[i] = expf (-(float) (i * i) / (2 * sigma * sigma));
    sum += (i == 0 ? 1 : 2) * blur->weights[i];
  }
  for (int i = 0; i <= blur->radius; i++)
    blur->weights[i] /= sum;
}

float
rw_blur_get_gain (const RwBlur *blur)
{
  float squares = 0; /* along one axis; along two their product */

  for (int i = 0; i <= blur->radius; i++)
    squares += (i == 0 ? 1 : 2) * blur->weights[i] * blur->weights[i];
  return squares;
}

static inline int
mirror (int i, int n)
{
  return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

void
rw_plane_blur (const float *in,
               float *out,
               float *row,
               int width,
               int height,
               const RwBlur *blur,
               float share)
{
  const int radius = blur->radius;
  float *middle = row + RW_BLUR_RADIUS;

  for (int y = 0; y < height; y++) {
    const float *from = in + (gsize) y * (gsize) width;
    float *restrict to = out + (gsize) y * (gsize) width;

    for (int x = 0; x < width; x++)
      middle[x] = blur->weights[0] * from[x];
    for (int i = 1; i <= radius; i++) {
      const float *above = in + (gsize) mirror (y - i, height) * (gsize) width;
      const float *below = in + (gsize) mirror (y + i, height) * (gsize) width;
      const float weight = blur->weights[i];

      for (int x = 0; x < width; x++)
        middle[x] += weight * (above[x] + below[x]);
    }
    for (int i = 1; i <= radius; i++) {
      middle[-i] = middle[i];
      middle[width - 1 + i] = middle[width - 1 - i];
    }

    for (int x = 0; x < width; x++)
      to[x] = (1 - share) * from[x] + share * blur->weights[0] * middle[x];
    for (int i = 1; i <= radius; i++) {
      const float *left = middle - i, *right = middle + i;
      const float weight = share * blur->weights[i];

      for (int x = 0; x < width; x++)
        to[x] += weight * (left[x] + right[x]);
    }
  }
}

/* ---- shrinking -----------------------------------------------------------
 */

enum { TAPS = 8 }; /* 2 * 2 / RW_SHRINK_LEAST */

/* Keys 1981, a = -0.5 */
static float
cubic (float x)
{
  x = fabsf (x);
  if (x < 1)
    return (1.5f * x - 2.5f) * x * x + 1;
  if (x < 2)
    return ((-0.5f * x + 2.5f) * x - 4) * x + 2;
  return 0;
}

/* Which TAPS values of @n_in make value i of @n_out, and how much of each. */
static void
plan_taps (int n_in, int n_out, float scale, float *weights, int *starts)
{
  for (int i = 0; i < n_out; i++) {
    const float centre = ((float) i + 0.5f - 0.5f * (float) n_out) / scale +
                         0.5f * (float) n_in - 0.5f;
    const int start = (int) floorf (centre) - TAPS / 2 + 1;
    float *w = weights + TAPS * i, sum = 0;

    starts[i] = CLAMP (start, 0, n_in - TAPS);
    for (int k = 0; k < TAPS; k++) {
      w[k] = cubic (((float) (starts[i] + k) - centre) * scale);
      sum += w[k];
    }
    /* Far outside, which margins keep from being seen, there is no weight. */
    for (int k = 0; k < TAPS; k++)
      w[k] = sum > 0.1f ? w[k] / sum : 1.f / TAPS;
  }
}

int
rw_plane_shrink_workspace (int in_width, int out_width, int out_height)
{
  return in_width + (TAPS + 1) * (out_width + out_height);
}

void
rw_plane_shrink (const float *in,
                 int in_width,
                 int in_height,
                 float *out,
                 int out_width,
                 int out_height,
                 float scale,
                 float *workspace)
{
  float *restrict row = workspace;
  float *across = row + in_width, *down = across + TAPS * out_width;
  int *lefts = (int *) (down + TAPS * out_height), *tops = lefts + out_width;

  plan_taps (in_width, out_width, scale, across, lefts);
  plan_taps (in_height, out_height, scale, down, tops);
  for (int y = 0; y < out_height; y++) {
    const float *from = in + (gsize) tops[y] * (gsize) in_width;
    const float *v = down + TAPS * y;
    float *to = out + (gsize) y * (gsize) out_width;

    memset (row, 0, sizeof (float) * (gsize) in_width);
    for (int k = 0; k < TAPS; k += 4) {
      const float *a = from + (gsize) k * (gsize) in_width, *b = a + in_width;
      const float *c = b + in_width, *d = c + in_width;

      for (int x = 0; x < in_width; x++)
        row[x] += (v[k] * a[x] + v[k + 1] * b[x]) +
                  (v[k + 2] * c[x] + v[k + 3] * d[x]);
    }
    for (int x = 0; x < out_width; x++) {
      const float *r = row + lefts[x], *w = across + TAPS * x;
      float part[4];

      for (int k = 0; k < 4; k++)
        part[k] = w[k] * r[k] + w[k + 4] * r[k + 4];
      to[x] = (part[0] + part[1]) + (part[2] + part[3]);
    }
  }
}
