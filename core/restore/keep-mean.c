/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Cells, their windows, and what is taken back.
 */
#include "restore/keep-mean.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

enum { CELL = RW_KEEP_MEAN_CELL, RADIUS = RW_KEEP_MEAN_CELLS / 2 };

#define ERRORS_2 4.0 /* the square of two standard errors */
#define ALIKE 2.0    /* deviations of noise that colours may differ by */
#define ALIKE_MIN 16 / 255. /* and at least so much */
#define CLIPPED 0.58        /* the deviation of noise of which half is cut */

static int
floor_cell (int x)
{
  return x >= 0 ? x / CELL : -((-x + CELL - 1) / CELL);
}

/* The cells that @rect touches. */
static RwRect
cells_of (const RwRect *rect)
{
  const int x = floor_cell (rect->x), y = floor_cell (rect->y);

  return (RwRect){ x, y, floor_cell (rect->x + rect->width - 1) - x + 1,
                   floor_cell (rect->y + rect->height - 1) - y + 1 };
}

gsize
rw_keep_mean_get_floats (int width, int height)
{
  const gsize n = (gsize) (width / CELL + 2) * (gsize) (height / CELL + 2);

  return n * (sizeof (RwMeanCell) / sizeof (float) + 3);
}

void
rw_keep_mean_begin (RwKeepMean *self,
                    const RwBlock *block,
                    const RwRect *bounds,
                    float *memory)
{
  const RwRect area = cells_of (&block->area);
  const RwRect around = { area.x - 1, area.y - 1, area.width + 2,
                          area.height + 2 };

  self->bounds = cells_of (bounds);
  self->have = cells_of (&block->wide);
  self->nodes = rw_rect_intersect (&around, &self->bounds);
  self->cells = (RwMeanCell *) memory;
  self->shifts = memory + (gsize) self->have.width *
                              (gsize) self->have.height *
                              (sizeof (RwMeanCell) / sizeof (float));
}

RwMeanCell *
rw_keep_mean_get_cell (
    RwKeepMean *self, int i, int j, const RwRect *wide, RwRect *pixels)
{
  const RwRect whole = { (self->have.x + i) * CELL, (self->have.y + j) * CELL,
                         CELL, CELL };

  *pixels = rw_rect_intersect (&whole, wide);
  return &self->cells[(gsize) j * (gsize) self->have.width + (gsize) i];
}

void
rw_keep_mean_add (RwMeanCell *cell,
                  const float colour[3],
                  const float change[3])
{
  if (!isfinite (change[0]) || !isfinite (change[1]) || !isfinite (change[2]))
    return;
  cell->n++;
  for (int k = 0; k < 3; k++) {
    cell->colour[k] += colour[k];
    cell->change[k] += change[k];
    cell->square[k] += change[k] * change[k];
  }
}

/* ---- what is taken back ------------------------------------------------ */

typedef struct {
  double n;                               /* sum of weights */
  double colour[3], change[3], square[3]; /* weighted sums */
} Window;

/* The weight of another cell: 1 for the same colour, 0 from @alike on. */
static double
weigh (const RwMeanCell *a, const RwMeanCell *b, double alike)
{
  double e = 0;

  for (int k = 0; k < 3; k++) {
    const double d = (double) (a->colour[k] / a->n - b->colour[k] / b->n);
    e += d * d;
  }
  e = MAX (1 - e / (alike * alike), 0);
  return e * e;
}

static void
add_cell (Window *w, const RwMeanCell *cell, double weight)
{
  w->n += weight * (double) cell->n;
  for (int k = 0; k < 3; k++) {
    w->colour[k] += weight * (double) cell->colour[k];
    w->change[k] += weight * (double) cell->change[k];
    w->square[k] += weight * (double) cell->square[k];
  }
}

/* How much clipping moves the mean of noise of deviation @sigma around a value
 * that is @distance within the limit. */
static double
clipping (double distance, double sigma)
{
  const double t = MAX (distance, 0) / sigma;

  return sigma *
         (exp (-t * t / 2) / sqrt (2 * G_PI) - t * erfc (t / G_SQRT2) / 2);
}

/* How much nearer to the limit the colour may be that noise of @sigma was
 * added to, when the mean after clipping is @distance within it. */
static double
unclip (double distance, double sigma)
{
  double moved = 0;

  for (int i = 0; i < 8; i++)
    moved = clipping (distance - moved, sigma);
  return MIN (moved, MAX (distance, 0));
}

/* The part of a channel's mean change that noise does not explain. */
static double
find_shift (const Window *w, int k)
{
  const double mean = w->change[k] / w->n,
               variance = MAX (w->square[k] / w->n - mean * mean, 0),
               colour = w->colour[k] / w->n,
               sigma = sqrt (variance) / CLIPPED + 1e-9;
  const double rest =
      mean - CLAMP (mean, -unclip (colour, sigma), unclip (1 - colour, sigma));
  const double error = ERRORS_2 * variance / w->n;

  return rest * rest > error ? rest - error / rest : 0;
}

typedef struct {
  RwKeepMean *mean;
  double alike;
} Finding;

/* Cells of the window to each side: as many as there are on both. */
static int
radius (int at, int first, int n)
{
  return MIN (RADIUS, MIN (at - first, first + n - 1 - at));
}

static void
find_node (const Finding *f, int x, int y, float shift[3])
{
  const RwKeepMean *m = f->mean;
  const RwRect *have = &m->have, *bounds = &m->bounds;
  const int rx = radius (x, bounds->x, bounds->width),
            ry = radius (y, bounds->y, bounds->height);
  const gsize width = (gsize) have->width;
  const RwMeanCell *own =
      m->cells + (gsize) (y - have->y) * width + (gsize) (x - have->x);
  Window w = { 0 };

  shift[0] = shift[1] = shift[2] = 0;
  for (int j = -ry; j <= ry; j++)
    for (int i = -rx; i <= rx; i++) {
      const RwMeanCell *cell = own + (gssize) width * j + i;
      if (cell->n > 0)
        add_cell (&w, cell, own->n > 0 ? weigh (own, cell, f->alike) : 1);
    }
  for (int k = 0; k < 3 && w.n > 0; k++)
    shift[k] = (float) find_shift (&w, k);
}

static void
find_row (int item, int worker, void *data)
{
  const Finding *f = data;
  const RwRect *nodes = &f->mean->nodes;
  float *shift = f->mean->shifts + 3 * (gsize) nodes->width * (gsize) item;

  for (int i = 0; i < nodes->width; i++, shift += 3)
    find_node (f, nodes->x + i, nodes->y + item, shift);
}

void
rw_keep_mean_find (RwKeepMean *self, float sigma)
{
  Finding f = { .mean = self,
                .alike = MAX (ALIKE * (double) sigma, ALIKE_MIN) };

  rw_parallel_for (self->nodes.height, find_row, &f);
}

/* The nodes around a pixel's centre, and the share of the second. */
static float
find_pair (int x, int first, int n, int *a, int *b)
{
  const int twice = 2 * x + 1 - CELL; /* from the middle of cell 0 */
  const int cell = twice >= 0 ? twice / (2 * CELL)
                              : -((-twice + 2 * CELL - 1) / (2 * CELL));

  *a = CLAMP (cell - first, 0, n - 1);
  *b = CLAMP (cell + 1 - first, 0, n - 1);
  return (float) (twice - 2 * CELL * cell) / (2 * CELL);
}

void
rw_keep_mean_get (const RwKeepMean *self, int x, int y, int n, float *shift)
{
  const RwRect *nodes = &self->nodes;
  int i0, i1, j0, j1;
  const float fy = find_pair (y, nodes->y, nodes->height, &j0, &j1);
  const float *upper = self->shifts + 3 * (gsize) j0 * (gsize) nodes->width,
              *lower = self->shifts + 3 * (gsize) j1 * (gsize) nodes->width;

  for (int p = x; p < x + n; p++, shift += 3) {
    const float fx = find_pair (p, nodes->x, nodes->width, &i0, &i1);

    for (int k = 0; k < 3; k++) {
      const float a = upper[3 * i0 + k], b = upper[3 * i1 + k],
                  c = lower[3 * i0 + k], d = lower[3 * i1 + k];
      const float top = a + fx * (b - a), bottom = c + fx * (d - c);
      shift[k] = top + fy * (bottom - top);
    }
  }
}
