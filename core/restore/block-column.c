/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How many blocks a column has, and the steps of its run.
 */
#include "restore/block-column.h"

enum { BLOCKS_MAX = 8 /* so that few shapes of columns have to be planned */ };

/* Whether the mirror images of all rows that the block sees beyond the upper
 * and lower edge of the picture are among the rows read for it.  Then the
 * blocks above and below see the same rows there. */
static gboolean
is_mirrored (const RwBlock *block, const RwRect *bounds)
{
  const RwRect *input = &block->input;
  const int above = bounds->y - input->y,
            below = input->y + input->height - bounds->y - bounds->height;
  const int have = rw_rect_intersect (input, bounds).height;

  return MAX (above, below) < have;
}

static int
count_blocks (int i,
              int j,
              int last,
              const RwRect *bounds,
              const RwBlockMargins *margins)
{
  int n = 0;

  while (n < BLOCKS_MAX && j + n <= last) {
    const RwBlock block = rw_block_get (i, j + n, bounds, margins);

    if (!is_mirrored (&block, bounds))
      break;
    n++;
  }
  return margins->steps ? MAX (n, 1) : 1;
}

RwBlockColumn
rw_block_column (int i,
                 int j,
                 int last,
                 const RwRect *bounds,
                 const RwBlockMargins *margins)
{
  const int n = count_blocks (i, j, last, bounds, margins);
  const RwBlock first = rw_block_get (i, j, bounds, margins),
                end = rw_block_get (i, j + n - 1, bounds, margins);
  const RwRect *area = &first.area, *input = &first.input, *wide = &first.wide;
  RwBlockColumn c = {
    .n = n,
    .width = input->width,
    .height = end.input.y + end.input.height - input->y,
    .wanted = { wide->x - input->x, wide->y - input->y, wide->width,
                end.wide.y + end.wide.height - wide->y },
    .scale = margins->scale,
    .mean = margins->mean,
  };

  for (int k = 0; k < n; k++) {
    const RwBlock block = rw_block_get (i, j + k, bounds, margins);

    c.area_rows = MAX (c.area_rows, block.area.height);
    c.steps.rows = MAX (c.steps.rows, block.input.height);
  }
  c.steps.n = n;
  c.steps.end = area->y + area->height + margins->mean - input->y;
  c.steps.advance = RW_BLOCK;
  c.steps.above = margins->above + margins->mean;
  return c;
}

void
rw_block_column_set_run (const RwBlockColumn *column, RwRun *run)
{
  const RwRect wanted = rw_rect_enlarge (&column->wanted, column->scale);

  rw_run_set_wanted (run, wanted.x, wanted.y, wanted.width, wanted.height);
  rw_run_set_steps (run, column->scale == 1 ? &column->steps : NULL);
}
