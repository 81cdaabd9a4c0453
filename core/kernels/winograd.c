/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The transforms of Winograd's F(4x4,3x3): y = A' [(G w G') . (B' x B)] A.
 * Each is two passes of a 1-D transform: columns into a small array that stays
 * in registers and L1, then rows.  The passes are loops where that was
 * measured to be faster.  Points 0, 1, -1, 2, -2, inf. Source: Lavin and Gray
 * 2016, section 4.2.
 */
#include "kernels/vector.h"

/* Early, a line of the cache for each pixel of a column (or row) of @n, @step
 * floats apart: a tile's rows are too far from each other, and too short, for
 * the processor to foresee them. */
INLINE void
fetch (const float *next, int n, size_t step)
{
  UNROLL
  for (int i = 0; i < n; i++)
    __builtin_prefetch (next + (size_t) i * step);
}

/* Whether a vector is the first of a line. */
INLINE int
begins_line (int c)
{
  return c % 16 == 0;
}

/* o = B' d */
INLINE void
input_1d (const Vector *d, Vector *o)
{
  const Vector a = d[4] - 4 * d[2], b = d[3] - 4 * d[1];
  const Vector c = d[4] - d[2], e = d[3] - d[1];

  o[0] = 4 * d[0] + (d[4] - 5 * d[2]);
  o[1] = a + b;
  o[2] = a - b;
  o[3] = c + 2 * e;
  o[4] = c - 2 * e;
  o[5] = 4 * d[1] + (d[5] - 5 * d[3]);
}

/* o = A' m */
INLINE void
output_1d (const Vector *m, Vector *o)
{
  const Vector a = m[1] + m[2], b = m[1] - m[2];
  const Vector c = m[3] + m[4], e = m[3] - m[4];

  o[0] = m[0] + a + c;
  o[1] = b + 2 * e;
  o[2] = a + 4 * c;
  o[3] = (b + m[5]) + 8 * e;
}

/* o = A d: the transpose of output_1d */
INLINE void
grad_1d (const Vector *d, Vector *o)
{
  const Vector even = d[0] + d[2], odd = d[1] + d[3];
  const Vector even2 = d[0] + 4 * d[2], odd2 = 2 * d[1] + 8 * d[3];

  o[0] = d[0];
  o[1] = even + odd;
  o[2] = even - odd;
  o[3] = even2 + odd2;
  o[4] = even2 - odd2;
  o[5] = d[3];
}

/* o = G w */
INLINE void
weights_1d (Vector w0, Vector w1, Vector w2, Vector *o)
{
  const Vector a = (w0 + w2) * (-1.f / 6), b = w1 * (-1.f / 6);
  const Vector c = w0 * (1.f / 24) + w2 * (1.f / 6), d = w1 * (1.f / 12);

  o[0] = w0 * 0.25f;
  o[1] = a + b;
  o[2] = a - b;
  o[3] = c + d;
  o[4] = c - d;
  o[5] = w2;
}

/* o = G' u: the transpose of weights_1d */
INLINE void
weights_grad_1d (const Vector *u, Vector *o)
{
  const Vector a = (u[1] + u[2]) * (-1.f / 6), b = (u[1] - u[2]) * (-1.f / 6);
  const Vector c = u[3] + u[4], d = u[3] - u[4];

  o[0] = u[0] * 0.25f + a + c * (1.f / 24);
  o[1] = b + d * (1.f / 12);
  o[2] = a + c * (1.f / 6) + u[5];
}

void
RW_NAME (winograd_input) (float *v,
                          size_t plane,
                          const float *x,
                          size_t row,
                          int channels,
                          const float *next)
{
  for (int c = 0; c < channels; c += RW_VL) {
    Vector t[6][6];

    ROLLED
    for (int j = 0; j < 6; j++) {
      Vector d[6], o[6];

      if (begins_line (c))
        fetch (next + (size_t) j * channels + c, 6, row);
      UNROLL
      for (int i = 0; i < 6; i++)
        d[i] = load (x + i * row + (size_t) j * channels + c);
      input_1d (d, o);
      UNROLL
      for (int i = 0; i < 6; i++)
        t[i][j] = o[i];
    }
    ROLLED
    for (int i = 0; i < 6; i++) {
      Vector o[6];

      input_1d (t[i], o);
      UNROLL
      for (int j = 0; j < 6; j++)
        store (v + (size_t) (i * 6 + j) * plane + c, o[j]);
    }
  }
}

/* o = B' d for d = (a, b, b, c, c, e); o[2] = 0 is left out */
INLINE void
input_1d_doubled (const Vector *d, Vector *o)
{
  const Vector a = d[2] - 4 * d[1], b = d[2] - d[1];

  o[0] = 4 * d[0] + (d[2] - 5 * d[1]);
  o[1] = a + a;
  o[3] = b + 2 * b;
  o[4] = b - 2 * b;
  o[5] = 4 * d[1] + (d[3] - 5 * d[2]);
}

void
RW_NAME (winograd_input_doubled) (float *v,
                                  size_t plane,
                                  const float *x,
                                  size_t row,
                                  int channels,
                                  const float *next)
{
  for (int c = 0; c < channels; c += RW_VL) {
    Vector t[6][4];

    UNROLL
    for (int j = 0; j < 4; j++) {
      Vector d[4], o[6];

      if (begins_line (c))
        fetch (next + (size_t) j * channels + c, 4, row);
      UNROLL
      for (int i = 0; i < 4; i++)
        d[i] = load (x + i * row + (size_t) j * channels + c);
      input_1d_doubled (d, o);
      UNROLL
      for (int i = 0; i < 6; i++)
        if (i != 2)
          t[i][j] = o[i];
    }
    UNROLL
    for (int i = 0; i < 6; i++) {
      Vector o[6];

      if (i == 2)
        continue;
      input_1d_doubled (t[i], o);
      UNROLL
      for (int j = 0; j < 6; j++)
        if (j != 2)
          store (v + (size_t) (i * 6 + j) * plane + c, o[j]);
    }
  }
}

INLINE void
output_tile (float *y,
             size_t row,
             const float *m,
             size_t plane,
             int channels,
             const float *bias,
             const float *add,
             int mode,
             const float *next)
{
  for (int c = 0; c < channels; c += RW_VL) {
    const Vector b = bias ? load (bias + c) : (Vector){ 0 };
    Vector t[4][6];

    ROLLED
    for (int j = 0; j < 6; j++) {
      Vector d[6], o[4];

      UNROLL
      for (int i = 0; i < 6; i++)
        d[i] = load (m + (size_t) (i * 6 + j) * plane + c);
      output_1d (d, o);
      UNROLL
      for (int i = 0; i < 4; i++)
        t[i][j] = o[i];
    }
    ROLLED
    for (int i = 0; i < 4; i++) {
      Vector o[4];

      output_1d (t[i], o);
      if (begins_line (c))
        fetch (next + i * row + c, 4, (size_t) channels);
      UNROLL
      for (int j = 0; j < 4; j++) {
        const size_t at = i * row + (size_t) j * channels + c;
        Vector r = o[j] + b;

        if (add)
          r += load (add + at);
        if (mode & RW_STORE_RELU)
          r = relu (r);
        store (y + at, r);
      }
    }
  }
}

void
RW_NAME (winograd_output) (float *y,
                           size_t row,
                           const float *m,
                           size_t plane,
                           int channels,
                           const float *bias,
                           const float *add,
                           int mode,
                           const float *next)
{
  if (add == NULL && mode == RW_STORE_RELU)
    output_tile (y, row, m, plane, channels, bias, NULL, RW_STORE_RELU, next);
  else if (add == NULL)
    output_tile (y, row, m, plane, channels, bias, NULL, RW_STORE_PLAIN, next);
  else
    output_tile (y, row, m, plane, channels, bias, add, mode, next);
}

void
RW_NAME (winograd_grad) (float *d,
                         size_t plane,
                         const float *dy,
                         size_t row,
                         int channels,
                         const float *next)
{
  for (int c = 0; c < channels; c += RW_VL) {
    Vector t[6][4];

    ROLLED
    for (int j = 0; j < 4; j++) {
      Vector in[4], o[6];

      if (begins_line (c))
        fetch (next + (size_t) j * channels + c, 4, row);
      UNROLL
      for (int i = 0; i < 4; i++)
        in[i] = load (dy + i * row + (size_t) j * channels + c);
      grad_1d (in, o);
      UNROLL
      for (int i = 0; i < 6; i++)
        t[i][j] = o[i];
    }
    ROLLED
    for (int i = 0; i < 6; i++) {
      Vector o[6];

      grad_1d (t[i], o);
      UNROLL
      for (int j = 0; j < 6; j++)
        store (d + (size_t) (i * 6 + j) * plane + c, o[j]);
    }
  }
}

/* One vector of each of 9 and 36 planes. */
INLINE void
weights_vector (float *u, const float *w, size_t plane)
{
  Vector t[6][3];

  UNROLL
  for (int j = 0; j < 3; j++) {
    Vector o[6];

    weights_1d (load (w + j * plane), load (w + (3 + j) * plane),
                load (w + (6 + j) * plane), o);
    UNROLL
    for (int i = 0; i < 6; i++)
      t[i][j] = o[i];
  }
  UNROLL
  for (int i = 0; i < 6; i++) {
    Vector o[6];

    weights_1d (t[i][0], t[i][1], t[i][2], o);
    UNROLL
    for (int j = 0; j < 6; j++)
      store (u + (size_t) (i * 6 + j) * plane, o[j]);
  }
}

void
RW_NAME (winograd_weights) (float *u, const float *w, int k, int n)
{
  const size_t plane = (size_t) k * n;

  for (int left = n / RW_VL; left > 0;) {
    const int cols = panel_vectors (left);

    for (int row = 0; row < k; row++)
      for (int v = 0; v < cols; v++, u += RW_VL)
        weights_vector (u, w + (size_t) row * n + (size_t) v * RW_VL, plane);
    w += (size_t) cols * RW_VL;
    left -= cols;
  }
}

void
RW_NAME (winograd_weights_grad) (float *dw, const float *du, size_t n)
{
  for (size_t k = 0; k < n; k += RW_VL) {
    Vector t[3][6];

    UNROLL
    for (int j = 0; j < 6; j++) {
      Vector d[6], o[3];

      UNROLL
      for (int i = 0; i < 6; i++)
        d[i] = load (du + (size_t) (i * 6 + j) * n + k);
      weights_grad_1d (d, o);
      UNROLL
      for (int i = 0; i < 3; i++)
        t[i][j] = o[i];
    }
    UNROLL
    for (int i = 0; i < 3; i++) {
      Vector o[3];

      weights_grad_1d (t[i], o);
      UNROLL
      for (int j = 0; j < 3; j++) {
        float *p = dw + (size_t) (i * 3 + j) * n + k;

        store (p, load (p) + o[j]);
      }
    }
  }
}
