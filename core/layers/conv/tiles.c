/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pixels around a tile.
 */
#include "layers/conv/tiles.h"

#include <string.h>

static const float *
pixel (const RwTileSource *source, int n, int y, int x)
{
  const RwShape *s = &source->shape;

  return source->data + (((ptrdiff_t) n * s->h + y) * s->w + x) * s->stride;
}

static void
copy_window (
    const RwTileSource *source, int n, int y, int x, int size, float *edge)
{
  const RwShape *s = &source->shape;
  const size_t stride = (size_t) s->stride, row = (size_t) size * stride;
  const int x0 = MAX (x, 0), x1 = MAX (x0, MIN (x + size, s->w));
  const size_t left = (size_t) (MIN (x0, x + size) - x) * stride,
               inside = (size_t) (x1 - x0) * stride;

  for (int i = 0; i < size; i++, edge += row) {
    if (inside == 0 || y + i < -source->above ||
        y + i >= s->h + source->below) {
      memset (edge, 0, row * sizeof (float));
      continue;
    }
    memset (edge, 0, left * sizeof (float));
    memcpy (edge + left, pixel (source, n, y + i, x0),
            inside * sizeof (float));
    memset (edge + left + inside, 0, (row - left - inside) * sizeof (float));
  }
}

const float *
rw_tile_window (const RwTileSource *source,
                int n,
                int y,
                int x,
                int size,
                float *edge,
                size_t *row)
{
  const RwShape *s = &source->shape;

  if (y >= -source->above && x >= 0 && y + size <= s->h + source->below &&
      x + size <= s->w) {
    *row = (size_t) s->w * s->stride;
    return pixel (source, n, y, x);
  }
  *row = (size_t) size * s->stride;
  copy_window (source, n, y, x, size, edge);
  return edge;
}

const float *
rw_tile_corner (const RwTileSource *source, int n, int y, int x)
{
  return pixel (source, n, MAX (y, -source->above), MAX (x, 0));
}
