/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_restore: by one net, or by three where a picture is searched for
 * scratches and dust.
 */
#include "reweave.h"

#include "base/words.h"
#include "restore/blocks.h"
#include "restore/marks-cells.h"
#include "restore/marks-search.h"
#include "restore/marks-strip.h"
#include "restore/model.h"
#include "restore/restore-blocks.h"
#include "restore/restore-check.h"
#include "restore/restore-region.h"
#include "restore/restore-way.h"

/* ---- models ------------------------------------------------------------- */

gboolean
rw_marks_may_be_wanted (const RwModel *model, const RwSettings *settings)
{
  return settings->marks > 0 && settings->strength > 0 &&
         model->task->info.searches;
}

static void
clear (RwMarksNets *nets)
{
  rw_model_unref (nets->finder);
  rw_model_unref (nets->filler);
}

/* The nets are to be cleared also when FALSE is returned. */
static gboolean
load (const RwModel *model, RwMarksNets *nets, GError **error)
{
  g_autoptr (GError) failure = NULL;

  *nets = (RwMarksNets){ .model = (RwModel *) model,
                         .finder = rw_marks_load (error) };
  if (nets->finder == NULL)
    return FALSE;
  if (model->task->info.mask != RW_MASK_NONE)
    return TRUE;
  nets->filler = rw_model_load ("inpaint", NULL, &failure);
  if (nets->filler != NULL)
    return TRUE;
  g_set_error (error, failure->domain, failure->code,
               _ ("what scratches and dust hide cannot be made up without "
                  "weights of \"inpaint\"; install them, or search for none: "
                  "%s"),
               failure->message);
  return FALSE;
}

RwRect
rw_marks_get_chain (const RwModel *model,
                    const RwRect *bounds,
                    const RwRect *blocks)
{
  RwMarksNets nets;
  RwRect chain = *blocks;

  if (load (model, &nets, NULL)) {
    chain = rw_marks_cells_cover (bounds, blocks);
    chain = rw_marks_get_area (&nets, bounds, &chain);
    chain = rw_marks_get_required (nets.finder, bounds, &chain);
  }
  clear (&nets);
  return chain;
}

int
rw_marks_get_chain_margin (const RwModel *model)
{
  RwMarksNets nets;
  int margin = 0;

  if (load (model, &nets, NULL)) {
    margin = rw_restore_get_margin (nets.finder) + RW_MARKS_REACH;
    if (nets.filler != NULL)
      margin += rw_restore_get_margin (nets.filler);
  }
  clear (&nets);
  return margin;
}

/* ---- all ---------------------------------------------------------------- */

/* What the net is told is measured on the picture as it is: the same for all
 * strips and regions. */
static gboolean
measure (const RwModel *model,
         const RwJob *job,
         RwSettings *settings,
         RwValue *value,
         GError **error)
{
  const RwTaskInfo *info = &model->task->info;

  if (settings->n_values > 0 || info->n_controls == 0 ||
      !rw_model_uses (model, info->controls[0].name))
    return TRUE;
  *value = (RwValue){ .name = info->controls[0].name };
  if (!rw_job_measure (model, job, &value->value, error))
    return FALSE;
  settings->values = value;
  settings->n_values = 1;
  return TRUE;
}

/* The strip of the roi that begins with the row of blocks *@j, which becomes the
 * next strip's first; FALSE: there is none. */
static gboolean
take_strip (const RwJob *job, const RwRect *roi, int *j, RwRect *strip)
{
  const RwBlockRange range = rw_blocks_cover (roi);
  const int first = *j;

  if (first >= range.first_j + range.rows)
    return FALSE;
  *j = rw_restore_strip_end (job, &range, first) + 1;
  const RwRect rows = { roi->x, first * RW_BLOCK, roi->width,
                        (*j - first) * RW_BLOCK };
  *strip = rw_rect_intersect (roi, &rows);
  return TRUE;
}

/* One strip after the other: of each, all nets. */
static gboolean
restore_strips (const RwMarksNets *nets,
                const RwSettings *settings,
                const RwJob *job,
                const RwRect *roi,
                gsize *n_marks,
                GError **error)
{
  RwRect strip;

  for (int j = rw_blocks_cover (roi).first_j;
       take_strip (job, roi, &j, &strip);) {
    gsize n = 0;
    if (!rw_marks_strip_restore (nets, settings, job, &strip,
                                 (strip.y - roi->y) / (double) roi->height,
                                 (strip.y + strip.height - roi->y) /
                                     (double) roi->height,
                                 &n, error))
      return FALSE;
    *n_marks += n;
  }
  return TRUE;
}

/* Of the largest strip. */
static gsize
count_bytes (const RwMarksNets *nets, const RwJob *job)
{
  const RwRect roi = rw_rect_intersect (&job->roi, &job->bounds);
  gsize most = 0;
  RwRect strip;

  for (int j = rw_blocks_cover (&roi).first_j;
       take_strip (job, &roi, &j, &strip);) {
    const RwRect blocks =
        rw_restore_get_blocks (nets->model, &job->bounds, &strip);
    const RwRect area = rw_marks_get_area (nets, &job->bounds, &blocks);
    most = MAX (most, rw_marks_strip_count_bytes (&area));
  }
  return most;
}

static gboolean
predict (const RwMarksNets *nets,
         const RwSettings *settings,
         const RwJob *job,
         gsize *least,
         gsize *bytes,
         GError **error)
{
  const RwModel *const models[] = { nets->model, nets->finder, nets->filler };
  const gsize beside = count_bytes (nets, job);
  RwSettings inner = *settings;

  if (settings->memory > 0)
    inner.memory = settings->memory > beside ? settings->memory - beside : 1;
  const RwSettings own = rw_marks_get_settings (&inner);
  *least = *bytes = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (models) && models[i] != NULL; i++) {
    gsize one_least, one;
    if (!rw_restore_blocks_get_bytes (models[i], i == 0 ? &inner : &own, job,
                                      &one_least, &one, error))
      return FALSE;
    *least = MAX (*least, one_least);
    *bytes = MAX (*bytes, one);
  }
  *least += beside;
  *bytes += beside;
  return TRUE;
}

/* Before anything is searched. */
static gboolean
check_memory (const RwMarksNets *nets,
              const RwSettings *settings,
              const RwJob *job,
              GError **error)
{
  gsize least, bytes;

  if (settings->memory == 0)
    return TRUE;
  if (!predict (nets, settings, job, &least, &bytes, error))
    return FALSE;
  if (least <= settings->memory)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               _ ("restoring this picture takes at least %.1f MiB of memory, "
                  "and %.1f are allowed; allow more"),
               (double) least / (1 << 20),
               (double) settings->memory / (1 << 20));
  return FALSE;
}

static gboolean
restore_searching (RwModel *model,
                   const RwSettings *settings,
                   const RwJob *job,
                   GError **error)
{
  const RwRect roi = rw_rect_intersect (&job->roi, &job->bounds);
  const double n_pixels = (double) roi.width * roi.height;
  RwSettings all = *settings;
  RwMarksNets nets;
  RwValue value;
  gsize n_marks = 0;
  const gboolean done =
      load (model, &nets, error) &&
      check_memory (&nets, settings, job, error) &&
      (n_pixels == 0 || measure (model, job, &all, &value, error)) &&
      restore_strips (&nets, &all, job, &roi, &n_marks, error);

  clear (&nets);
  if (done && job->found != NULL)
    *job->found = n_pixels > 0 ? (double) n_marks / n_pixels : 0;
  return done;
}

static gboolean
predict_searching (const RwModel *model,
                   const RwSettings *settings,
                   const RwJob *job,
                   gsize *least,
                   gsize *bytes,
                   GError **error)
{
  RwMarksNets nets;
  const gboolean done = load (model, &nets, error) &&
                        predict (&nets, settings, job, least, bytes, error);

  clear (&nets);
  return done;
}

/* ---- with or without ---------------------------------------------------- */

static gboolean
searches (const RwModel *model, const RwSettings *settings, const RwJob *job)
{
  return job->read_mask == NULL && rw_marks_may_be_wanted (model, settings);
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

  if (!searches (model, settings, job))
    return rw_restore_blocks (model, settings, job, RW_KEEP_BLOCKS, error);
  return rw_restore_check_settings (model, settings, error) &&
         rw_restore_check_bounds (&job->bounds, error) &&
         restore_searching (model, settings, job, error);
}

gboolean
rw_restore_get_bytes (const RwModel *model,
                      const RwSettings *settings,
                      const RwJob *job,
                      gsize *least,
                      gsize *bytes,
                      GError **error)
{
  g_return_val_if_fail (model != NULL && settings != NULL && job != NULL,
                        FALSE);

  return searches (model, settings, job)
             ? predict_searching (model, settings, job, least, bytes, error)
             : rw_restore_blocks_get_bytes (model, settings, job, least, bytes,
                                            error);
}
