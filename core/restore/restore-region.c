/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which pixels rw_restore reads for a region, and which ones a region's are
 * read for.
 */
#include "restore/restore-region.h"

#include "restore/blocks.h"
#include "restore/marks-search.h"
#include "restore/model.h"

/* Bounds that are not the picture's own end at multiples of this: tiles of all
 * layers lie as they do in the whole. */
#define STEP (RW_BLOCK / 4)

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

/* @rect and @margin pixels around it, then out to multiples of @step. */
static RwRect
grow (const RwRect *rect, int margin, int step)
{
  const RwRect grown = { rect->x - margin, rect->y - margin,
                         rect->width + 2 * margin, rect->height + 2 * margin };
  const RwRect steps = rw_rect_reduce (&grown, step);

  return rw_rect_enlarge (&steps, step);
}

RwRect
rw_restore_get_surroundings (const RwModel *model,
                             const RwRect *bounds,
                             const RwRect *roi)
{
  const RwRect around = grow (roi, rw_restore_get_margin (model), STEP);

  return rw_rect_intersect (&around, bounds);
}

RwRect
rw_restore_get_blocks (const RwModel *model,
                       const RwRect *bounds,
                       const RwRect *roi)
{
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

RwRect
rw_restore_get_required (const RwModel *model,
                         const RwSettings *settings,
                         const RwRect *bounds,
                         const RwRect *roi)
{
  g_return_val_if_fail (model != NULL && bounds != NULL && roi != NULL,
                        (RwRect){ 0 });

  const RwRect blocks = rw_restore_get_blocks (model, bounds, roi);

  return settings != NULL && rw_marks_may_be_wanted (model, settings)
             ? rw_marks_get_chain (model, bounds, &blocks)
             : blocks;
}

RwRect
rw_restore_get_affected (const RwModel *model,
                         const RwSettings *settings,
                         const RwRect *roi)
{
  g_return_val_if_fail (model != NULL && roi != NULL, (RwRect){ 0 });

  const int margin =
      settings != NULL && rw_marks_may_be_wanted (model, settings)
          ? rw_marks_get_chain_margin (model)
          : 0;
  const RwRect blocks =
      grow (roi, rw_restore_get_margin (model) + margin, RW_BLOCK);
  return rw_rect_enlarge (&blocks, model->margins.scale);
}
