/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One picture from its file into another.
 */
#include "apply/apply-mend.h"

#include "apply/apply-memory.h"
#include "apply/apply-picture.h"
#include "io/rows.h"
#include "paths.h"

typedef struct {
  const RwCliMending *mending;
  const RwCliPicture *from;
  RwCliPicture *to;
} Passage;

gboolean
rw_cli_mend_report (const RwCliMending *mending,
                    double fraction,
                    GError **error)
{
  if (mending->progress (mending->data, fraction))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
               "cancelled at %.0f percent; start it again", 100 * fraction);
  return FALSE;
}

gboolean
rw_cli_mend_measures (const RwCliMending *mending)
{
  const RwTaskInfo *info = rw_model_get_task (mending->model);

  return mending->settings.n_values == 0 && mending->settings.strength > 0 &&
         info->n_controls > 0 &&
         rw_model_uses (mending->model, info->controls[0].name);
}

void
rw_cli_mend_set_measured (RwCliMending *mending, double value)
{
  const RwTaskInfo *info = rw_model_get_task (mending->model);

  mending->measured = (RwValue){ info->controls[0].name, value };
  mending->settings.values = &mending->measured;
  mending->settings.n_values = 1;
}

/* ---- with all of it in memory ------------------------------------------ */

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  rw_cli_picture_read (((Passage *) data)->from, rect, rgba);
  return TRUE;
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  rw_cli_picture_write (((Passage *) data)->to, rect, rgba, stride);
  return TRUE;
}

/* A tenth is left for reading and one for writing. */
static gboolean
progress (gpointer data, double fraction)
{
  return rw_cli_mend_report (((Passage *) data)->mending, 0.1 + 0.8 * fraction,
                             NULL);
}

/* At strength 0 nothing is written: the new picture is a copy already, and a
 * way through another colour coding would not be exact. */
static gboolean
restore (Passage *passage, RwCliMending *mending, GError **error)
{
  const RwRect whole = rw_cli_picture_get_bounds (passage->from);
  const RwJob job = { .bounds = whole,
                      .roi = whole,
                      .read = read_pixels,
                      .write = write_pixels,
                      .progress = progress,
                      .data = passage };
  RwSettings *settings = &mending->settings;

  double measured;

  settings->grey = rw_cli_picture_is_grey (passage->from);
  if (rw_cli_mend_measures (mending)) {
    if (!rw_job_measure (mending->model, &job, &measured, error))
      return FALSE;
    rw_cli_mend_set_measured (mending, measured);
  }
  return settings->strength == 0 ||
         rw_restore (mending->model, settings, &job, error);
}

/* Of what both pictures are before the new one is saved. */
static gboolean
put_difference (const Passage *passage, GError **error)
{
  RwCliDifference *difference = passage->mending->difference;
  const RwRect bounds = rw_cli_picture_get_bounds (passage->from);

  if (difference == NULL)
    return TRUE;
  if (!rw_cli_difference_begin (difference, bounds.width, bounds.height,
                                error))
    return FALSE;
  for (int y = 0; y < bounds.height; y++) {
    const RwRect row = { bounds.x, bounds.y + y, bounds.width, 1 };
    rw_cli_picture_read (passage->from, &row, difference->rows[0]);
    rw_cli_picture_read (passage->to, &row, difference->rows[1]);
    if (!rw_cli_difference_put (difference, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
mend_in_memory (RwCliMending *mending, GError **error)
{
  g_autoptr (RwCliPicture) from =
      rw_cli_picture_load (mending->in, mending->notes, error);
  if (!from)
    return FALSE;
  const RwRect bounds = rw_cli_picture_get_bounds (from);
  const RwJob job = { .bounds = bounds, .roi = bounds };
  /* old and new, and once more while it is converted for its file */
  const gsize n_bytes = 3 * rw_cli_picture_get_bytes (from);

  mending->n_pixels = (double) bounds.width * bounds.height;
  if (!rw_cli_memory_share (mending, &job, n_bytes, error))
    return FALSE;
  g_autoptr (RwCliPicture) to = rw_cli_picture_copy (from, error);
  if (!to)
    return FALSE;
  Passage passage = { .mending = mending, .from = from, .to = to };
  return restore (&passage, mending, error) &&
         rw_cli_mend_report (mending, 0.9, error) &&
         put_difference (&passage, error) &&
         rw_cli_picture_save (to, mending->out, mending->quality,
                              mending->notes, error);
}

/* ---- either way -------------------------------------------------------- */

static gboolean
has_rows (const RwCliMending *mending)
{
  return rw_cli_has_ending (mending->out, rw_row_endings) &&
         rw_cli_picture_is_plain (mending->in);
}

/* Names the picture where the message does not. */
static void
add_context (const RwCliMending *mending, GError **error)
{
  if (error != NULL && !g_str_has_prefix ((*error)->message, mending->in) &&
      !g_str_has_prefix ((*error)->message, mending->out))
    g_prefix_error (error, "%s: ", mending->in);
}

gboolean
rw_cli_mend (RwCliMending *mending, GError **error)
{
  gboolean done = rw_cli_mend_is_whole (mending)
                      ? rw_cli_mend_whole (mending, error)
                  : has_rows (mending) ? rw_cli_mend_rows (mending, error)
                                       : mend_in_memory (mending, error);

  if (mending->difference) {
    done = done && rw_cli_difference_end (mending->difference, error);
    rw_cli_difference_clear (mending->difference);
  }
  if (done)
    mending->progress (mending->data, 1);
  else {
    add_context (mending, error);
    rw_cli_picture_explain (mending->in, error);
  }
  return done;
}
