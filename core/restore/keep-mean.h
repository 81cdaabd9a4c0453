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
 * cell, 7 x 7 of them have a mean m and a variance V of n pixels, of which those
 * count that have about the cell's colour.  Of m, the part (1 - 4 V / (n m^2))
 * is taken back, or none where m is within two standard errors of 0 (James and
 * Stein's estimate with its positive part); in between, cells are interpolated.
 * Near the picture's edges the window is smaller, so that it stays centred and
 * a slope keeps its values.  Noise that was clipped at black or white has a mean
 * that is not 0: so much of m stays as clipping noise of this variance gives.
 */
#pragma once

#include <glib.h>

#include "restore/blocks.h"

enum { RW_KEEP_MEAN_CELL = 8, RW_KEEP_MEAN_CELLS = 7 };

/* What is summed of a cell, each of three channels. */
typedef struct {
  float n; /* pixels that have a colour */
  float colour[3], change[3], square[3];
} RwMeanCell;

typedef struct {
  RwRect bounds; /* of the picture, in cells */
  RwRect have;   /* the cells that are summed */
  RwRect nodes;  /* and those whose means are known */
  RwMeanCell *cells;
  float *shifts; /* [nodes][3]: what is to be taken back */
} RwKeepMean;

/* Floats of memory that a block's wide part of so many pixels needs. */
gsize rw_keep_mean_get_floats (int width, int height);

/* Begins a block of a picture with @bounds; @memory is kept. */
void rw_keep_mean_begin (RwKeepMean *self,
                         const RwBlock *block,
                         const RwRect *bounds,
                         float *memory);

/* The cell at column @i and row @j of have, to be filled, and its pixels as far
 * as they lie in @wide. */
RwMeanCell *rw_keep_mean_get_cell (
    RwKeepMean *self, int i, int j, const RwRect *wide, RwRect *pixels);

/* Adds a pixel, clamped as the net saw it; one whose change is not finite is
 * left out. */
void rw_keep_mean_add (RwMeanCell *cell,
                       const float colour[3],
                       const float change[3]);

/* Finds the shifts of all nodes.  @sigma: what the net was told, a deviation in
 * the unit of colour. */
void rw_keep_mean_find (RwKeepMean *self, float sigma);

/* What is to be taken back from the change of @n pixels of a row from (@x, @y)
 * on, as [n][3]. */
void
rw_keep_mean_get (const RwKeepMean *self, int x, int y, int n, float *shift);
