/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Restoring a region by one net, block by block.
 *
 *   read block and halo -> mirror at the picture's edges -> fill, clamp
 *     -> in the cache? -> net - input, less what moves the mean
 *                  +-> input + strength * that
 *
 * What is cached is the difference that the net makes, so strength costs
 * nothing.  One block at a time, its rows and bands shared among the threads:
 * memory does not grow with them, and a cancel is seen between two bands.  The
 * run of a block goes on with the one below, whose upper margin it has made
 * then, unless something comes between: a block that is in the cache or has no
 * colour, or colour made up for pixels that have none, which is of one block.
 */
#include "restore/restore-blocks.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "restore/block-work.h"
#include "restore/blocks.h"
#include "restore/cache.h"
#include "restore/debug.h"
#include "restore/enlarge.h"
#include "restore/mirror.h"
#include "restore/model.h"
#include "restore/notes.h"
#include "restore/restore-check.h"
#include "restore/restore-way.h"
#include "base/words.h"

#include <string.h>

#define REPORT_US 20000 /* from report to report, so a cancel takes as long */

typedef struct {
  RwModel *model;
  const RwJob *job;
  const RwSettings *wishes;
  RwBlockSettings settings;
  RwRect roi; /* in pixels of the picture */
  RwModelBuffers *buffers;
  gboolean planned;    /* these have all that computing a block takes */
  RwBlockWork work;    /* of the present block, in these */
  RwRect part;         /* of its enlarged area: what is written */
  guint64 age;         /* of the job's notes */
  RwCacheKey question; /* that they answer: what is under which key */
  int i, j;            /* the block */
  int last;            /* the last row of blocks of the present strip */
  gboolean goes_on;    /* the run stopped where the block begins */
  gsize n_done, n_blocks;
  double fraction;    /* last reported */
  gint64 last_report; /* microseconds */
  GError *stopped;    /* the cancel that ended a run */
} Restoration;

/* ---- progress ----------------------------------------------------------- */

static gboolean
report_progress (Restoration *r, double fraction, GError **error)
{
  r->fraction = MAX (r->fraction, fraction);
  r->last_report = g_get_monotonic_time ();
  if (r->job->progress == NULL || r->job->progress (r->job->data, r->fraction))
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_CANCELLED,
      _ ("restoring was cancelled at %.0f percent; start it again to go on"),
      100 * r->fraction);
  return FALSE;
}

/* The run calls this between the bands of a block. */
static gboolean
is_stopped (gpointer data, double fraction)
{
  Restoration *r = data;

  return g_get_monotonic_time () - r->last_report >= REPORT_US &&
         !report_progress (
             r, ((double) r->n_done + fraction) / (double) r->n_blocks,
             &r->stopped);
}

/* Reports progress after a block was written. */
static gboolean
report_block (Restoration *r, GError **error)
{
  r->n_done++;
  return r->n_done == r->n_blocks ||
         report_progress (r, (double) r->n_done / (double) r->n_blocks, error);
}

static void
debug_block (const Restoration *r, const char *what)
{
  const RwRect *area = &r->work.block.area;

  if (rw_debug_shows (RW_DEBUG_TILES))
    g_printerr ("reweave: block %d,%d %dx%d %s\n", area->x, area->y,
                area->width, area->height, what);
}

/* ---- memory ------------------------------------------------------------ */

/* Divides the buffers' floats among pixels, mask, result and means. */
static gboolean
lay_out (Restoration *r, const RwRestoreWay *way, GError **error)
{
  RwBlockWork *work = &r->work;

  if (!rw_model_buffers_reserve (r->buffers,
                                 way->rgba + way->mask + way->out + way->mean +
                                     2 * way->carry,
                                 error))
    return FALSE;
  work->rgba = r->buffers->rgba;
  work->mask = way->mask > 0 ? work->rgba + way->rgba : NULL;
  work->out = work->rgba + way->rgba + way->mask;
  work->mean_memory = NULL;
  if (way->mean > 0) {
    work->mean_memory = work->out + way->out;
    work->carry[0] = work->mean_memory + way->mean;
    work->carry[1] = work->carry[0] + way->carry;
  }
  return TRUE;
}

/* Acquires what computing takes, as planned.  A job with a cap shares no
 * buffers with others. */
static gboolean
plan (Restoration *r, gsize cap, GError **error)
{
  RwRestoreWay way;

  if (!rw_restore_choose_way (r->model, r->wishes, cap, r->job, &way, error))
    return FALSE;
  if (cap > 0 && way.bytes > cap) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 _ ("restoring this picture takes at least %.1f MiB of "
                    "memory, and %.1f are allowed; allow more"),
                 (double) way.bytes / (1 << 20), (double) cap / (1 << 20));
    return FALSE;
  }
  if (cap > 0)
    r->buffers = rw_model_buffers_new (r->model, way.workers);
  r->work.run = r->buffers->run;
  rw_run_set_band (r->work.run, way.band);
  r->planned = rw_run_reserve (r->work.run, &way.run, error) &&
               lay_out (r, &way, error);
  return r->planned;
}

/* A job that finds all its blocks takes memory for pixels only. */
static gboolean
allocate (Restoration *r, gsize cap, GError **error)
{
  if (cap > 0)
    return plan (r, cap, error);
  r->buffers = rw_model_take_buffers (r->model, rw_parallel_get_workers ());
  return TRUE;
}

/* ---- blocks ------------------------------------------------------------ */

/* Writes the restored part of a block. */
static gboolean
write_block (Restoration *r, GError **error)
{
  const RwRect *part = &r->part, *input = &r->work.block.input;
  const gboolean enlarges = r->settings.margins->scale > 1;
  const gsize stride = 4 * (gsize) (enlarges ? part->width : input->width);
  const float *first = enlarges
                           ? r->work.out
                           : r->work.rgba + stride * (part->y - input->y) +
                                 4 * (part->x - input->x);

  return r->job->write (r->job->data, part, first, stride, error) &&
         report_block (r, error);
}

/* Notes the key of the block's change for the jobs that follow. */
static void
note (const Restoration *r, const RwCacheKey *key)
{
  rw_notes_add (r->job->notes, r->age, &r->question, key);
}

static gboolean
look_up_change (Restoration *r)
{
  r->work.change = rw_cache_find (&r->work.key);
  if (r->work.change == NULL)
    return FALSE;
  rw_cache_count (0, 1);
  debug_block (r, "found");
  return TRUE;
}

/* Gets the change of the prepared block, from the cache or from the net. */
static gboolean
find_change (Restoration *r, GError **error)
{
  RwBlockWork *work = &r->work;

  if (work->keeps) {
    note (r, &work->key);
    if (look_up_change (r))
      return TRUE;
  }
  rw_run_set_stop (work->run, is_stopped, r);
  if (!rw_run_forward_step (work->run, r->model->pack, work->step)) {
    g_propagate_error (error, g_steal_pointer (&r->stopped));
    return FALSE;
  }
  rw_block_work_keep_mean (work, &r->settings, &r->job->bounds);
  if (!rw_block_work_take_change (work, &r->settings, error))
    return FALSE;
  r->goes_on = work->n_missing == 0 && ++work->step < work->column.n;
  rw_cache_count (1, 0);
  debug_block (r, "computed");
  if (work->keeps)
    rw_cache_store (&work->key, work->change);
  return TRUE;
}

static gboolean
begin_column (Restoration *r, GError **error)
{
  const RwBlockColumn column = rw_block_column (
      r->i, r->j, r->last, &r->job->bounds, r->settings.margins);

  return rw_block_work_begin (&r->work, &column, error);
}

/* Fills the input of the run, which either goes on or begins a column. */
static gboolean
prepare_block (Restoration *r, GError **error)
{
  const gboolean goes_on = r->goes_on;

  r->goes_on = FALSE;
  if (!goes_on && !begin_column (r, error))
    return FALSE;
  rw_block_work_fill (&r->work, &r->settings);
  return !goes_on || r->work.n_missing == 0 || begin_column (r, error);
}

/* Reads the block's pixels, and its mask where the task has one. */
static gboolean
read_block (Restoration *r, GError **error)
{
  RwBlockWork *work = &r->work;
  const RwRect *input = &work->block.input, *bounds = &r->job->bounds;
  const RwRect inside = rw_rect_intersect (input, bounds);

  if (!r->job->read (r->job->data, &inside, work->rgba, error))
    return FALSE;
  rw_mirror_edges (work->rgba, 4, &inside, input, bounds);
  if (work->mask == NULL)
    return TRUE;
  if (!r->job->read_mask (r->job->data, &inside, work->mask, error))
    return FALSE;
  rw_mirror_edges (work->mask, 1, &inside, input, bounds);
  return TRUE;
}

/* Applies what was found for the block to its pixels. */
static gboolean
finish_block (Restoration *r, gboolean changes, GError **error)
{
  RwBlockWork *work = &r->work;

  rw_block_work_apply (work, &r->settings, &r->part, changes);
  g_clear_pointer (&work->change, g_bytes_unref);
  return write_block (r, error);
}

static gboolean
compute_block (Restoration *r, GError **error)
{
  const RwCacheKey nothing = RW_NOTHING;
  const gboolean changes = rw_block_work_has_colour (&r->work);

  rw_cache_count_read ();
  if (!changes) {
    r->goes_on = FALSE;
    note (r, &nothing);
    debug_block (r, "has nothing to restore");
  } else if (!prepare_block (r, error) || !find_change (r, error))
    return FALSE;
  return finish_block (r, changes, error);
}

typedef struct {
  Restoration *r;
  GError **error;
  gboolean done;
} Body;

static void
compute_in_team (void *data)
{
  Body *body = data;
  Restoration *r = body->r;

  body->done = (r->planned || plan (r, 0, body->error)) &&
               read_block (r, body->error) && compute_block (r, body->error);
}

/* Room for the pixels of @input. */
static gboolean
lay_out_pass (Restoration *r, const RwRect *input, GError **error)
{
  const gsize n = (gsize) input->width * (gsize) input->height;
  const gsize n_out = (gsize) r->part.width * (gsize) r->part.height;
  const gboolean masked = r->job->read_mask != NULL;
  const RwRestoreWay way = { .rgba = 4 * n,
                             .mask = masked ? n : 0,
                             .out = r->settings.margins->scale > 1 ? 4 * n_out
                                                                   : 0 };

  return lay_out (r, &way, error);
}

/* Of a block that the net need not see, only the part itself is read, or what
 * interpolation looks at for it. */
static gboolean
pass_block (Restoration *r, gboolean changes, GError **error)
{
  const int scale = r->settings.margins->scale;
  const int margin = scale > 1 ? RW_ENLARGE_MARGIN : 0;
  RwRect input = rw_rect_reduce (&r->part, scale);

  input.x -= margin;
  input.y -= margin;
  input.width += 2 * margin;
  input.height += 2 * margin;
  r->work.block.input = input;
  r->goes_on = FALSE;
  return (r->planned || lay_out_pass (r, &input, error)) &&
         read_block (r, error) && finish_block (r, changes, error);
}

static RwCacheKey
ask_for_block (const Restoration *r)
{
  const RwRect *bounds = &r->job->bounds;
  const RwTold *told = &r->settings.told;
  const int words[] = { r->i,          r->j,
                        bounds->x,     bounds->y,
                        bounds->width, bounds->height,
                        told->known,   r->settings.grey };
  const RwCacheKey key =
      rw_cache_key_extend (r->model->key, words, sizeof words);

  return rw_cache_key_extend (key, &told->value, sizeof told->value);
}

/* Whether an earlier job has read the block and what it found is there still.
 * Then @changes says whether there is a change. */
static gboolean
is_noted (Restoration *r, gboolean *changes)
{
  const RwCacheKey nothing = RW_NOTHING;

  r->question = ask_for_block (r);
  if (!rw_notes_find (r->job->notes, &r->question, &r->work.key))
    return FALSE;
  *changes = memcmp (&r->work.key, &nothing, sizeof nothing) != 0;
  return !*changes || look_up_change (r);
}

static gboolean
restore_block (Restoration *r, GError **error)
{
  gboolean changes = FALSE;

  r->work.block =
      rw_block_get (r->i, r->j, &r->job->bounds, r->settings.margins);
  const RwRect area =
      rw_rect_enlarge (&r->work.block.area, r->settings.margins->scale);
  r->part = rw_rect_intersect (&area, &r->job->roi);
  if (r->settings.strength == 0 || is_noted (r, &changes))
    return pass_block (r, changes, error);
  Body body = { .r = r, .error = error };
  rw_parallel_team (compute_in_team, &body);
  return body.done;
}

/* Restores the rows of blocks from @first to r->last, column by column. */
static gboolean
restore_strip (Restoration *r,
               const RwBlockRange *range,
               int first,
               GError **error)
{
  for (int i = 0; i < range->columns; i++) {
    r->i = range->first_i + i;
    r->goes_on = FALSE;
    for (r->j = first; r->j <= r->last; r->j++)
      if (!restore_block (r, error))
        return FALSE;
  }
  return TRUE;
}

static gboolean
restore_blocks (Restoration *r, GError **error)
{
  const RwBlockRange range = rw_blocks_cover (&r->roi);
  const int end = range.first_j + range.rows;

  r->n_blocks = (gsize) range.columns * range.rows;
  if (!report_progress (r, 0, error))
    return FALSE;
  for (int j = range.first_j; j < end; j = r->last + 1) {
    r->last = rw_restore_strip_end (r->job, &range, j);
    if (!restore_strip (r, &range, j, error))
      return FALSE;
  }
  return report_progress (r, 1, error);
}

static void
clear (Restoration *r, gsize cap)
{
  g_clear_pointer (&r->work.change, g_bytes_unref);
  if (r->buffers == NULL)
    return;
  rw_run_set_stop (r->buffers->run, NULL, NULL);
  if (cap > 0)
    rw_model_buffers_free (r->buffers);
  else
    rw_model_give_buffers (r->model, r->buffers);
}

/* ---- all --------------------------------------------------------------- */

/* Decides what the net is told: what a person set, nothing, or a measure. */
static gboolean
find_told (Restoration *r, const RwSettings *settings, GError **error)
{
  const RwFeed *feed = &r->model->feed;
  RwTold *told = &r->settings.told;
  double value;

  if (!rw_feed_takes_value (feed) || r->settings.strength == 0 ||
      rw_rect_is_empty (&r->roi))
    return TRUE;
  if (settings->n_values > 0)
    value = settings->values[settings->n_values - 1].value;
  else if (!rw_job_measure (r->model, r->job, &value, error))
    return FALSE;
  if (value == 0)
    return TRUE;
  *told = (RwTold){ .value = (float) r->model->task->to_plane (value),
                    .known = TRUE };
  r->settings.sigma = (float) (value / 255);
  return TRUE;
}

gboolean
rw_restore_blocks (RwModel *model,
                   const RwSettings *settings,
                   const RwJob *job,
                   RwKeep keep,
                   GError **error)
{
  if (!rw_restore_check_settings (model, settings, error) ||
      !rw_restore_check_mask (model, settings, job, error) ||
      !rw_restore_check_bounds (&job->bounds, error))
    return FALSE;
  const RwRect wanted = rw_rect_reduce (&job->roi, model->margins.scale);
  Restoration r = {
    .model = model,
    .job = job,
    .settings = { .model = model,
                  .strength = (float) settings->strength,
                  .grain = (float) settings->grain,
                  .grey = settings->grey,
                  .margins = rw_model_get_margins (model, settings) },
    .wishes = settings,
    .work.keeps = keep == RW_KEEP_BLOCKS && rw_cache_get_budget () > 0,
    .age = rw_notes_get_age (job->notes),
    .roi = rw_rect_intersect (&wanted, &job->bounds)
  };
  if (!find_told (&r, settings, error))
    return FALSE;
  rw_restore_find_range (model, &r.settings.told, &r.settings.low,
                         &r.settings.high);
  const gboolean done =
      allocate (&r, settings->memory, error) && restore_blocks (&r, error);
  clear (&r, settings->memory);
  return done;
}
