/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a job will allocate, known before it does.
 */
#include "image/restore-way.h"

#include "base/parallel.h"
#include "image/blocks.h"
#include "image/cache.h"
#include "image/model.h"

#define BOUNDS_MAX (1 << 30) /* of coordinates, so that sums fit an int */

gboolean
rw_restore_check_bounds (const RwRect *bounds, GError **error)
{
  if (bounds->width >= 0 && bounds->height >= 0 && bounds->x >= -BOUNDS_MAX &&
      bounds->y >= -BOUNDS_MAX &&
      (gint64) bounds->x + bounds->width <= BOUNDS_MAX &&
      (gint64) bounds->y + bounds->height <= BOUNDS_MAX)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "a picture of %d x %d at %d,%d reaches beyond the %d pixels "
               "from the origin that restoring can count; "
               "crop it first",
               bounds->width, bounds->height, bounds->x, bounds->y,
               BOUNDS_MAX);
  return FALSE;
}

/* Calls @fn for one block of each shape that there is in @roi: those at the
 * edges of the picture, and one inside. */
typedef gboolean (*BlockFunc) (const RwBlock *block,
                               gpointer data,
                               GError **error);

static gboolean
for_each_shape (const RwModel *model,
                const RwRect *bounds,
                const RwRect *roi,
                BlockFunc fn,
                gpointer data,
                GError **error)
{
  const RwBlockRange range = rw_blocks_cover (roi);
  const int columns[] = { 0, 1, range.columns - 2, range.columns - 1 },
            rows[] = { 0, 1, range.rows - 2, range.rows - 1 };

  for (int j = 0; j < 4; j++)
    for (int i = 0; i < 4; i++) {
      if (columns[i] < 0 || rows[j] < 0 || columns[i] >= range.columns ||
          rows[j] >= range.rows || (i > 0 && columns[i] <= columns[i - 1]) ||
          (j > 0 && rows[j] <= rows[j - 1]))
        continue;
      const RwBlock block =
          rw_block_get (range.first_i + columns[i], range.first_j + rows[j],
                        bounds, model->align, model->halo);

      if (!fn (&block, data, error))
        return FALSE;
    }
  return TRUE;
}

typedef struct {
  RwRun *run; /* or NULL: its bytes are not asked for */
  RwRunBytes bytes;
  gsize rgba, change; /* floats */
} Need;

static gboolean
add_block (const RwBlock *block, gpointer data, GError **error)
{
  Need *need = data;
  const gsize input = (gsize) block->input.width * block->input.height,
              area = (gsize) block->area.width * block->area.height;

  need->rgba = MAX (need->rgba, 4 * input);
  need->change = MAX (need->change, 3 * area);
  if (need->run == NULL)
    return TRUE;
  rw_run_set_wanted (need->run, block->area.x - block->input.x,
                     block->area.y - block->input.y, block->area.width,
                     block->area.height);
  return rw_run_predict (need->run, 1, block->input.height, block->input.width,
                         &need->bytes, error);
}

/* The floats of a block's pixels alone, which costs no plan. */
static gsize
count_pixels (const RwModel *model, const RwRect *bounds, const RwRect *roi)
{
  Need need = { 0 };

  for_each_shape (model, bounds, roi, add_block, &need, NULL);
  return need.rgba;
}

/* What @way allocates: sets its bytes. */
static gboolean
predict (const RwModel *model,
         gboolean grey,
         const RwRect *bounds,
         const RwRect *roi,
         RwRestoreWay *way,
         GError **error)
{
  Need need = { .run = rw_run_new (model->weights->net, RW_RUN_INFER,
                                   way->workers) };

  rw_run_set_over (need.run);
  rw_run_set_band (need.run, way->band);
  const gboolean good =
      for_each_shape (model, bounds, roi, add_block, &need, error);
  const RwRunBytes *b = &need.bytes;

  rw_run_free (need.run);
  way->rgba = need.rgba;
  way->bytes = need.rgba * sizeof (float) + b->input + b->output + b->arena +
               b->scratch +
               (rw_cache_get_budget () > 0
                    ? need.change / (grey ? 3 : 1) * sizeof (float)
                    : 0);
  return good;
}

gboolean
rw_restore_choose_way (const RwModel *model,
                       gboolean grey,
                       gsize cap,
                       const RwRect *bounds,
                       const RwRect *roi,
                       RwRestoreWay *way,
                       GError **error)
{
  *way = (RwRestoreWay){ .workers = rw_parallel_get_workers (),
                         .rgba = count_pixels (model, bounds, roi) };
  if (cap == 0)
    return TRUE;
  if (!predict (model, grey, bounds, roi, way, error))
    return FALSE;
  for (int band = 64; way->bytes > cap && band >= 4; band /= 2) {
    way->band = band;
    if (!predict (model, grey, bounds, roi, way, error))
      return FALSE;
  }
  if (way->bytes <= cap)
    return TRUE;
  way->workers = 1;
  return predict (model, grey, bounds, roi, way, error);
}

gboolean
rw_restore_get_bytes (const RwModel *model,
                      const RwSettings *settings,
                      const RwRect *bounds,
                      const RwRect *roi,
                      gsize *least,
                      gsize *bytes,
                      GError **error)
{
  const RwRect part = rw_rect_intersect (roi, bounds);
  RwRestoreWay way;

  g_return_val_if_fail (model != NULL && settings != NULL, FALSE);
  if (!rw_restore_check_bounds (bounds, error) ||
      !rw_restore_choose_way (model, settings->grey, 1, bounds, &part, &way,
                              error))
    return FALSE;
  *least = way.bytes;
  if (!rw_restore_choose_way (model, settings->grey,
                              settings->memory > 0 ? settings->memory
                                                   : G_MAXSIZE,
                              bounds, &part, &way, error))
    return FALSE;
  *bytes = way.bytes;
  return TRUE;
}
