/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Cells, their windows, and what is taken back.
 */
#include "restore/keep-mean.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

enum {
  CELL = RW_KEEP_MEAN_CELL,
  ACROSS = RW_BLOCK / CELL, /* cells of a block */
  SUM_FLOATS = sizeof (RwMeanCell) / sizeof (float)
};

G_STATIC_ASSERT (RW_BLOCK % CELL == 0);

#define ERRORS_2 4.0 /* the square of two standard errors */
#define ALIKE 1.0    /* deviations of noise that colours may differ by */
#define ALIKE_MIN (16 / 255.) /* and at least so much */
#define CLIPPED 0.58          /* the deviation of noise of which half is cut */
#define REACH 4.0 /* deviations from a limit where clipping is none */

static int
floor_to (int x, int unit)
{
  return x >= 0 ? x / unit : -((-x + unit - 1) / unit);
}

/* The cells that @rect touches. */
static RwRect
cells_of (const RwRect *rect)
{
  const int x = floor_to (rect->x, CELL), y = floor_to (rect->y, CELL);

  return (RwRect){ x, y, floor_to (rect->x + rect->width - 1, CELL) - x + 1,
                   floor_to (rect->y + rect->height - 1, CELL) - y + 1 };
}

gsize
rw_keep_mean_get_floats (int width, int height)
{
  const gsize n = (gsize) (width / CELL + 2) * (gsize) (height / CELL + 2);

  return n * (SUM_FLOATS + 3);
}

void
rw_keep_mean_begin (RwKeepMean *self,
                    const RwBlock *block,
                    const RwRect *bounds,
                    float *memory)
{
  self->bounds = cells_of (bounds);
  self->have = cells_of (&block->wide);
  self->cells = (RwMeanCell *) memory;
  self->shifts = memory + (gsize) self->have.width *
                              (gsize) self->have.height * SUM_FLOATS;
}

RwMeanCell *
rw_keep_mean_get_cell (
    RwKeepMean *self, int i, int j, const RwRect *wide, RwRect *pixels)
{
  const RwRect whole = { (self->have.x + i) * CELL, (self->have.y + j) * CELL,
                         CELL, CELL };
  RwMeanCell *cell =
      self->cells + (gsize) j * (gsize) self->have.width + (gsize) i;

  *pixels = rw_rect_intersect (&whole, wide);
  *cell = (RwMeanCell){ 0 };
  return cell;
}

void
rw_keep_mean_end (RwMeanCell *cell)
{
  for (int k = 0; k < 3 && cell->n > 0; k++)
    cell->colour[k] /= cell->n;
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
    const double d = (double) (a->colour[k] - b->colour[k]);
    e += d * d;
  }
  e = MAX (1 - e / (alike * alike), 0);
  return e * e;
}

static void
add_cell (Window *w, const RwMeanCell *cell, double weight)
{
  const double n = weight * (double) cell->n;

  w->n += n;
  for (int k = 0; k < 3; k++) {
    w->colour[k] += n * (double) cell->colour[k];
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

  if (distance >= REACH * sigma)
    return 0;
  for (int i = 0; i < 8; i++)
    moved = clipping (distance - moved, sigma);
  return MIN (moved, MAX (distance, 0));
}

/* The part of a channel's mean change that noise does not explain. */
static float
find_shift (const Window *w, double area, int k)
{
  const double mean = w->change[k] / w->n,
               variance = MAX (w->square[k] / w->n - mean * mean, 0),
               error = ERRORS_2 * variance * area / w->n;

  if (!(mean * mean > error))
    return 0;
  const double colour = w->colour[k] / w->n,
               sigma = sqrt (variance) / CLIPPED + 1e-9,
               rest = fabs (mean) -
                      unclip (mean < 0 ? colour : 1 - colour, sigma);
  const double part =
      rest > 0 && rest * rest > error ? rest - error / rest : 0;
  return isfinite (part) ? (float) copysign (part, mean) : 0;
}

typedef struct {
  RwKeepMean *mean;
  double alike, area;
} Finding;

/* The cells of the window along one axis, of which the picture has those from
 * @low to @high: *first to *last around @at. */
static void
find_span (int at, int low, int high, int *first, int *last)
{
  const int place = at - ACROSS * floor_to (at, ACROSS);
  const int edge = MIN (at - low, high - at),
            inside = MIN (place + 1, ACROSS - place);
  const int r = MIN (RW_KEEP_MEAN_RADIUS, MIN (inside, MAX (edge, 1)));

  *first = MAX (at - r, low);
  *last = MIN (at + r, high);
  if (place == 0 && at > low)
    *last = at;
  else if (place == ACROSS - 1 && at < high)
    *first = at;
}

static const RwMeanCell *
get_cell (const RwKeepMean *m, int x, int y)
{
  return m->cells + (gsize) (y - m->have.y) * (gsize) m->have.width +
         (gsize) (x - m->have.x);
}

static void
find_cell (const Finding *f, int x, int y, float shift[3])
{
  const RwKeepMean *m = f->mean;
  const RwRect *bounds = &m->bounds;
  const RwMeanCell *own = get_cell (m, x, y);
  int x0, x1, y0, y1;
  Window w = { 0 };

  find_span (x, bounds->x, bounds->x + bounds->width - 1, &x0, &x1);
  find_span (y, bounds->y, bounds->y + bounds->height - 1, &y0, &y1);
  for (int j = y0; j <= y1; j++)
    for (int i = x0; i <= x1; i++) {
      const RwMeanCell *cell = get_cell (m, i, j);
      if (cell->n > 0)
        add_cell (&w, cell, own->n > 0 ? weigh (own, cell, f->alike) : 1);
    }
  for (int k = 0; k < 3; k++)
    shift[k] = w.n > 0 ? find_shift (&w, f->area, k) : 0;
}

static void
find_row (int item, int worker, void *data)
{
  const Finding *f = data;
  const RwRect *have = &f->mean->have;
  float *shift = f->mean->shifts + 3 * (gsize) have->width * (gsize) item;

  for (int i = 0; i < have->width; i++, shift += 3)
    find_cell (f, have->x + i, have->y + item, shift);
}

void
rw_keep_mean_find (RwKeepMean *self, float sigma, double area)
{
  Finding f = { .mean = self,
                .alike = MAX (ALIKE * (double) sigma, ALIKE_MIN),
                .area = area };

  rw_parallel_for (self->have.height, find_row, &f);
}

/* The cells whose middles are around a pixel's centre, and the share of the
 * second. */
static float
find_pair (int x, int first, int n, int *a, int *b)
{
  const int twice = 2 * x + 1 - CELL; /* from the middle of cell 0 */
  const int cell = floor_to (twice, 2 * CELL);

  *a = CLAMP (cell - first, 0, n - 1);
  *b = CLAMP (cell + 1 - first, 0, n - 1);
  return (float) (twice - 2 * CELL * cell) / (2 * CELL);
}

void
rw_keep_mean_get (const RwKeepMean *self, int x, int y, int n, float *shift)
{
  const RwRect *have = &self->have;
  int i0, i1, j0, j1;
  const float fy = find_pair (y, have->y, have->height, &j0, &j1);
  const float *upper = self->shifts + 3 * (gsize) j0 * (gsize) have->width,
              *lower = self->shifts + 3 * (gsize) j1 * (gsize) have->width;

  while (n > 0) {
    float fx = find_pair (x, have->x, have->width, &i0, &i1);
    const int part = MIN (n, (int) ((1 - fx) * CELL + 0.5f));
    float left[3], step[3];

    for (int k = 0; k < 3; k++) {
      const float a = upper[3 * i0 + k], b = upper[3 * i1 + k];
      left[k] = a + fy * (lower[3 * i0 + k] - a);
      step[k] = b + fy * (lower[3 * i1 + k] - b) - left[k];
    }
    for (int i = 0; i < part; i++, shift += 3, fx += 1.0f / CELL)
      for (int k = 0; k < 3; k++)
        shift[k] = left[k] + fx * step[k];
    x += part;
    n -= part;
  }
}
