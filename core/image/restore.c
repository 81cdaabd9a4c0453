/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Restoring a region block by block.
 *
 *   read block and halo -> mirror at the picture's edges -> fill, clamp -> in
 * the cache? -> net - input
 *                                              +-> input + strength * that
 *
 * What is cached is the difference that the net makes, so strength costs
 * nothing.  Blocks to compute are collected until each worker has one; when
 * there are fewer, the workers share each layer instead.  The bits are the
 * same.
 */
#include "reweave.h"

#include "base/parallel.h"
#include "image/block-work.h"
#include "image/blocks.h"
#include "image/cache.h"
#include "image/mirror.h"
#include "image/model.h"
#include "image/noise-level.h"

#define BOUNDS_MAX (1 << 30) /* of coordinates, so that sums fit an int */

typedef struct {
  RwBlockWork work;
  RwRect part; /* of the block's area: what is written */
} Item;

typedef struct {
  RwModel *model;
  const RwJob *job;
  RwBlockSettings settings;
  RwRect roi;
  int workers;
  Item *items;   /* one for each worker */
  int n_waiting; /* of them read, to be computed */
  RwRun **runs;  /* one for each worker, while computing */
  gsize n_done, n_blocks;
  double fraction; /* last reported */
} Restoration;

/* ---- checks ------------------------------------------------------------ */

static gboolean
check_settings (const RwModel *model,
                const RwSettings *settings,
                GError **error)
{
  if (!(settings->strength >= 0 && settings->strength <= 1)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "strength: %g is outside 0..1; choose 0 for the picture as "
                 "it is, 1 for all that the net does",
                 settings->strength);
    return FALSE;
  }
  if (model->has_level &&
      !(settings->level >= 0 && settings->level <= RW_NOISE_LEVEL_MAX)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "level: %g is outside 0..%g; choose the noise's standard "
                 "deviation in 1/255, or 0 to have it measured",
                 settings->level, RW_NOISE_LEVEL_MAX);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_bounds (const RwRect *bounds, GError **error)
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

static gboolean
report_progress (Restoration *r, double fraction, GError **error)
{
  r->fraction = MAX (r->fraction, fraction);
  if (r->job->progress == NULL || r->job->progress (r->job->data, r->fraction))
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_CANCELLED,
      "restoring was cancelled at %.0f percent; start it again to go on",
      100 * r->fraction);
  return FALSE;
}

/* Counts a block that is written. */
static gboolean
report_block (Restoration *r, GError **error)
{
  r->n_done++;
  return r->n_done == r->n_blocks ||
         report_progress (r, (double) r->n_done / (double) r->n_blocks, error);
}

static void
debug_block (const Item *item, const char *what)
{
  static const GDebugKey keys[] = { { "tiles", 1 } };
  static gsize mask;

  if (g_once_init_enter (&mask))
    g_once_init_leave (&mask,
                       2 | g_parse_debug_string (g_getenv ("REWEAVE_DEBUG"),
                                                 keys, G_N_ELEMENTS (keys)));
  if (mask & 1)
    g_printerr ("reweave: block %d,%d %dx%d %s\n", item->work.block.area.x,
                item->work.block.area.y, item->work.block.area.width,
                item->work.block.area.height, what);
}

/* ---- blocks ------------------------------------------------------------ */

/* Hands a block on, changed if it is to be. */
static gboolean
write_item (Restoration *r, Item *item, GError **error)
{
  const RwRect *part = &item->part, *input = &item->work.block.input;
  const gsize stride = 4 * (gsize) input->width;
  const float *first = item->work.rgba + stride * (part->y - input->y) +
                       4 * (part->x - input->x);

  if (item->work.change != NULL)
    rw_block_work_apply (&item->work, &r->settings, part);
  g_clear_pointer (&item->work.change, g_bytes_unref);
  return r->job->write (r->job->data, part, first, stride, error) &&
         report_block (r, error);
}

static void
compute_alone (int i, int worker, void *data)
{
  Restoration *r = data;

  rw_block_work_run (&r->items[i].work, &r->settings, r->runs[worker]);
}

static void
compute_waiting_at_once (Restoration *r)
{
  for (int i = 0; i < r->workers; i++)
    r->runs[i] = rw_model_take_run (r->model, 1);
  rw_parallel_for (r->n_waiting, compute_alone, r);
  for (int i = 0; i < r->workers; i++)
    rw_model_give_run (r->model, g_steal_pointer (&r->runs[i]), 1);
}

static void
compute_waiting_in_turn (Restoration *r)
{
  RwRun *run = rw_model_take_run (r->model, r->workers);

  for (int i = 0; i < r->n_waiting; i++)
    rw_block_work_run (&r->items[i].work, &r->settings, run);
  rw_model_give_run (r->model, run, r->workers);
}

/* Computes the blocks that wait, keeps them in the cache and writes them. */
static gboolean
finish_waiting (Restoration *r, GError **error)
{
  const int n = r->n_waiting;

  if (n == 0)
    return TRUE;
  if (r->workers > 1 && n >= r->workers)
    compute_waiting_at_once (r);
  else
    compute_waiting_in_turn (r);
  r->n_waiting = 0;
  rw_cache_count (n, 0);
  for (int i = 0; i < n; i++) {
    Item *item = &r->items[i];
    if (item->work.change == NULL) {
      g_propagate_error (error, g_steal_pointer (&item->work.error));
      return FALSE;
    }
    debug_block (item, "computed");
    rw_cache_store (&item->work.key, item->work.change);
    if (!write_item (r, item, error))
      return FALSE;
  }
  return TRUE;
}

/* Reads a block; writes it at once if it is known, else lets it wait. */
static gboolean
begin_item (Restoration *r, Item *item, GError **error)
{
  const RwRect *input = &item->work.block.input, *bounds = &r->job->bounds;
  const RwRect inside = rw_rect_intersect (input, bounds);

  if (!r->job->read (r->job->data, &inside, item->work.rgba, error))
    return FALSE;
  rw_mirror_edges (item->work.rgba, &inside, input, bounds);
  if (!rw_block_work_has_colour (&item->work)) {
    debug_block (item, "has no colour");
    return write_item (r, item, error);
  }
  if (!rw_block_work_prepare (&item->work, &r->settings, error))
    return FALSE;
  item->work.change = rw_cache_find (&item->work.key);
  if (item->work.change == NULL) {
    r->n_waiting++;
    return TRUE;
  }
  rw_cache_count (0, 1);
  debug_block (item, "found");
  return write_item (r, item, error);
}

/* Strength 0: nothing but the part itself is read. */
static gboolean
copy_item (Restoration *r, Item *item, GError **error)
{
  item->work.block.input = item->part;
  return r->job->read (r->job->data, &item->part, item->work.rgba, error) &&
         write_item (r, item, error);
}

static gboolean
restore_block (Restoration *r, int i, int j, GError **error)
{
  Item *item = &r->items[r->n_waiting];

  item->work.block =
      rw_block_get (i, j, &r->job->bounds, r->model->align, r->model->halo);
  item->part = rw_rect_intersect (&item->work.block.area, &r->roi);
  if (r->settings.strength == 0)
    return copy_item (r, item, error);
  if (!begin_item (r, item, error))
    return FALSE;
  return r->n_waiting < r->workers || finish_waiting (r, error);
}

static gboolean
restore_blocks (Restoration *r, GError **error)
{
  const RwBlockRange range = rw_blocks_cover (&r->roi);

  r->n_blocks = (gsize) range.columns * range.rows;
  if (!report_progress (r, 0, error))
    return FALSE;
  for (int j = 0; j < range.rows; j++)
    for (int i = 0; i < range.columns; i++)
      if (!restore_block (r, range.first_i + i, range.first_j + j, error))
        return FALSE;
  return finish_waiting (r, error) && report_progress (r, 1, error);
}

static gboolean
allocate (Restoration *r, GError **error)
{
  const RwBlockRange range = rw_blocks_cover (&r->roi);

  r->workers = rw_parallel_get_workers ();
  r->items = g_new0 (Item, r->workers);
  r->runs = g_new0 (RwRun *, r->workers);
  for (int i = 0; i < r->workers && i < (gint64) range.columns * range.rows;
       i++)
    if (!rw_block_work_allocate (&r->items[i].work, r->model, error))
      return FALSE;
  return TRUE;
}

static void
clear (Restoration *r)
{
  for (int i = 0; i < r->workers; i++)
    rw_block_work_clear (&r->items[i].work);
  g_free (r->items);
  g_free (r->runs);
}

static gboolean
needs_level (const Restoration *r)
{
  return r->model->has_level && r->settings.level == RW_LEVEL_AUTO &&
         r->settings.strength > 0 && !rw_rect_is_empty (&r->roi);
}

gboolean
rw_restore (RwModel *model,
            const RwSettings *settings,
            const RwJob *job,
            GError **error)
{
  g_return_val_if_fail (model != NULL && settings != NULL && job != NULL,
                        FALSE);
  g_return_val_if_fail (job->read != NULL && job->write != NULL, FALSE);

  if (!check_settings (model, settings, error) ||
      !check_bounds (&job->bounds, error))
    return FALSE;
  Restoration r = { .model = model,
                    .job = job,
                    .settings = { .model = model,
                                  .strength = (float) settings->strength,
                                  .level = settings->level,
                                  .grey = settings->grey },
                    .roi = rw_rect_intersect (&job->roi, &job->bounds) };
  if (needs_level (&r) &&
      !rw_job_estimate_level (model, job, &r.settings.level, error))
    return FALSE;
  const gboolean done = allocate (&r, error) && restore_blocks (&r, error);
  clear (&r);
  return done;
}

int
rw_restore_get_block (void)
{
  return RW_BLOCK;
}

RwRect
rw_restore_get_required (const RwModel *model,
                         const RwRect *bounds,
                         const RwRect *roi)
{
  g_return_val_if_fail (model != NULL && bounds != NULL && roi != NULL,
                        (RwRect){ 0 });

  const RwRect part = rw_rect_intersect (roi, bounds);
  const RwBlockRange range = rw_blocks_cover (&part);
  if (rw_rect_is_empty (&part))
    return part;
  const RwBlock first = rw_block_get (range.first_i, range.first_j, bounds,
                                      model->align, model->halo);
  const RwBlock last = rw_block_get (range.first_i + range.columns - 1,
                                     range.first_j + range.rows - 1, bounds,
                                     model->align, model->halo);
  const RwRect all = { .x = first.input.x,
                       .y = first.input.y,
                       .width =
                           last.input.x + last.input.width - first.input.x,
                       .height =
                           last.input.y + last.input.height - first.input.y };
  return rw_rect_intersect (&all, bounds);
}
