/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PNG's filters.  Loops have no branches, so that the compiler makes vectors
 * of them.
 */
#include "io/png-filter.h"

#include <stdlib.h>
#include <string.h>

/* a: left, b: above, c: above left */
static inline guint8
paeth (int a, int b, int c)
{
  const int to_a = abs (b - c), to_b = abs (a - c), to_c = abs (a + b - 2 * c);
  const int nearer = to_b <= to_c ? b : c;

  return (guint8) (to_a <= to_b && to_a <= to_c ? a : nearer);
}

/* All filters of one row; what is left of it is 0. */
static void
filter_all (const guint8 *restrict row,
            const guint8 *restrict above,
            gsize n,
            gsize step,
            guint8 *restrict out)
{
  guint8 *sub = out + n, *up = sub + n, *average = up + n, *near = average + n;

  memcpy (out, row, n);
  for (gsize i = 0; i < MIN (step, n); i++) {
    sub[i] = row[i];
    up[i] = near[i] = (guint8) (row[i] - above[i]);
    average[i] = (guint8) (row[i] - above[i] / 2);
  }
  for (gsize i = step; i < n; i++)
    sub[i] = (guint8) (row[i] - row[i - step]);
  for (gsize i = step; i < n; i++)
    up[i] = (guint8) (row[i] - above[i]);
  for (gsize i = step; i < n; i++)
    average[i] = (guint8) (row[i] - (row[i - step] + above[i]) / 2);
  for (gsize i = step; i < n; i++)
    near[i] =
        (guint8) (row[i] - paeth (row[i - step], above[i], above[i - step]));
}

/* Of bytes that stand for -128 to 127. */
static guint64
sum_absolute (const guint8 *bytes, gsize n)
{
  guint64 sum = 0;

  for (gsize i = 0; i < n;) {
    const gsize end = MIN (n, i + 65536);
    guint32 part = 0;
    for (; i < end; i++)
      part += (guint32) abs ((gint8) bytes[i]);
    sum += part;
  }
  return sum;
}

void
rw_png_filter (guint8 *out,
               const guint8 *row,
               const guint8 *above,
               gsize n,
               gsize step,
               guint8 *scratch)
{
  guint64 least = G_MAXUINT64;

  filter_all (row, above, n, step, scratch);
  for (int f = 0; f < RW_PNG_FILTERS; f++) {
    const guint64 sum = sum_absolute (scratch + n * (gsize) f, n);
    if (sum < least) {
      least = sum;
      out[0] = (guint8) f;
    }
  }
  memcpy (out + 1, scratch + n * out[0], n);
}
