/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "tasks/typical-error.h"

#include "base/sort.h"

#include <math.h>

enum { SQUARE = 12 /* px a side */ };

/* The mean square difference of the SQUARE x SQUARE pixels, or fewer at the
 * picture's end, from @x and @y on. */
static double
compare_square (const RwSample *a, const RwSample *b, int x, int y)
{
  const int width = MIN (SQUARE, a->width - x);
  const int height = MIN (SQUARE, a->height - y);
  double sum = 0;

  for (int row = y; row < y + height; row++) {
    const gsize at = 3 * ((gsize) row * (gsize) a->width + (gsize) x);

    for (gsize i = at; i < at + 3 * (gsize) width; i++)
      sum +=
          (double) (a->rgb[i] - b->rgb[i]) * (double) (a->rgb[i] - b->rgb[i]);
  }
  return sum / (3.0 * width * height);
}

double
rw_typical_error (const RwSample *a, const RwSample *b)
{
  const int columns = (a->width + SQUARE - 1) / SQUARE;
  const int rows = (a->height + SQUARE - 1) / SQUARE;
  const gsize n = (gsize) columns * (gsize) rows;
  g_autofree double *squares = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    squares[i] = compare_square (a, b, (int) (i % (gsize) columns) * SQUARE,
                                 (int) (i / (gsize) columns) * SQUARE);
  rw_sort_doubles (squares, n);
  return 255 * sqrt (squares[n / 2]);
}
