/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which pixels rw_restore reads for a region.
 */
#include "reweave.h"

#include "restore/blocks.h"
#include "restore/model.h"

int
rw_restore_get_block (void)
{
  return RW_BLOCK;
}

int
rw_restore_get_margin (const RwModel *model)
{
  g_return_val_if_fail (model != NULL, 0);

  const RwBlockMargins *m = &model->with_mean;
  return MAX (m->halo, MAX (m->above, m->below));
}

RwRect
rw_restore_get_required (const RwModel *model,
                         const RwRect *bounds,
                         const RwRect *roi)
{
  g_return_val_if_fail (model != NULL && bounds != NULL && roi != NULL,
                        (RwRect){ 0 });

  const RwRect wanted = rw_rect_reduce (roi, model->margins.scale);
  const RwRect part = rw_rect_intersect (&wanted, bounds);
  const RwBlockRange range = rw_blocks_cover (&part);
  if (rw_rect_is_empty (&part))
    return part;
  const RwBlock first =
      rw_block_get (range.first_i, range.first_j, bounds, &model->with_mean);
  const RwBlock last =
      rw_block_get (range.first_i + range.columns - 1,
                    range.first_j + range.rows - 1, bounds, &model->with_mean);
  const RwRect all = { .x = first.input.x,
                       .y = first.input.y,
                       .width =
                           last.input.x + last.input.width - first.input.x,
                       .height =
                           last.input.y + last.input.height - first.input.y };
  return rw_rect_intersect (&all, bounds);
}
