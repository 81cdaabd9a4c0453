/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The 4x4 tiles of a convolution's results, and the pixels around them.
 */
#pragma once

#include "layers/layer.h"

enum { RW_TILE = 4 /* rows and columns of results */ };

/* Tiles image by image, in reading order or column by column: a worker who has
 * the same share of a band after band then has the same columns. */
typedef struct {
  int tiles_x, tiles_y, n_tiles;
  int first_x; /* column of the first tile's first result */
  gboolean by_columns;
} RwTileGrid;

typedef struct {
  int n, y, x; /* image, first row and column of the 4x4 results */
} RwTile;

/* Tiles from @column of @out on that cover @n_columns. */
static inline RwTileGrid
rw_tile_grid (const RwShape *out, int column, int n_columns)
{
  RwTileGrid grid = { .tiles_y = (out->h + RW_TILE - 1) / RW_TILE,
                      .first_x = column };

  grid.tiles_x = (n_columns + RW_TILE - 1) / RW_TILE;
  grid.n_tiles = out->n * grid.tiles_y * grid.tiles_x;
  return grid;
}

static inline RwTile
rw_tile_at (const RwTileGrid *grid, int t)
{
  const int per_image = grid->tiles_x * grid->tiles_y,
            in_image = t % per_image;

  if (grid->by_columns)
    return (RwTile){ t / per_image, in_image % grid->tiles_y * RW_TILE,
                     grid->first_x + in_image / grid->tiles_y * RW_TILE };
  return (RwTile){ t / per_image, in_image / grid->tiles_x * RW_TILE,
                   grid->first_x + in_image % grid->tiles_x * RW_TILE };
}

/* Where pixels are read from: a tensor, or a band of one with rows around. */
typedef struct {
  const float *data;
  RwShape shape;
  int above, below; /* rows that are there besides the shape's */
} RwTileSource;

/* The @size x @size pixels from (y, x) of image @n, zeros where there are
 * none: in place where all are there, else copied to @edge.  @row: result,
 * floats between rows. */
const float *rw_tile_window (const RwTileSource *source,
                             int n,
                             int y,
                             int x,
                             int size,
                             float *edge,
                             size_t *row);

/* Where such a window begins, or the nearest pixel there is: what to fetch
 * early. */
const float *rw_tile_corner (const RwTileSource *source, int n, int y, int x);
