/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The energy of fine detail in two pictures, rows in parallel.
 */
#include "train/eval/detail.h"

#include "base/alloc.h"
#include "base/parallel.h"

#include <math.h>

enum { REACH = 5 /* pixels of the Gaussian on each side: 3.3 deviations */ };

#define DEVIATION 1.5
#define SLOPE (8.0 / 255) /* a pixel: above that there is structure */

typedef struct {
  const float *pictures[2]; /* restored, clean: [height][width][3] */
  int width, height;
  float *luma[2];    /* [height][width] */
  float *blurred[2]; /* along the rows */
  double weights[2 * REACH + 1];
  double *energies[2]; /* of each row */
} Detail;

static void
make_row_of_luma (int y, int worker, void *data)
{
  const Detail *d = data;
  const gsize first = (gsize) y * (gsize) d->width;

  for (int k = 0; k < 2; k++) {
    const float *rgb = d->pictures[k] + 3 * first;
    for (int x = 0; x < d->width; x++, rgb += 3)
      d->luma[k][first + (gsize) x] =
          0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
  }
}

/* Place @i of @n, edges repeated. */
static gsize
clamp (int i, int n)
{
  return (gsize) CLAMP (i, 0, n - 1);
}

static void
blur_row (int y, int worker, void *data)
{
  const Detail *d = data;
  const gsize first = (gsize) y * (gsize) d->width;

  for (int k = 0; k < 2; k++)
    for (int x = 0; x < d->width; x++) {
      double sum = 0;
      for (int i = -REACH; i <= REACH; i++)
        sum += d->weights[i + REACH] *
               (double) d->luma[k][first + clamp (x + i, d->width)];
      d->blurred[k][first + (gsize) x] = (float) sum;
    }
}

static gboolean
has_structure (const Detail *d, int x, int y)
{
  const gsize width = (gsize) d->width, row = (gsize) y * width;
  const float *clean = d->luma[1];
  const float across = clean[row + clamp (x + 1, d->width)] -
                       clean[row + clamp (x - 1, d->width)];
  const float down = clean[clamp (y + 1, d->height) * width + (gsize) x] -
                     clean[clamp (y - 1, d->height) * width + (gsize) x];

  return hypot ((double) across, (double) down) / 2 >= SLOPE;
}

static void
measure_row (int y, int worker, void *data)
{
  const Detail *d = data;
  const gsize width = (gsize) d->width;

  d->energies[0][y] = d->energies[1][y] = 0;
  for (int x = 0; x < d->width; x++) {
    if (!has_structure (d, x, y))
      continue;
    for (int k = 0; k < 2; k++) {
      double blurred = 0;
      for (int i = -REACH; i <= REACH; i++)
        blurred +=
            d->weights[i + REACH] *
            (double)
                d->blurred[k][clamp (y + i, d->height) * width + (gsize) x];
      const double fine =
          (double) d->luma[k][(gsize) y * width + (gsize) x] - blurred;
      d->energies[k][y] += fine * fine;
    }
  }
}

static void
set_weights (double *weights)
{
  double sum = 0;

  for (int i = -REACH; i <= REACH; i++)
    sum += exp (-i * i / (2 * DEVIATION * DEVIATION));
  for (int i = -REACH; i <= REACH; i++)
    weights[i + REACH] = exp (-i * i / (2 * DEVIATION * DEVIATION)) / sum;
}

gboolean
rw_detail_kept (const float *restored,
                const float *clean,
                int width,
                int height,
                double *kept,
                GError **error)
{
  const gsize n = (gsize) width * (gsize) height;
  g_autofree double *rows = g_new (double, 2 * (gsize) height);
  rw_autofree float *planes =
      rw_try_alloc (n, 4 * sizeof (float), "planes of lightness", error);
  Detail d = { .pictures = { restored, clean },
               .width = width,
               .height = height,
               .luma = { planes, planes + n },
               .blurred = { planes + 2 * n, planes + 3 * n },
               .energies = { rows, rows + height } };
  double energies[2] = { 0 };

  if (planes == NULL)
    return FALSE;
  set_weights (d.weights);
  rw_parallel_for (height, make_row_of_luma, &d);
  rw_parallel_for (height, blur_row, &d);
  rw_parallel_for (height, measure_row, &d);
  for (int y = 0; y < height; y++)
    for (int k = 0; k < 2; k++)
      energies[k] += d.energies[k][y];
  *kept = energies[1] > 0 ? energies[0] / energies[1] : NAN;
  return TRUE;
}
