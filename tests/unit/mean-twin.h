/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The textbook of restore/keep-mean.h: of a whole picture at once, without
 * blocks, in double precision, each pixel for itself.
 */
#pragma once

#include <math.h>
#include <string.h>

#include "canvas.h"

enum { TWIN_CELL = 8, TWIN_RADIUS = 2, TWIN_ACROSS = 768 / TWIN_CELL };

typedef struct {
  RwRect bounds;
  const float *colour; /* [height][width][3], as the net saw it */
  float *change;       /* likewise */
  double alike;        /* largest distance of colours that belong together */
} MeanTwin;

typedef struct {
  double n, colour[3], change[3], square[3];
} TwinSum;

static inline int
twin_cell_of (int x, int unit)
{
  return (int) floor ((double) x / unit);
}

static inline int
twin_cell (int x)
{
  return twin_cell_of (x, TWIN_CELL);
}

/* Adds the picture's part of a cell, of the plane, by @weight. */
static inline void
twin_add (const MeanTwin *t, int i, int j, double weight, TwinSum *sum)
{
  const RwRect *b = &t->bounds;

  for (int y = j * TWIN_CELL; y < (j + 1) * TWIN_CELL; y++)
    for (int x = i * TWIN_CELL; x < (i + 1) * TWIN_CELL; x++) {
      if (x < b->x || y < b->y || x >= b->x + b->width ||
          y >= b->y + b->height)
        continue;
      const gsize at =
          3 * ((gsize) (y - b->y) * (gsize) b->width + (gsize) (x - b->x));
      sum->n += weight;
      for (int k = 0; k < 3; k++) {
        const double d = (double) t->change[at + (gsize) k];
        sum->colour[k] += weight * (double) t->colour[at + (gsize) k];
        sum->change[k] += weight * d;
        sum->square[k] += weight * d * d;
      }
    }
}

static inline double
twin_weight (const MeanTwin *t, int i, int j, const TwinSum *own)
{
  TwinSum other = { 0 };
  double e = 0;

  twin_add (t, i, j, 1, &other);
  for (int k = 0; k < 3 && other.n > 0; k++) {
    const double d = other.colour[k] / other.n - own->colour[k] / own->n;
    e += d * d;
  }
  e = e < t->alike * t->alike ? 1 - e / (t->alike * t->alike) : 0;
  return e * e;
}

/* Whether cell @b is in the window of @a, along an axis on which the picture
 * has the cells from @low to @high.  Blocks know a cell beyond their own. */
static inline gboolean
twin_has (int a, int b, int low, int high)
{
  const int far = abs (b - a), block = twin_cell_of (a, TWIN_ACROSS);
  const int first = block * TWIN_ACROSS, last = first + TWIN_ACROSS - 1;

  if (b < low || b > high)
    return FALSE;
  if (a == first && a > low)
    return b == a || b == a - 1;
  if (a == last && a < high)
    return b == a || b == a + 1;
  if (far <= 1)
    return TRUE;
  return far <= TWIN_RADIUS && a - far >= MAX (low, first - 1) &&
         a + far <= MIN (high, last + 1);
}

/* The mean of max (n - distance, 0), n being normal noise. */
static inline double
twin_clipping (double distance, double sigma)
{
  const double t = distance > 0 ? distance / sigma : 0;

  return sigma * (exp (-t * t / 2) / sqrt (2 * G_PI) -
                  t * (1 - erf (t / sqrt (2))) / 2);
}

static inline double
twin_unclip (double distance, double sigma)
{
  double moved = 0;

  for (int i = 0; i < 8; i++)
    moved = twin_clipping (distance - moved, sigma);
  return fmin (moved, fmax (distance, 0));
}

static inline void
twin_node (const MeanTwin *t, int i, int j, double shift[3])
{
  const RwRect *b = &t->bounds;
  const int i0 = twin_cell (b->x), i1 = twin_cell (b->x + b->width - 1),
            j0 = twin_cell (b->y), j1 = twin_cell (b->y + b->height - 1);
  TwinSum own = { 0 }, w = { 0 };

  twin_add (t, i, j, 1, &own);
  for (int y = j - TWIN_RADIUS; y <= j + TWIN_RADIUS; y++)
    for (int x = i - TWIN_RADIUS; x <= i + TWIN_RADIUS; x++)
      if (twin_has (i, x, i0, i1) && twin_has (j, y, j0, j1))
        twin_add (t, x, y, twin_weight (t, x, y, &own), &w);
  for (int k = 0; k < 3; k++) {
    const double mean = w.change[k] / w.n, colour = w.colour[k] / w.n,
                 variance = fmax (w.square[k] / w.n - mean * mean, 0),
                 sigma = sqrt (variance) / 0.58 + 1e-9,
                 low = -twin_unclip (colour, sigma),
                 high = twin_unclip (1 - colour, sigma);
    const double rest = mean < low    ? mean - low
                        : mean > high ? mean - high
                                      : 0,
                 error = 4 * variance / w.n;
    shift[k] = rest * rest > error ? rest - error / rest : 0;
  }
}

/* Takes back of the change what noise does not explain. */
static inline void
mean_twin_keep (const MeanTwin *t)
{
  const RwRect *b = &t->bounds;
  const int i0 = twin_cell (b->x), i1 = twin_cell (b->x + b->width - 1),
            j0 = twin_cell (b->y), j1 = twin_cell (b->y + b->height - 1);
  const int wide = i1 - i0 + 1;
  g_autofree double *nodes = g_new (double, 3 * wide * (j1 - j0 + 1));

  for (int j = j0; j <= j1; j++)
    for (int i = i0; i <= i1; i++)
      twin_node (t, i, j, nodes + 3 * ((j - j0) * wide + i - i0));
  for (int y = 0; y < b->height; y++)
    for (int x = 0; x < b->width; x++) {
      const double u = (b->x + x + 0.5) / TWIN_CELL - 0.5,
                   v = (b->y + y + 0.5) / TWIN_CELL - 0.5;
      const int i = (int) floor (u), j = (int) floor (v);
      for (int k = 0; k < 3; k++) {
        double shift = 0;
        for (int n = 0; n < 4; n++) {
          const int at_i = CLAMP (i + n % 2, i0, i1) - i0,
                    at_j = CLAMP (j + n / 2, j0, j1) - j0;
          shift += nodes[3 * (at_j * wide + at_i) + k] *
                   (n % 2 ? u - i : 1 - u + i) * (n / 2 ? v - j : 1 - v + j);
        }
        t->change[3 * (y * b->width + x) + k] -= (float) shift;
      }
    }
}
