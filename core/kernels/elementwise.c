/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Kernels that touch each value once: activations, sums, biases.  Plain loops,
 * which the compiler vectorises for the level.
 */
#include "kernels/vector.h"

void
RW_NAME (bias_rows) (float *y, const float *bias, size_t n, int channels, int mode)
{
  for (size_t i = 0; i < n; i++, y += channels) {
    if (mode & RW_STORE_RELU) {
      for (int c = 0; c < channels; c++) {
        const float r = y[c] + bias[c];

        y[c] = r > 0 ? r : 0;
      }
    } else {
      for (int c = 0; c < channels; c++)
        y[c] += bias[c];
    }
  }
}

/* four channels of all pixels at a time, eight partial sums a channel would
 * change nothing: memory sets the speed */
void
RW_NAME (bias_grad) (float *db, const float *dy, size_t n, int channels)
{
  enum { GROUP = 16 };

  for (int c0 = 0; c0 < channels; c0 += GROUP) {
    const int m = channels - c0 < GROUP ? channels - c0 : GROUP;
    double sum[GROUP] = { 0 };

    for (size_t i = 0; i < n;) {
      const size_t end = n - i < 64 ? n : i + 64;
      float part[GROUP] = { 0 };

      for (; i < end; i++) {
        const float *p = dy + i * (size_t) channels + c0;

        if (m == GROUP)
          for (int c = 0; c < GROUP; c++)
            part[c] += p[c];
        else
          for (int c = 0; c < m; c++)
            part[c] += p[c];
      }
      for (int c = 0; c < GROUP; c++)
        sum[c] += (double) part[c];
    }
    for (int c = 0; c < m; c++)
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
RW_NAME (leaky_relu_grad) (float *dx, const float *dy, const float *y, size_t n, float slope, int add)
{
  if (add) {
    for (size_t i = 0; i < n; i++)
      dx[i] += (y[i] > 0 ? 1 : slope) * dy[i];
    return;
  }
  for (size_t i = 0; i < n; i++)
    dx[i] = (y[i] > 0 ? 1 : slope) * dy[i];
}

void
RW_NAME (add) (float *y, const float *a, const float *b, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}

void
RW_NAME (axpy) (float *y, const float *a, const float *b, float factor, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] + factor * b[i];
}
