/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Textbook layers with several rates, by their definitions.
 */
#include "reference.h"

#include <math.h>

/* @table of [rates][n] at what @told says for a pixel. */
static double
between (const RefTensor *told,
         int image,
         int y,
         int x,
         const double *table,
         int rates,
         int n,
         int i)
{
  const double value = *ref_at (told, image, told->c - 1, y, x);
  const double at = fmin (fmax (value, 0), 1) * (rates - 1);
  const int low = MIN ((int) floor (at), rates - 2);

  return (low + 1 - at) * table[low * n + i] +
         (at - low) * table[(low + 1) * n + i];
}

RefTensor *
ref_gain (const RefTensor *x,
          const RefTensor *told,
          const double *logs,
          int rates,
          double span)
{
  RefTensor *y = ref_copy (x);
  for (int n = 0; n < x->n; n++)
    for (int c = 0; c < x->c; c++)
      for (int i = 0; i < x->h * x->w; i++) {
        const int row = i / x->w, column = i % x->w;
        const double value = *ref_at (told, n, told->c - 1, row, column);
        *ref_at (y, n, c, row, column) *=
            pow (span, fmin (fmax (value, 0), 1)) *
            exp (between (told, n, row, column, logs, rates, x->c, c));
      }
  return y;
}

static double
size_at (const RefTensor *x, double factor, int n, int c, int y, int column)
{
  const gboolean inside =
      c >= 0 && y >= 0 && y < x->h && column >= 0 && column < x->w;
  return inside ? fabs (ref_round (factor * *ref_at (x, n, c, y, column), 0))
                : 0;
}

static int
class_of (const RefTensor *x, double factor, int n, int c, int y, int column)
{
  static const double ends[] = { 0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 40 };
  const double sum = 2 * size_at (x, factor, n, c, y, column - 1) +
                     2 * size_at (x, factor, n, c, y - 1, column) +
                     size_at (x, factor, n, c, y - 1, column - 1) +
                     size_at (x, factor, n, c, y - 1, column + 1) +
                     2 * size_at (x, factor, n, c - 1, y, column) +
                     size_at (x, factor, n, c - 2, y, column);
  int class = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    class += sum > ends[i];
  return class;
}

/* up to v */
static double
laplace (double v, double width)
{
  return v < 0 ? 0.5 * exp (v / width) : 1 - 0.5 * exp (-v / width);
}

/* By the tails below 0, where nothing is lost to cancellation. */
static double
probability (double v, double width)
{
  const double at = -fabs (v);
  return laplace (at + 0.5, width) - laplace (at - 0.5, width);
}

RefTensor *
ref_count_bits (const RefTensor *x,
                const RefTensor *told,
                const double *widths,
                int rates,
                double span,
                const RefTensor *noise)
{
  static const float first[] = { -1.83f, -1.27f, -0.96f, -0.71f,
                                 -0.51f, -0.25f, 0.0f,   0.3f,
                                 0.59f,  0.9f,   1.31f,  2.08f };
  RefTensor *y = ref_new (x->n, 1, x->h, x->w);
  for (int n = 0; n < x->n; n++)
    for (int i = 0; i < x->h * x->w; i++) {
      const int row = i / x->w, column = i % x->w;
      for (int c = 0; c < x->c; c++) {
        const double at = *ref_at (told, n, told->c - 1, row, column);
        const double factor = pow (span, fmin (fmax (at, 0), 1));
        const int class = class_of (x, factor, n, c, row, column);
        const double width = exp ((double) first[class] +
                                  between (told, n, row, column, widths, rates,
                                           12 * x->c, 12 * c + class));
        const double value = factor * *ref_at (x, n, c, row, column);
        const double v = noise ? value + *ref_at (noise, n, c, row, column)
                               : ref_round (value, 0);
        *ref_at (y, n, 0, row, column) -= log2 (probability (v, width));
      }
    }
  return y;
}

/* Of numbers that are cut to whole ones, and then to halves, quarters and so
 * on, up to what is told: by how much the middle of the cell moves.  Steps are
 * larger by what the last one would be too small. */
RefTensor *
ref_rounds (const RefTensor *x, const RefTensor *told, int rounds)
{
  const double most = floor (32767 / pow (2, rounds - 1));
  RefTensor *y = ref_new (x->n, rounds * x->c, x->h, x->w);
  for (int n = 0; n < x->n; n++)
    for (int i = 0; i < x->c * x->h * x->w; i++) {
      const int c = i / (x->h * x->w), row = i / x->w % x->h, at = i % x->w;
      const double share =
          fmin (fmax (*ref_at (told, n, told->c - 1, row, at), 0), 1);
      const double last = share * (rounds - 1),
                   wide = exp2 (ceil (last) - last);
      const double size =
          fmin (fabs (*ref_at (x, n, c, row, at)) / wide, most);
      double middle = 0;
      for (int k = 0; k <= ceil (last); k++) {
        const double step = pow (0.5, k), cut = floor (size / step) * step;
        const double next = cut > 0 ? cut + step / 2 : 0;
        *ref_at (y, n, k * x->c + c, row, at) =
            wide * (next - middle) * copysign (1, *ref_at (x, n, c, row, at));
        middle = next;
      }
    }
  return y;
}

RefTensor *
ref_slice (const RefTensor *x, int first, int channels)
{
  RefTensor *y = ref_new (x->n, channels, x->h, x->w);
  for (int n = 0; n < x->n; n++)
    for (int c = 0; c < channels; c++)
      for (int i = 0; i < x->h * x->w; i++)
        *ref_at (y, n, c, i / x->w, i % x->w) =
            *ref_at (x, n, first + c, i / x->w, i % x->w);
  return y;
}
