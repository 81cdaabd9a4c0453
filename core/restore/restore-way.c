/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The memory plan of a job, made before anything is allocated.
 */
#include "restore/restore-way.h"

#include "restore/restore-blocks.h"

#include "base/parallel.h"
#include "restore/block-column.h"
#include "restore/cache.h"
#include "restore/keep-mean.h"
#include "restore/model.h"
#include "base/words.h"

#include <string.h>

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
               _ ("a picture of %d x %d at %d,%d reaches beyond the %d pixels "
                  "from the origin that restoring can count; "
                  "crop it first"),
               bounds->width, bounds->height, bounds->x, bounds->y,
               BOUNDS_MAX);
  return FALSE;
}

int
rw_restore_strip_end (const RwJob *job, const RwBlockRange *range, int j)
{
  const int n = MAX (job->strip / RW_BLOCK, 1),
            rows = job->strip > 0 ? ((j - range->first_j) / n + 1) * n
                                  : range->rows;

  return range->first_j + MIN (rows, range->rows) - 1;
}

static void
add_column (GArray *columns, const RwBlockColumn *column)
{
  for (guint i = 0; i < columns->len; i++)
    if (memcmp (&g_array_index (columns, RwBlockColumn, i), column,
                sizeof *column) == 0)
      return;
  g_array_append_val (columns, *column);
}

/* Lists one column of each shape that the job may have: those at the edges of
 * the picture, one inside, and the shorter ones that are left when the blocks
 * above are in the cache.  (transfer full), of RwBlockColumn. */
static GArray *
find_columns (const RwJob *job, const RwRect *roi, const RwBlockMargins *m)
{
  const RwBlockRange range = rw_blocks_cover (roi);
  const int columns[] = { 0, 1, range.columns - 2, range.columns - 1 };
  GArray *found = g_array_new (FALSE, FALSE, sizeof (RwBlockColumn));

  for (int i = 0; i < 4; i++) {
    if (columns[i] < 0 || (i > 0 && columns[i] <= columns[i - 1]))
      continue;
    for (int j = range.first_j; j < range.first_j + range.rows; j++) {
      const RwBlockColumn column = rw_block_column (
          range.first_i + columns[i], j, rw_restore_strip_end (job, &range, j),
          &job->bounds, m);

      add_column (found, &column);
    }
  }
  return found;
}

/* What keeping the mean takes in a column. */
static void
add_mean (const RwBlockMargins *margins,
          const RwBlockColumn *column,
          RwRestoreWay *way)
{
  const int mean = margins->mean;

  if (mean == 0)
    return;
  const gsize cells = rw_keep_mean_get_floats (column->wanted.width,
                                               column->area_rows + 2 * mean);
  const gsize rows =
      2 * (gsize) mean * (gsize) column->width * (gsize) rw_channel_stride (3);

  way->mean = MAX (way->mean, cells);
  way->carry = MAX (way->carry, rows);
}

/* Computes what @way allocates: its rgba, and with @all its bytes, too. */
static gboolean
predict (const RwModel *model,
         const RwSettings *settings,
         const RwJob *job,
         const RwRect *roi,
         gboolean all,
         RwRestoreWay *way,
         GError **error)
{
  const RwBlockMargins *margins = rw_model_get_margins (model, settings);
  g_autoptr (GArray) columns = find_columns (job, roi, margins);
  RwRun *run = rw_run_new (model->weights->net, RW_RUN_INFER, way->workers);
  const gsize scale = (gsize) margins->scale;
  RwRunBytes *b = &way->run;
  gsize pixels = 0, area = 0;
  gboolean good = TRUE;

  rw_run_set_over (run);
  rw_run_set_band (run, way->band);
  *b = (RwRunBytes){ 0 };
  for (guint i = 0; good && i < columns->len; i++) {
    const RwBlockColumn *c = &g_array_index (columns, RwBlockColumn, i);

    pixels = MAX (pixels, (gsize) c->width * (gsize) c->steps.rows);
    area = MAX (area, scale * scale * (gsize) c->wanted.width *
                          (gsize) c->area_rows);
    add_mean (margins, c, way);
    if (!all)
      continue;
    rw_block_column_set_run (c, run);
    good = rw_run_predict (run, 1, c->height, c->width, b, error);
  }
  rw_run_free (run);
  way->rgba = 4 * pixels;
  way->mask = model->task->info.mask != RW_MASK_NONE ? pixels : 0;
  way->out = scale > 1 ? 4 * area : 0;
  way->bytes =
      (way->rgba + way->mask + way->out + way->mean + 2 * way->carry) *
          sizeof (float) +
      b->input + b->output + b->arena + b->scratch +
      (rw_cache_get_budget () > 0
           ? (settings->grey ? 1 : 3) * area * sizeof (guint16)
           : 0);
  return good;
}

gboolean
rw_restore_choose_way (const RwModel *model,
                       const RwSettings *settings,
                       gsize cap,
                       const RwJob *job,
                       RwRestoreWay *way,
                       GError **error)
{
  const RwRect wanted = rw_rect_reduce (&job->roi, model->margins.scale);
  const RwRect roi = rw_rect_intersect (&wanted, &job->bounds);

  *way = (RwRestoreWay){ .workers = rw_parallel_get_workers () };
  if (!predict (model, settings, job, &roi, cap > 0, way, error))
    return FALSE;
  if (cap == 0)
    return TRUE;
  for (int band = 64; way->bytes > cap && band >= 4; band /= 2) {
    way->band = band;
    if (!predict (model, settings, job, &roi, TRUE, way, error))
      return FALSE;
  }
  if (way->bytes <= cap)
    return TRUE;
  way->workers = 1;
  return predict (model, settings, job, &roi, TRUE, way, error);
}

gboolean
rw_restore_blocks_get_bytes (const RwModel *model,
                             const RwSettings *settings,
                             const RwJob *job,
                             gsize *least,
                             gsize *bytes,
                             GError **error)
{
  RwRestoreWay way;

  if (!rw_restore_check_bounds (&job->bounds, error) ||
      !rw_restore_choose_way (model, settings, 1, job, &way, error))
    return FALSE;
  *least = way.bytes;
  if (!rw_restore_choose_way (
          model, settings, settings->memory > 0 ? settings->memory : G_MAXSIZE,
          job, &way, error))
    return FALSE;
  *bytes = way.bytes;
  return TRUE;
}
