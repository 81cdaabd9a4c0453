/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Marks that are kept from job to job, in cells of the plane.  A host that asks
 * for a picture in chunks has each cell searched and filled once, where each
 * chunk would otherwise search and fill all that lies around it.
 *
 *   +---+---+---+---+     the rectangle in which marks have to be known
 *   |   | +-----+   |     touches 3 x 3 cells of 4 x 3; those that are missing
 *   +---+-|-+---|---+     are made in one go: the smallest rectangle of whole
 *   |   | |     |   |     cells that has them all
 *   +---+-|-----|---+
 */
#pragma once

#include "restore/cache.h"
#include "restore/marks-pixels.h"

/* Edge of a cell: that of the rectangles within which filling gives the same
 * bits, see rw_restore_get_surroundings. */
#define RW_MARKS_CELL 192

/* The cells that a rectangle touches. */
typedef struct {
  RwCacheKey key; /* of the picture and of what is done to it */
  RwRect bounds;  /* of the picture */
  RwRect grid;    /* in cells */
  GBytes **found; /* [grid.height][grid.width]; NULL: missing */
} RwMarksCells;

/* Whole cells, as far as they lie in @bounds, that cover @rect. */
RwRect rw_marks_cells_cover (const RwRect *bounds, const RwRect *rect);

/* Looks in the cache for the cells of @rect, which lies in @bounds. */
void rw_marks_cells_init (RwMarksCells *cells,
                          const RwCacheKey *key,
                          const RwRect *bounds,
                          const RwRect *rect);
void rw_marks_cells_clear (RwMarksCells *cells);

/* FALSE where nothing is missing.  @area: becomes the cells that are to be
 * made, in pixels. */
gboolean rw_marks_cells_get_missing (const RwMarksCells *cells, RwRect *area);

/* Takes what is missing from @marks, which are known there, and keeps it in the
 * cache, too. */
void rw_marks_cells_take (RwMarksCells *cells, const RwMarks *marks);

/* With no cell missing: the marks of @area, with changes if @filled.  @marks is
 * to be cleared also when FALSE is returned.  RW_ERROR_LIMIT. */
gboolean rw_marks_cells_get_marks (const RwMarksCells *cells,
                                   const RwRect *area,
                                   gboolean filled,
                                   RwMarks *marks,
                                   GError **error);
