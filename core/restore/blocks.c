/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Rectangles and the block grid.  Sums are computed in 64 bits, since the
 * bounds that a host passes may be as large as an int can be.
 */
#include "restore/blocks.h"

#include "restore/enlarge.h"
#include "restore/keep-mean.h"

/* Largest multiple of @step that is not above @value. */
static gint64
round_down (gint64 value, gint64 step)
{
  const gint64 rest = value % step;

  return value - (rest < 0 ? rest + step : rest);
}

static int
to_int (gint64 value)
{
  return (int) CLAMP (value, G_MININT, G_MAXINT);
}

static RwRect
rect_between (gint64 x0, gint64 y0, gint64 x1, gint64 y1)
{
  return (RwRect){ .x = to_int (x0),
                   .y = to_int (y0),
                   .width = to_int (MAX (x1 - x0, 0)),
                   .height = to_int (MAX (y1 - y0, 0)) };
}

RwRect
rw_rect_intersect (const RwRect *a, const RwRect *b)
{
  const gint64 right =
      MIN ((gint64) a->x + a->width, (gint64) b->x + b->width);
  const gint64 bottom =
      MIN ((gint64) a->y + a->height, (gint64) b->y + b->height);

  return rect_between (MAX (a->x, b->x), MAX (a->y, b->y), right, bottom);
}

gboolean
rw_rect_is_empty (const RwRect *rect)
{
  return rect->width <= 0 || rect->height <= 0;
}

RwBlockRange
rw_blocks_cover (const RwRect *rect)
{
  if (rw_rect_is_empty (rect))
    return (RwBlockRange){ 0 };

  const gint64 last_x = (gint64) rect->x + rect->width - 1;
  const gint64 last_y = (gint64) rect->y + rect->height - 1;
  RwBlockRange range = {
    .first_i = (int) (round_down (rect->x, RW_BLOCK) / RW_BLOCK),
    .first_j = (int) (round_down (rect->y, RW_BLOCK) / RW_BLOCK)
  };
  range.columns =
      (int) (round_down (last_x, RW_BLOCK) / RW_BLOCK) - range.first_i + 1;
  range.rows =
      (int) (round_down (last_y, RW_BLOCK) / RW_BLOCK) - range.first_j + 1;
  return range;
}

/* Moves *start and *end outwards to multiples of the alignment, counted from
 * @corner of the block, and then by the margins. */
static void
widen (gint64 corner,
       int align_start,
       int align_end,
       int before,
       int after,
       gint64 *start,
       gint64 *end)
{
  *start = corner + round_down (*start - corner, align_start) - before;
  *end = corner - round_down (corner - *end, align_end) + after;
}

static RwRect
widen_rect (const RwRect *rect,
            gint64 left,
            gint64 top,
            const RwBlockMargins *m)
{
  gint64 x0 = rect->x, x1 = (gint64) rect->x + rect->width;
  gint64 y0 = rect->y, y1 = (gint64) rect->y + rect->height;

  widen (left, m->align, m->align, m->halo, m->halo, &x0, &x1);
  widen (top, m->top, m->align, m->above, m->below, &y0, &y1);
  return rect_between (x0, y0, x1, y1);
}

RwRect
rw_rect_enlarge (const RwRect *rect, int scale)
{
  return rect_between ((gint64) rect->x * scale, (gint64) rect->y * scale,
                       ((gint64) rect->x + rect->width) * scale,
                       ((gint64) rect->y + rect->height) * scale);
}

RwRect
rw_rect_reduce (const RwRect *rect, int scale)
{
  gint64 x0 = rect->x, x1 = (gint64) rect->x + rect->width;
  gint64 y0 = rect->y, y1 = (gint64) rect->y + rect->height;

  if (rw_rect_is_empty (rect))
    return (RwRect){ 0 };
  widen (0, scale, scale, 0, 0, &x0, &x1);
  widen (0, scale, scale, 0, 0, &y0, &y1);
  return rect_between (x0 / scale, y0 / scale, x1 / scale, y1 / scale);
}

RwBlockMargins
rw_block_margins (const RwNet *net, int scale)
{
  const int align = rw_net_get_align (net);
  const int least =
      scale > 1 ? (RW_ENLARGE_MARGIN + align - 1) / align * align : 0;
  const int halo = MAX (rw_net_get_halo (net), least);
  RwBlockMargins m = { .align = align, .halo = halo, .scale = scale };

  if (scale == 1) {
    m.top = rw_net_get_reach (net, &m.above, &m.below);
    m.steps = RW_BLOCK % m.top == 0;
  }
  if (!m.steps) {
    m.top = align;
    m.above = m.below = halo;
  }
  return m;
}

RwBlockMargins
rw_block_margins_with_mean (const RwBlockMargins *margins)
{
  RwBlockMargins m = *margins;

  m.mean = RW_KEEP_MEAN_MARGIN;
  m.halo += (m.mean + m.align - 1) / m.align * m.align;
  m.above += (m.mean + m.top - 1) / m.top * m.top;
  m.below += (m.mean + m.top - 1) / m.top * m.top;
  return m;
}

RwBlock
rw_block_get (int i,
              int j,
              const RwRect *bounds,
              const RwBlockMargins *margins)
{
  const gint64 left = (gint64) i * RW_BLOCK, top = (gint64) j * RW_BLOCK;
  const RwRect whole =
      rect_between (left, top, left + RW_BLOCK, top + RW_BLOCK);
  const RwRect area = rw_rect_intersect (&whole, bounds);

  const RwRect around = rect_between (
      (gint64) area.x - margins->mean, (gint64) area.y - margins->mean,
      (gint64) area.x + area.width + margins->mean,
      (gint64) area.y + area.height + margins->mean);

  return (RwBlock){ .area = area,
                    .wide = rw_rect_intersect (&around, bounds),
                    .input = widen_rect (&area, left, top, margins) };
}
