/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A cell is found by the picture that its key stands for and by its place.
 * What was made stays here while it is used, whatever becomes of the cache.
 */
#include "restore/marks-cells.h"

#include "restore/blocks.h"

/* The cells that @rect touches, in cells. */
static RwRect
find_grid (const RwRect *rect)
{
  return rw_rect_reduce (rect, RW_MARKS_CELL);
}

/* Of cells in pixels, as far as they lie in the picture. */
static RwRect
get_pixels (const RwRect *bounds, const RwRect *grid)
{
  const RwRect whole = rw_rect_enlarge (grid, RW_MARKS_CELL);

  return rw_rect_intersect (&whole, bounds);
}

RwRect
rw_marks_cells_cover (const RwRect *bounds, const RwRect *rect)
{
  const RwRect grid = find_grid (rect);

  return get_pixels (bounds, &grid);
}

static gsize
count (const RwMarksCells *cells)
{
  return (gsize) cells->grid.width * (gsize) cells->grid.height;
}

/* The place of cell @i of the grid, in cells. */
static RwRect
get_cell (const RwMarksCells *cells, gsize i)
{
  const gsize width = (gsize) cells->grid.width;

  return (RwRect){ cells->grid.x + (int) (i % width),
                   cells->grid.y + (int) (i / width), 1, 1 };
}

static RwCacheKey
get_key (const RwMarksCells *cells, const RwRect *cell)
{
  const RwRect *bounds = &cells->bounds;
  const int words[] = { cell->x,   cell->y,       bounds->x,
                        bounds->y, bounds->width, bounds->height };

  return rw_cache_key_extend (cells->key, words, sizeof words);
}

void
rw_marks_cells_init (RwMarksCells *cells,
                     const RwCacheKey *key,
                     const RwRect *bounds,
                     const RwRect *rect)
{
  *cells = (RwMarksCells){ .key = *key,
                           .bounds = *bounds,
                           .grid = find_grid (rect) };
  cells->found = g_new0 (GBytes *, count (cells));
  for (gsize i = 0; i < count (cells); i++) {
    const RwRect cell = get_cell (cells, i);
    const RwCacheKey own = get_key (cells, &cell);
    cells->found[i] = rw_cache_find (&own);
  }
}

void
rw_marks_cells_clear (RwMarksCells *cells)
{
  for (gsize i = 0; cells->found != NULL && i < count (cells); i++)
    g_clear_pointer (&cells->found[i], g_bytes_unref);
  g_clear_pointer (&cells->found, g_free);
}

gboolean
rw_marks_cells_get_missing (const RwMarksCells *cells, RwRect *area)
{
  int left = G_MAXINT, top = G_MAXINT, right = G_MININT, bottom = G_MININT;

  for (gsize i = 0; i < count (cells); i++) {
    const RwRect cell = get_cell (cells, i);
    if (cells->found[i] != NULL)
      continue;
    left = MIN (left, cell.x);
    top = MIN (top, cell.y);
    right = MAX (right, cell.x + 1);
    bottom = MAX (bottom, cell.y + 1);
  }
  if (left == G_MAXINT)
    return FALSE;
  const RwRect grid = { left, top, right - left, bottom - top };
  *area = get_pixels (&cells->bounds, &grid);
  return TRUE;
}

void
rw_marks_cells_take (RwMarksCells *cells, const RwMarks *marks)
{
  for (gsize i = 0; i < count (cells); i++) {
    const RwRect cell = get_cell (cells, i);
    const RwRect pixels = get_pixels (&cells->bounds, &cell);
    const RwCacheKey key = get_key (cells, &cell);
    if (cells->found[i] != NULL)
      continue;
    cells->found[i] = rw_marks_pack (marks, &pixels);
    rw_cache_store (&key, cells->found[i]);
  }
}

gboolean
rw_marks_cells_get_marks (const RwMarksCells *cells,
                          const RwRect *area,
                          gboolean filled,
                          RwMarks *marks,
                          GError **error)
{
  if (!rw_marks_init (marks, area, error))
    return FALSE;
  for (gsize i = 0; i < count (cells); i++) {
    const RwRect cell = get_cell (cells, i);
    const RwRect pixels = get_pixels (&cells->bounds, &cell);
    rw_marks_unpack_mask (marks, cells->found[i], pixels.x, pixels.y);
  }
  if (!filled)
    return TRUE;
  if (!rw_marks_begin_changes (marks, error))
    return FALSE;
  for (gsize i = 0; i < count (cells); i++) {
    const RwRect cell = get_cell (cells, i);
    const RwRect pixels = get_pixels (&cells->bounds, &cell);
    rw_marks_unpack_changes (marks, cells->found[i], pixels.x, pixels.y);
  }
  return TRUE;
}
