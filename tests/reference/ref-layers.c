/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Textbook layers, by their definitions.  Channel orders are PyTorch's.
 */
#include "reference.h"

#include <math.h>

/* All of the layers below are "for each output element". */
#define FOR_EACH(y, in, ic, iy, ix)                                           \
  for (int in = 0; in < (y)->n; in++)                                         \
    for (int ic = 0; ic < (y)->c; ic++)                                       \
      for (int iy = 0; iy < (y)->h; iy++)                                     \
        for (int ix = 0; ix < (y)->w; ix++)

static double
conv_at (
    const RefTensor *x, const double *weight, int k, int n, int top, int left)
{
  double sum = 0;
  for (int c = 0; c < x->c; c++)
    for (int i = 0; i < k; i++)
      for (int j = 0; j < k; j++) {
        const int y = top + i, x_ = left + j;
        if (y >= 0 && y < x->h && x_ >= 0 && x_ < x->w)
          sum += weight[(c * k + i) * k + j] * *ref_at (x, n, c, y, x_);
      }
  return sum;
}

RefTensor *
ref_conv (const RefTensor *x,
          const double *weight,
          const double *bias,
          int out,
          int k,
          int stride,
          int pad,
          int out_h,
          int out_w)
{
  RefTensor *y = ref_new (x->n, out, out_h, out_w);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) =
      (bias ? bias[ic] : 0) + conv_at (x, weight + (gsize) ic * x->c * k * k,
                                       k, in, iy * stride - pad,
                                       ix * stride - pad);
  return y;
}

RefTensor *
ref_map (const RefTensor *x, RefScalarFunc fn, double option)
{
  RefTensor *y = ref_copy (x);
  for (gsize i = 0; i < ref_size (y); i++)
    y->v[i] = fn (x->v[i], option);
  return y;
}

double
ref_relu (double x, double unused)
{
  return x > 0 ? x : 0;
}

double
ref_leaky_relu (double x, double slope)
{
  return x > 0 ? x : slope * x;
}

double
ref_gelu (double x, double unused)
{
  return x * 0.5 * erfc (-x / sqrt (2));
}

double
ref_sigmoid (double x, double unused)
{
  return 1 / (1 + exp (-x));
}

double
ref_tanh (double x, double unused)
{
  return tanh (x);
}

double
ref_round (double x, double unused)
{
  const double down = floor (x);
  if (x - down == 0.5)
    return fmod (down, 2) == 0 ? down : down + 1;
  return floor (x + 0.5);
}

RefTensor *
ref_prelu (const RefTensor *x, const double *slope)
{
  RefTensor *y = ref_copy (x);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) =
      ref_leaky_relu (*ref_at (x, in, ic, iy, ix), slope[ic]);
  return y;
}

RefTensor *
ref_max_pool (const RefTensor *x, int k)
{
  RefTensor *y = ref_new (x->n, x->c, x->h / k, x->w / k);
  FOR_EACH (y, in, ic, iy, ix)
  {
    double best = -INFINITY;
    for (int i = 0; i < k * k; i++)
      best = fmax (best, *ref_at (x, in, ic, iy * k + i / k, ix * k + i % k));
    *ref_at (y, in, ic, iy, ix) = best;
  }
  return y;
}

RefTensor *
ref_average_pool (const RefTensor *x, int k)
{
  RefTensor *y = ref_new (x->n, x->c, x->h / k, x->w / k);
  FOR_EACH (y, in, ic, iy, ix)
  {
    double sum = 0;
    for (int i = 0; i < k * k; i++)
      sum += *ref_at (x, in, ic, iy * k + i / k, ix * k + i % k);
    *ref_at (y, in, ic, iy, ix) = sum / (k * k);
  }
  return y;
}

RefTensor *
ref_upsample (const RefTensor *x, int r)
{
  RefTensor *y = ref_new (x->n, x->c, x->h * r, x->w * r);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) = *ref_at (x, in, ic, iy / r, ix / r);
  return y;
}

/* y[c][h r + i][w r + j] = x[c r^2 + i r + j][h][w] */
RefTensor *
ref_shuffle (const RefTensor *x, int r)
{
  RefTensor *y = ref_new (x->n, x->c / (r * r), x->h * r, x->w * r);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) =
      *ref_at (x, in, (ic * r + iy % r) * r + ix % r, iy / r, ix / r);
  return y;
}

RefTensor *
ref_unshuffle (const RefTensor *x, int r)
{
  RefTensor *y = ref_new (x->n, x->c * r * r, x->h / r, x->w / r);
  FOR_EACH (x, in, ic, iy, ix)
  *ref_at (y, in, (ic * r + iy % r) * r + ix % r, iy / r, ix / r) =
      *ref_at (x, in, ic, iy, ix);
  return y;
}

RefTensor *
ref_add (const RefTensor *a, const RefTensor *b)
{
  g_assert (a->c == b->c && a->h == b->h && a->w == b->w);
  RefTensor *y = ref_copy (a);
  for (gsize i = 0; i < ref_size (y); i++)
    y->v[i] += b->v[i];
  return y;
}

RefTensor *
ref_concat (const RefTensor *a, const RefTensor *b)
{
  g_assert (a->h == b->h && a->w == b->w);
  RefTensor *y = ref_new (a->n, a->c + b->c, a->h, a->w);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) = ic < a->c ? *ref_at (a, in, ic, iy, ix)
                                          : *ref_at (b, in, ic - a->c, iy, ix);
  return y;
}

RefTensor *
ref_residual (const RefTensor *x, const RefTensor *input, int first)
{
  RefTensor *y = ref_copy (x);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) += *ref_at (input, in, first + ic, iy, ix);
  return y;
}

RefTensor *
ref_multiply (const RefTensor *a, const RefTensor *b)
{
  g_assert (a->c == b->c && a->h == b->h && a->w == b->w);
  RefTensor *y = ref_copy (a);
  for (gsize i = 0; i < ref_size (y); i++)
    y->v[i] *= b->v[i];
  return y;
}

RefTensor *
ref_subtract (const RefTensor *a, const RefTensor *b)
{
  g_assert (a->c == b->c && a->h == b->h && a->w == b->w);
  RefTensor *y = ref_copy (a);
  for (gsize i = 0; i < ref_size (y); i++)
    y->v[i] -= b->v[i];
  return y;
}

RefTensor *
ref_gate (const RefTensor *x)
{
  RefTensor *y = ref_new (x->n, x->c / 2, x->h, x->w);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) =
      *ref_at (x, in, ic, iy, ix) * *ref_at (x, in, ic + y->c, iy, ix);
  return y;
}

/* the pixel on either side of place @at along an axis of n, by areas */
static void
neighbours (double at, int n, int *a, int *b, double *share)
{
  const double inside = fmin (fmax (at, 0), n - 1);
  *a = (int) floor (inside);
  *b = MIN (*a + 1, n - 1);
  *share = inside - *a;
}

RefTensor *
ref_bilinear (const RefTensor *x, int r)
{
  RefTensor *y = ref_new (x->n, x->c, x->h * r, x->w * r);
  FOR_EACH (y, in, ic, iy, ix)
  {
    int y0, y1, x0, x1;
    double ty, tx;
    neighbours ((iy + 0.5) / r - 0.5, x->h, &y0, &y1, &ty);
    neighbours ((ix + 0.5) / r - 0.5, x->w, &x0, &x1, &tx);
    *ref_at (y, in, ic, iy, ix) =
        (1 - ty) * (1 - tx) * *ref_at (x, in, ic, y0, x0) +
        (1 - ty) * tx * *ref_at (x, in, ic, y0, x1) +
        ty * (1 - tx) * *ref_at (x, in, ic, y1, x0) +
        ty * tx * *ref_at (x, in, ic, y1, x1);
  }
  return y;
}

/* Every pixel of x adds a k x k square to y, whose corner is at stride times
 * its place less the padding. */
RefTensor *
ref_deconv (const RefTensor *x,
            const double *weight,
            const double *bias,
            int out,
            int k,
            int stride)
{
  const int pad = (k - stride + 1) / 2;
  RefTensor *y = ref_new (x->n, out, x->h * stride, x->w * stride);
  FOR_EACH (y, in, ic, iy, ix)
  *ref_at (y, in, ic, iy, ix) = bias ? bias[ic] : 0;
  FOR_EACH (x, in, ic, iy, ix)
  for (int o = 0; o < out; o++)
    for (int i = 0; i < k * k; i++) {
      const int to_y = iy * stride - pad + i / k,
                to_x = ix * stride - pad + i % k;
      if (to_y >= 0 && to_y < y->h && to_x >= 0 && to_x < y->w)
        *ref_at (y, in, o, to_y, to_x) +=
            weight[(ic * out + o) * k * k + i] * *ref_at (x, in, ic, iy, ix);
    }
  return y;
}

RefTensor *
ref_dense (const RefTensor *x,
           const double *weight,
           const double *bias,
           int out)
{
  const int depth = x->c * x->h * x->w;
  RefTensor *y = ref_new (x->n, out, 1, 1);
  for (int n = 0; n < x->n; n++)
    for (int o = 0; o < out; o++) {
      double sum = bias ? bias[o] : 0;
      for (int i = 0; i < depth; i++)
        sum += weight[o * depth + i] * ref_at (x, n, 0, 0, 0)[i];
      *ref_at (y, n, o, 0, 0) = sum;
    }
  return y;
}

/* Balle's reparametrisation: max (raw, bound)^2 - 2^-36 with the bound that
 * makes @least the smallest */
static double
positive (double raw, double least)
{
  const double pedestal = pow (2, -36), bound = sqrt (least + pedestal);
  return raw > bound ? raw * raw - pedestal : least;
}

RefTensor *
ref_divisive (const RefTensor *x,
              const double *beta,
              const double *gamma,
              double power)
{
  RefTensor *y = ref_copy (x);
  FOR_EACH (y, in, ic, iy, ix)
  {
    double norm = positive (beta[ic], 1e-6);
    for (int j = 0; j < x->c; j++)
      norm += positive (gamma[ic * x->c + j], 0) *
              pow (*ref_at (x, in, j, iy, ix), 2);
    *ref_at (y, in, ic, iy, ix) *= pow (norm, power);
  }
  return y;
}

/* 3^-5 for each box around the middle that has the pixel in it. */
static double
weigh (int down, int right, int steps)
{
  const int distance = MAX (ABS (down), ABS (right));
  double sum = 0;
  for (int k = 1; k <= steps; k++)
    if (distance <= (pow (3, k) - 1) / 2)
      sum += pow (3, -5 * k);
  return sum;
}

static gboolean
is_hole (const RefTensor *x, int n, int row, int column)
{
  return *ref_at (x, n, x->c - 1, row, column) > 0.5;
}

/* The mean of what is good; what is there where nothing is. */
static double
mean_around (const RefTensor *x, int n, int c, int row, int column, int steps)
{
  double sum = 0, weights = 0;
  for (int i = 0; i < x->h; i++)
    for (int j = 0; j < x->w; j++) {
      const double weight =
          is_hole (x, n, i, j) ? 0 : weigh (i - row, j - column, steps);
      sum += weight * *ref_at (x, n, c, i, j);
      weights += weight;
    }
  return weights > 0 ? sum / weights : *ref_at (x, n, c, row, column);
}

/* The sum of the neighbours' differences. */
static RefTensor *
sum_differences (const RefTensor *x)
{
  static const int way[4][2] = { { 0, 1 }, { 0, -1 }, { 1, 0 }, { -1, 0 } };
  RefTensor *y = ref_new (x->n, x->c, x->h, x->w);
  FOR_EACH (y, n, c, i, j)
  {
    for (int k = 0; k < 4; k++) {
      const int row = i + way[k][0], column = j + way[k][1];
      if (row >= 0 && row < x->h && column >= 0 && column < x->w)
        *ref_at (y, n, c, i, j) +=
            *ref_at (x, n, c, row, column) - *ref_at (x, n, c, i, j);
    }
  }
  return y;
}

/* Chebyshev's rounds in three terms, for eigenvalues from 128 / rounds^2 to 64:
 * u' = w (u - g L L u - before) + before, in the holes of @x. */
static void
continue_slopes (RefTensor *u, const RefTensor *x, int rounds)
{
  const double low = fmin (128.0 / (rounds * rounds), 32);
  const double middle = (64 + low) / 2, spread = (64 - low) / (64 + low);
  RefTensor *before = ref_new (u->n, u->c, u->h, u->w);
  double weight = 1;
  for (int round = 0; round < rounds; round++) {
    RefTensor *once = sum_differences (u), *twice = sum_differences (once);
    if (round == 1)
      weight = 1 / (1 - spread * spread / 2);
    else if (round > 1)
      weight = 1 / (1 - weight * spread * spread / 4);
    FOR_EACH (u, n, c, i, j)
    {
      if (is_hole (x, n, i, j)) {
        double *here = ref_at (u, n, c, i, j),
               *old = ref_at (before, n, c, i, j);
        const double now = *here;
        const double down = now - *ref_at (twice, n, c, i, j) / middle;
        *here = round == 0 ? down : weight * (down - *old) + *old;
        *old = now;
      }
    }
    ref_free (once);
    ref_free (twice);
  }
  ref_free (before);
}

RefTensor *
ref_fill_holes (const RefTensor *x, int steps, int smooth)
{
  RefTensor *y = ref_new (x->n, x->c - 1, x->h, x->w);
  for (int n = 0; n < y->n; n++)
    for (int c = 0; c < y->c; c++)
      for (int i = 0; i < y->h; i++)
        for (int j = 0; j < y->w; j++)
          *ref_at (y, n, c, i, j) = is_hole (x, n, i, j)
                                        ? mean_around (x, n, c, i, j, steps)
                                        : *ref_at (x, n, c, i, j);
  continue_slopes (y, x, smooth);
  return y;
}

/* the sRGB curve, IEC 61966-2-1 */
static double
decode (double coded)
{
  return coded <= 0.04045 ? coded / 12.92 : pow ((coded + 0.055) / 1.055, 2.4);
}

static double
encode (double light)
{
  return light <= 0.0031308 ? 12.92 * light
                            : 1.055 * pow (light, 1 / 2.4) - 0.055;
}

RefTensor *
ref_brighten (const RefTensor *x, double stops)
{
  RefTensor *y = ref_new (x->n, x->c - 1, x->h, x->w);
  FOR_EACH (y, in, ic, iy, ix)
  {
    const double told = *ref_at (x, in, x->c - 1, iy, ix);
    const double v = *ref_at (x, in, ic, iy, ix);
    const double lit = encode (exp2 (stops * told) * decode (v));
    *ref_at (y, in, ic, iy, ix) = told > 0 ? fmin (lit, fmax (1, v)) : v;
  }
  return y;
}
