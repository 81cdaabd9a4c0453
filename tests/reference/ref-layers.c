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
