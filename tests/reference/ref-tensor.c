/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Textbook tensors: memory, layouts, a plain random sequence.
 */
#include "reference.h"

#include <math.h>
#include <string.h>

RefTensor *
ref_new (int n, int c, int h, int w)
{
  g_assert (n > 0 && c > 0 && h > 0 && w > 0);
  RefTensor *x = g_new0 (RefTensor, 1);
  *x = (RefTensor){ n, c, h, w, NULL };
  x->v = g_new0 (double, ref_size (x));
  return x;
}

RefTensor *
ref_copy (const RefTensor *x)
{
  RefTensor *y = ref_new (x->n, x->c, x->h, x->w);
  memcpy (y->v, x->v, ref_size (x) * sizeof (double));
  return y;
}

void
ref_free (RefTensor *x)
{
  if (!x)
    return;
  g_free (x->v);
  g_free (x);
}

gsize
ref_size (const RefTensor *x)
{
  return (gsize) x->n * x->c * x->h * x->w;
}

double *
ref_at (const RefTensor *x, int n, int c, int y, int x_)
{
  return x->v + (((gsize) n * x->c + c) * x->h + y) * x->w + x_;
}

double
ref_dot (const RefTensor *a, const RefTensor *b)
{
  g_assert (ref_size (a) == ref_size (b));
  double sum = 0;
  for (gsize i = 0; i < ref_size (a); i++)
    sum += a->v[i] * b->v[i];
  return sum;
}

double
ref_rms (const RefTensor *x)
{
  return sqrt (ref_dot (x, x) / ref_size (x));
}

RefTensor *
ref_from_nhwc (const float *x, int n, int c, int h, int w, int cs)
{
  RefTensor *y = ref_new (n, c, h, w);
  for (int in = 0; in < n; in++)
    for (int iy = 0; iy < h; iy++)
      for (int ix = 0; ix < w; ix++, x += cs)
        for (int ic = 0; ic < c; ic++)
          *ref_at (y, in, ic, iy, ix) = (double) x[ic];
  return y;
}

void
ref_to_nhwc (const RefTensor *x, float *y, int cs)
{
  for (int in = 0; in < x->n; in++)
    for (int iy = 0; iy < x->h; iy++)
      for (int ix = 0; ix < x->w; ix++, y += cs)
        for (int ic = 0; ic < cs; ic++)
          y[ic] = ic < x->c ? (float) *ref_at (x, in, ic, iy, ix) : 0;
}

gboolean
ref_padding_is_zero (const float *x, gsize pixels, int c, int cs)
{
  for (gsize i = 0; i < pixels; i++)
    for (int lane = c; lane < cs; lane++)
      if (!(x[i * cs + lane] == 0))
        return FALSE;
  return TRUE;
}

/* xorshift64*: Vigna 2016, "An experimental exploration of Marsaglia's
 * xorshift generators, scrambled"; not the core's generator on purpose. */
guint64
ref_bits (guint64 *state)
{
  guint64 s = *state ? *state : G_GUINT64_CONSTANT (88172645463325252);
  s ^= s >> 12;
  s ^= s << 25;
  s ^= s >> 27;
  *state = s;
  return s * G_GUINT64_CONSTANT (2685821657736338717);
}

int
ref_below (guint64 *state, int n)
{
  return (int) ((ref_bits (state) >> 33) % (guint64) n);
}

double
ref_uniform (guint64 *state)
{
  return (double) (ref_bits (state) >> 40) / (1 << 23) - 1;
}

void
ref_fill (RefTensor *x, guint64 *state)
{
  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] = ref_uniform (state);
}
