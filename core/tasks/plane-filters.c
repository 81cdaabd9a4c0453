/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Gaussian blurs and bicubic shrinking: rows first up and down, where
 * neighbours of a row are added as vectors, then along a row in the cache.
 */
#include "tasks/plane-filters.h"

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
  blur->weights[blur->radius + 1] = 0;
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

/* sum += v (a + b) + w (c + d), rows of n values. */
static void
add_taps (float *restrict sum,
          const float *a,
          const float *b,
          float v,
          const float *c,
          const float *d,
          float w,
          int n)
{
  for (int x = 0; x < n; x++)
    sum[x] += v * (a[x] + b[x]) + w * (c[x] + d[x]);
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
  const float *weights = blur->weights; /* 0 at radius + 1 */
  float *middle = row + RW_BLUR_RADIUS + 1;

  for (int y = 0; y < height; y++) {
    const float *from = in + (gsize) y * (gsize) width;
    float *restrict to = out + (gsize) y * (gsize) width;

    for (int x = 0; x < width; x++)
      middle[x] = weights[0] * from[x];
    for (int i = 1; i <= radius; i += 2) {
      const float *rows[4];
      const int places[4] = { y - i, y + i, y - i - 1, y + i + 1 };

      for (int k = 0; k < 4; k++)
        rows[k] = in + (gsize) mirror (places[k], height) * (gsize) width;
      add_taps (middle, rows[0], rows[1], weights[i], rows[2], rows[3],
                weights[i + 1], width);
    }
    for (int i = 1; i <= radius + 1; i++) {
      middle[-i] = middle[i];
      middle[width - 1 + i] = middle[width - 1 - i];
    }

    const float keep = 1 - share, blurred = share * weights[0];
    for (int x = 0; x < width; x++)
      to[x] = keep * from[x] + blurred * middle[x];
    for (int i = 1; i <= radius; i += 2)
      add_taps (to, middle - i, middle + i, share * weights[i], middle - i - 1,
                middle + i + 1, share * weights[i + 1], width);
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

/* GCC and Clang do not find four lanes in so short a sum by themselves. */
typedef float Four __attribute__ ((vector_size (16)));

static inline float
product_of_8 (const float *a, const float *b)
{
  Four a0, a1, b0, b1;

  memcpy (&a0, a, sizeof a0);
  memcpy (&a1, a + 4, sizeof a1);
  memcpy (&b0, b, sizeof b0);
  memcpy (&b1, b + 4, sizeof b1);
  const Four sum = a0 * b0 + a1 * b1;
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
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
    const float *a = in + (gsize) tops[y] * (gsize) in_width;
    const float *b = a + in_width, *c = b + in_width, *d = c + in_width;
    const float *e = d + in_width, *f = e + in_width, *g = f + in_width;
    const float *h = g + in_width;
    const float *v = down + TAPS * y;
    const float va = v[0], vb = v[1], vc = v[2], vd = v[3];
    const float ve = v[4], vf = v[5], vg = v[6], vh = v[7];
    float *to = out + (gsize) y * (gsize) out_width;

    for (int x = 0; x < in_width; x++)
      row[x] = ((va * a[x] + vb * b[x]) + (vc * c[x] + vd * d[x])) +
               ((ve * e[x] + vf * f[x]) + (vg * g[x] + vh * h[x]));
    for (int x = 0; x < out_width; x++)
      to[x] = product_of_8 (row + lefts[x], across + TAPS * x);
  }
}
