/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The low frequencies of a change belong to the picture: where a net that is
 * told how strong the noise is moves the mean of an area by more than such
 * noise explains, the area gets its mean back.
 *
 * Noise has the mean 0, so what a net takes away of it has nearly that mean,
 * too; a net that is told a level above the truth also shifts flat colour.  The
 * change is summed in cells of 8 x 8 pixels, fixed in the plane.  Around each
 * cell, 5 x 5 of them have a mean m and a variance V of n pixels, of which those
 * count that have about the cell's colour; of correlated noise, a of them count
 * as one.  Of m, the part (1 - 4 a V / (n m^2)) is taken back, or none where m
 * is within two standard errors of 0 (James and Stein's estimate with its
 * positive part); in between, cells are interpolated.
 * Noise that was clipped at black or white has a mean that is not 0: so much of
 * m stays as clipping noise of this variance gives.
 *
 * A block is computed with one cell around it.  The two cells at each side of a
 * border between blocks are known to both, and have both the same window: these
 * two.  Further inside, windows are centred and as wide as reaches no further
 * than that cell.  So what is taken back of a pixel depends on its place in the
 * plane, not on the block it is found with.
 */
#pragma once

#include <glib.h>
#include <math.h>

#include "restore/blocks.h"

enum {
  RW_KEEP_MEAN_CELL = 8,
  RW_KEEP_MEAN_RADIUS = 2, /* cells to each side of the middle of a window */
  RW_KEEP_MEAN_MARGIN = RW_KEEP_MEAN_CELL /* pixels around a block */
};

/* What is known of a cell, each of three channels. */
typedef struct {
  float n;                    /* pixels that have a colour */
  float colour[3];            /* their mean */
  float change[3], square[3]; /* sums of it, and of its square */
} RwMeanCell;

typedef struct {
  RwRect bounds;     /* of the picture, in cells */
  RwRect have;       /* the cells of a block and around it */
  RwMeanCell *cells; /* [have] */
  float *shifts;     /* [have][3]: what is to be taken back */
} RwKeepMean;

/* Floats of memory for a block that is so wide and high with its margin. */
gsize rw_keep_mean_get_floats (int width, int height);

/* Begins a block of a picture with @bounds; @memory is kept. */
void rw_keep_mean_begin (RwKeepMean *self,
                         const RwBlock *block,
                         const RwRect *bounds,
                         float *memory);

/* The cell at column @i and row @j of have, to be filled, and its pixels as far
 * as they lie in @wide.  It is empty then. */
RwMeanCell *rw_keep_mean_get_cell (
    RwKeepMean *self, int i, int j, const RwRect *wide, RwRect *pixels);

/* Adds a pixel, clamped as the net saw it; one whose change is not finite is
 * left out. */
static inline void
rw_keep_mean_add (RwMeanCell *cell,
                  const float colour[3],
                  const float change[3])
{
  if (!isfinite (change[0] + change[1] + change[2]))
    return;
  cell->n++;
  for (int k = 0; k < 3; k++) {
    cell->colour[k] += colour[k];
    cell->change[k] += change[k];
    cell->square[k] += change[k] * change[k];
  }
}

/* When all are added: makes the sum of colours a mean. */
void rw_keep_mean_end (RwMeanCell *cell);

/* Finds all shifts.  @sigma: what the net was told, a deviation in the unit of
 * colour; @area: how many pixels of the noise count like one that is
 * independent. */
void rw_keep_mean_find (RwKeepMean *self, float sigma, double area);

/* What is to be taken back from the change of @n pixels of a row from (@x, @y)
 * on, as [n][3]; all finite. */
void
rw_keep_mean_get (const RwKeepMean *self, int x, int y, int n, float *shift);
