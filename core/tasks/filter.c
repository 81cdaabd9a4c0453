/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Blurs and convolutions: sums of weighted rows, four vectors at a time.
 */
#include "tasks/filter.h"

#include <math.h>
#include <string.h>

typedef float Vector
    __attribute__ ((vector_size (16), aligned (4), may_alias));

enum { LANES = 4, STEP = 4 * LANES };

RwPlanes
rw_planes_make (int width, int height, int channels)
{
  RwPlanes planes = { width, height, channels, NULL };

  planes.pixels = g_new (float, rw_planes_count (&planes));
  return planes;
}

void
rw_planes_crop (const RwPlanes *in, RwPlanes *out)
{
  const int x = (in->width - out->width) / 2;
  const int y = (in->height - out->height) / 2;
  const gsize n = (gsize) out->width * (gsize) out->channels;

  for (int i = 0; i < out->height; i++)
    memcpy (out->pixels + (gsize) i * n,
            in->pixels + ((gsize) (y + i) * (gsize) in->width + (gsize) x) *
                             (gsize) in->channels,
            n * sizeof (float));
}

void
rw_weigh_rows (const float *const *rows,
               const float *weights,
               int n_rows,
               float *out,
               gsize n)
{
  gsize i = 0;

  for (; i + STEP <= n; i += STEP) {
    Vector a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
    for (int j = 0; j < n_rows; j++) {
      const Vector *row = (const Vector *) (rows[j] + i);
      a += weights[j] * row[0];
      b += weights[j] * row[1];
      c += weights[j] * row[2];
      d += weights[j] * row[3];
    }
    Vector *to = (Vector *) (out + i);
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
  }
  for (; i < n; i++) {
    float sum = 0;
    for (int j = 0; j < n_rows; j++)
      sum += weights[j] * rows[j][i];
    out[i] = sum;
  }
}

RwBlur
rw_blur_gaussian (double sigma)
{
  RwBlur blur = { .radius =
                      MIN ((int) ceil (2.5 * sigma), RW_BLUR_RADIUS_MAX) };
  double weights[2 * RW_BLUR_RADIUS_MAX + 1], sum = 0;

  for (int i = -blur.radius; i <= blur.radius; i++) {
    const double weight =
        blur.radius == 0 ? 1 : exp (-i * i / (2 * sigma * sigma));
    weights[i + blur.radius] = weight;
    sum += weight;
  }
  for (int i = 0; i <= 2 * blur.radius; i++)
    blur.weights[i] = (float) (weights[i] / sum);
  return blur;
}

double
rw_blur_energy (const RwBlur *blur)
{
  double sum = 0;

  for (int i = 0; i <= 2 * blur->radius; i++)
    sum += (double) blur->weights[i] * (double) blur->weights[i];
  return sum;
}

/* Columns first..first+n-1 of row @y, mirrored beyond the edges: in place if
 * all of them are there, else in @line. */
static const float *
get_line (const RwPlanes *in, int y, int first, int n, float *line)
{
  const gsize channels = (gsize) in->channels;
  const float *row = in->pixels + (gsize) rw_mirror (y, in->height) *
                                      (gsize) in->width * channels;
  const int left = CLAMP (-first, 0, n);
  const int right = CLAMP (in->width - first, left, n);

  if (left == 0 && right == n)
    return row + (gsize) first * channels;
  for (int i = 0; i < n; i++) {
    if (i == left && right > left) {
      memcpy (line + (gsize) i * channels,
              row + (gsize) (first + i) * channels,
              (gsize) (right - left) * channels * sizeof (float));
      i = right - 1;
      continue;
    }
    memcpy (line + (gsize) i * channels,
            row + (gsize) rw_mirror (first + i, in->width) * channels,
            channels * sizeof (float));
  }
  return line;
}

/* out[i] = keep * was[i] + share * the weighted sum of 2 r + 1 rows, whose
 * weights are symmetric: two rows for one product.  @out may be @was. */
static void
blur_rows (const float *const *rows,
           const RwBlur *blur,
           float share,
           const float *was,
           float *out,
           gsize n)
{
  const int r = blur->radius;
  const float keep = 1 - share;
  gsize i = 0;

  for (; i + STEP <= n; i += STEP) {
    const Vector *m = (const Vector *) (rows[r] + i);
    const Vector *w = (const Vector *) (was + i);
    const float centre = share * blur->weights[r];
    Vector a = keep * w[0] + centre * m[0], b = keep * w[1] + centre * m[1];
    Vector c = keep * w[2] + centre * m[2], d = keep * w[3] + centre * m[3];
    for (int j = 0; j < r; j++) {
      const Vector *before = (const Vector *) (rows[j] + i);
      const Vector *after = (const Vector *) (rows[2 * r - j] + i);
      const float weight = share * blur->weights[j];
      a += weight * (before[0] + after[0]);
      b += weight * (before[1] + after[1]);
      c += weight * (before[2] + after[2]);
      d += weight * (before[3] + after[3]);
    }
    Vector *to = (Vector *) (out + i);
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
  }
  for (; i < n; i++) {
    float sum = keep * was[i] + share * blur->weights[r] * rows[r][i];
    for (int j = 0; j < r; j++)
      sum += share * blur->weights[j] * (rows[j][i] + rows[2 * r - j][i]);
    out[i] = sum;
  }
}

/* Rows that were blurred across wait in a ring until all that they are needed
 * for is written: those that a result needs, and their mirror images, are at
 * most 2 r + 1 rows. */
void
rw_blur (const RwPlanes *in, const RwBlur *blur, float share, RwPlanes *out)
{
  const int r = blur->radius, taps = 2 * r + 1;
  const int x = (in->width - out->width) / 2;
  const int y = (in->height - out->height) / 2;
  const gsize channels = (gsize) in->channels;
  const gsize n = (gsize) out->width * channels;
  const gsize n_line = n + 2 * (gsize) r * channels;
  const float *rows[2 * RW_BLUR_RADIUS_MAX + 1];
  g_autofree float *ring = g_new (float, n *(gsize) taps + n_line);
  float *line = ring + n * (gsize) taps;
  int next = MAX (y - r, 0);

  for (int i = 0; i < out->height; i++) {
    for (; next <= MIN (y + i + r, in->height - 1); next++) {
      const float *from = get_line (in, next, x - r, out->width + 2 * r, line);
      for (int j = 0; j < taps; j++)
        rows[j] = from + (gsize) j * channels;
      blur_rows (rows, blur, 1, rows[r], ring + (gsize) (next % taps) * n, n);
    }
    for (int j = 0; j < taps; j++)
      rows[j] =
          ring + (gsize) (rw_mirror (y + i + j - r, in->height) % taps) * n;
    const float *was =
        in->pixels +
        ((gsize) (y + i) * (gsize) in->width + (gsize) x) * channels;
    blur_rows (rows, blur, share, was, out->pixels + (gsize) i * n, n);
  }
}

/* Means of @n values, @step apart, and of what is mirrored beyond. */
static void
box_line (const float *in, int n, gsize step, int radius, float *out)
{
  const float scale = 1 / (float) (2 * radius + 1);
  double sum = 0;

  for (int i = -radius; i <= radius; i++)
    sum += (double) in[(gsize) rw_mirror (i, n) * step];
  for (int i = 0; i < n; i++) {
    out[(gsize) i * step] = scale * (float) sum;
    sum += (double) in[(gsize) rw_mirror (i + radius + 1, n) * step] -
           (double) in[(gsize) rw_mirror (i - radius, n) * step];
  }
}

void
rw_blur_box (const RwPlanes *in, int radius, RwPlanes *out)
{
  const gsize step = (gsize) in->channels, row = (gsize) in->width * step;
  g_autofree float *across = g_new (float, rw_planes_count (in));

  for (int y = 0; y < in->height; y++)
    for (gsize c = 0; c < step; c++)
      box_line (in->pixels + (gsize) y * row + c, in->width, step, radius,
                across + (gsize) y * row + c);
  for (gsize i = 0; i < row; i++)
    box_line (across + i, in->height, row, radius, out->pixels + i);
}

void
rw_convolve (const RwPlanes *in, const RwKernel *kernel, RwPlanes *out)
{
  const int r = RW_KERNEL_RADIUS_MAX;
  const int x = (in->width - out->width) / 2;
  const int y = (in->height - out->height) / 2;
  const gsize channels = (gsize) in->channels;
  const gsize n = (gsize) out->width * channels;
  const gsize stride = n + 2 * (gsize) r * channels;
  const float *rows[RW_KERNEL_SIDE_MAX * RW_KERNEL_SIDE_MAX];
  const float *lines[RW_KERNEL_SIDE_MAX];
  g_autofree float *buffer = g_new (float, stride *RW_KERNEL_SIDE_MAX);
  int reach = 0;

  for (int j = 0; j < kernel->n; j++)
    reach = MAX (reach, MAX (ABS (kernel->x[j]), ABS (kernel->y[j])));
  for (int i = 0; i < out->height; i++) {
    for (int j = -reach; j <= reach; j++)
      lines[j + reach] =
          get_line (in, y + i + j, x - reach, out->width + 2 * reach,
                    buffer + (gsize) (j + reach) * stride);
    for (int j = 0; j < kernel->n; j++)
      rows[j] = lines[kernel->y[j] + reach] +
                (gsize) (kernel->x[j] + reach) * channels;
    rw_weigh_rows (rows, kernel->weights, kernel->n,
                   out->pixels + (gsize) i * n, n);
  }
}
