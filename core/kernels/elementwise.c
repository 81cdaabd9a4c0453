/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Kernels that touch each value once: activations, sums, biases.  Plain loops,
 * which the compiler vectorises for the level.
 */
#include "kernels/vector.h"

INLINE void
finish_rows (float *y,
             const float *bias,
             const float *add,
             size_t n,
             int channels,
             int mode)
{
  for (size_t i = 0; i < n; i++, y += channels, add += add ? channels : 0)
    for (int c = 0; c < channels; c++) {
      float r = y[c] + (bias ? bias[c] : 0);

      if (add)
        r += add[c];
      y[c] = (mode & RW_STORE_RELU) && !(r > 0) ? 0 : r;
    }
}

void
RW_NAME (bias_rows) (float *y,
                     const float *bias,
                     const float *add,
                     size_t n,
                     int channels,
                     int mode)
{
  if (bias && !add && mode == RW_STORE_RELU)
    finish_rows (y, bias, NULL, n, channels, RW_STORE_RELU);
  else if (bias && !add)
    finish_rows (y, bias, NULL, n, channels, RW_STORE_PLAIN);
  else if (bias && mode == RW_STORE_PLAIN)
    finish_rows (y, bias, add, n, channels, RW_STORE_PLAIN);
  else
    finish_rows (y, bias, add, n, channels, mode);
}

/* sum[c] += channels c0.. of pixels first..last-1, four pixels abreast so that
 * no addition waits for the one before it */
static void
sum_pixels (double *sum,
            const float *dy,
            size_t first,
            size_t last,
            int channels,
            int width)
{
  float part[4][16] = { { 0 } };
  size_t i = first;

  if (width == 16)
    for (; i + 4 <= last; i += 4)
      for (int k = 0; k < 4; k++)
        for (int c = 0; c < 16; c++)
          part[k][c] += dy[(i + k) * (size_t) channels + c];
  for (; i < last; i++)
    for (int c = 0; c < width; c++)
      part[0][c] += dy[i * (size_t) channels + c];
  for (int c = 0; c < width; c++)
    sum[c] += (double) ((part[0][c] + part[1][c]) + (part[2][c] + part[3][c]));
}

void
RW_NAME (bias_grad) (float *db, const float *dy, size_t n, int channels)
{
  for (int c0 = 0; c0 < channels; c0 += 16) {
    const int width = channels - c0 < 16 ? channels - c0 : 16;
    double sum[16] = { 0 };

    for (size_t i = 0; i < n; i += 256)
      sum_pixels (sum, dy + c0, i, n - i < 256 ? n : i + 256, channels, width);
    for (int c = 0; c < width; c++)
      db[c0 + c] += (float) sum[c];
  }
}

void
RW_NAME (leaky_relu) (float *y, const float *x, size_t n, float slope)
{
  if (slope == 0) {
    for (size_t i = 0; i < n; i++)
      y[i] = x[i] > 0 ? x[i] : 0;
    return;
  }
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

void
RW_NAME (leaky_relu_grad) (
    float *dx, const float *dy, const float *y, size_t n, float slope, int add)
{
  if (add) {
    for (size_t i = 0; i < n; i++)
      dx[i] += (y[i] > 0 ? 1 : slope) * dy[i];
    return;
  }
  for (size_t i = 0; i < n; i++)
    dx[i] = (y[i] > 0 ? 1 : slope) * dy[i];
}

INLINE void
pool (float *y, const float *x, size_t row, int n, int channels, int size)
{
  for (int i = 0; i < n; i++, y += channels, x += (size_t) size * channels)
    for (int c = 0; c < channels; c++) {
      float best = x[c];

      UNROLL
      for (int ky = 0; ky < size; ky++)
        UNROLL
      for (int kx = 0; kx < size; kx++) {
        const float v = x[ky * row + (size_t) kx * channels + c];

        best = v > best ? v : best;
      }
      y[c] = best;
    }
}

void
RW_NAME (max_pool) (
    float *y, const float *x, size_t row, int n, int channels, int size)
{
  if (size == 2 && channels % 16 == 0)
    pool (y, x, row, n, channels / 16 * 16, 2);
  else
    pool (y, x, row, n, channels, size);
}

/* a vector of channels of one square */
INLINE void
pool_grad_vector (float *dx,
                  const float *x,
                  Vector y,
                  Vector dy,
                  size_t row,
                  int channels,
                  int size,
                  int add)
{
  Mask left = { 0 };

  left = ~left;
  for (int ky = 0; ky < size; ky++)
    for (int kx = 0; kx < size; kx++) {
      const size_t at = ky * row + (size_t) kx * channels;
      const Mask hit = (load (x + at) == y) & left;
      const Vector d = select_or_zero (hit, dy);

      left &= ~hit;
      store (dx + at, add ? load (dx + at) + d : d);
    }
}

static void
pool_grad_one (float *dx,
               const float *x,
               float y,
               float dy,
               size_t row,
               int channels,
               int size,
               int add)
{
  int given = 0;

  for (int k = 0; k < size * size; k++) {
    const size_t at = k / size * row + (size_t) (k % size) * channels;
    const float d = !given && x[at] == y ? dy : 0;

    given |= x[at] == y;
    dx[at] = add ? dx[at] + d : d;
  }
}

INLINE void
pool_grad (float *dx,
           const float *dy,
           const float *x,
           const float *y,
           size_t row,
           int n,
           int channels,
           int size,
           int add)
{
  for (int i = 0; i < n; i++) {
    int c = 0;

    for (; c + RW_VL <= channels; c += RW_VL)
      pool_grad_vector (dx + c, x + c, load (y + c), load (dy + c), row,
                        channels, size, add);
    for (; c < channels; c++)
      pool_grad_one (dx + c, x + c, y[c], dy[c], row, channels, size, add);
    dx += (size_t) size * channels;
    x += (size_t) size * channels;
    dy += channels;
    y += channels;
  }
}

void
RW_NAME (max_pool_grad) (float *dx,
                         const float *dy,
                         const float *x,
                         const float *y,
                         size_t row,
                         int n,
                         int channels,
                         int size,
                         int add)
{
  if (size == 2)
    pool_grad (dx, dy, x, y, row, n, channels, 2, add);
  else
    pool_grad (dx, dy, x, y, row, n, channels, size, add);
}

void
RW_NAME (add) (float *y, const float *a, const float *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}
