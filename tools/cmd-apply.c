/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave apply: mends pictures, one to a file or many into a folder.
 */
#include "apply-picture.h"
#include "cli.h"
#include "paths.h"

#include "reweave.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  RwModel *model;
  RwSettings settings;
  gint64 quality;
  gboolean json;
  RwCliProgress progress;
  JsonBuilder *report; /* the array of pictures, open; NULL without --json */
} Work;

/* One picture on its way through. */
typedef struct {
  const RwCliPicture *from;
  RwCliPicture *to;
  Work *work;
  double n_pixels;
  const char *name;
  int number, n_pictures;
  gint64 start_us;
} Passage;

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

static void
show_progress (Passage *passage, double fraction)
{
  const double spent = (g_get_monotonic_time () - passage->start_us) / 1e6;
  const double pixels = passage->n_pixels * fraction;
  g_autofree char *left =
      rw_cli_format_time (spent * (1 - fraction) / fraction);
  g_autofree char *text = g_strdup_printf (
      "%s (%d of %d)  %.1f Mpx/s  %s left", passage->name, passage->number,
      passage->n_pictures, pixels / spent / 1e6, left);
  rw_cli_progress_show (&passage->work->progress, fraction, text);
}

static gboolean
progress (gpointer data, double fraction)
{
  Passage *passage = data;

  if (fraction > 0 && rw_cli_progress_is_due (&passage->work->progress))
    show_progress (passage, fraction);
  return !rw_cli_is_interrupted ();
}

static void
report (const Passage *passage,
        const char *in,
        const char *out,
        const RwSettings *settings)
{
  Work *work = passage->work;
  const double seconds = (g_get_monotonic_time () - passage->start_us) / 1e6;
  const double pixels = passage->n_pixels;

  if (!work->report) {
    printf ("%s: level %.1f, %.2f s, %.1f Mpx/s\n", out, settings->level,
            seconds, pixels / seconds / 1e6);
    return;
  }
  json_builder_begin_object (work->report);
  rw_cli_json_string (work->report, "in", in);
  rw_cli_json_string (work->report, "out", out);
  rw_cli_json_number (work->report, "level", settings->level);
  rw_cli_json_number (work->report, "seconds", seconds);
  rw_cli_json_number (work->report, "mpix_per_s", pixels / seconds / 1e6);
  json_builder_end_object (work->report);
}

/* At strength 0 nothing is written: @to is a copy already, and a way through
 * another colour coding would not be exact. */
static gboolean
restore (Passage *passage, RwSettings *settings, GError **error)
{
  const Work *work = passage->work;
  const RwRect whole = rw_cli_picture_get_bounds (passage->from);
  const RwJob job = { .bounds = whole,
                      .roi = whole,
                      .read = read_pixels,
                      .write = write_pixels,
                      .progress = progress,
                      .data = passage };

  settings->grey = rw_cli_picture_is_grey (passage->from);
  if (settings->level == RW_LEVEL_AUTO &&
      !rw_job_estimate_level (work->model, &job, &settings->level, error))
    return FALSE;
  return settings->strength == 0 ||
         rw_restore (work->model, settings, &job, error);
}

static gboolean
mend (Work *work,
      const char *in,
      const char *out,
      int number,
      int n_pictures,
      GError **error)
{
  g_autoptr (RwCliPicture) from = rw_cli_picture_load (in, error);

  if (!from)
    return FALSE;
  g_autoptr (RwCliPicture) to = rw_cli_picture_copy (from, error);
  if (!to)
    return FALSE;

  g_autofree char *name = g_path_get_basename (in);
  const RwRect whole = rw_cli_picture_get_bounds (from);
  RwSettings settings = work->settings;
  Passage passage = { .from = from,
                      .to = to,
                      .work = work,
                      .n_pixels = (double) whole.width * whole.height,
                      .name = name,
                      .number = number,
                      .n_pictures = n_pictures,
                      .start_us = g_get_monotonic_time () };

  const gboolean ok = restore (&passage, &settings, error);
  rw_cli_progress_clear (&work->progress);
  if (!ok) {
    g_prefix_error (error, "%s: ", in);
    return FALSE;
  }
  if (!rw_cli_picture_save (to, out, (int) work->quality, error))
    return FALSE;
  report (&passage, in, out, &settings);
  return TRUE;
}

/* Mends one after the other; a picture that fails is told and does not stop
 * the others.  FALSE without error when one failed. */
static gboolean
mend_all (Work *work, GPtrArray *pairs, GError **error)
{
  guint n_done = 0;

  for (guint i = 0; i < pairs->len; i++) {
    const RwCliPair *pair = g_ptr_array_index (pairs, i);
    g_autoptr (GError) failure = NULL;

    if (rw_cli_is_interrupted () ||
        (!mend (work, pair->in, pair->out, i + 1, pairs->len, &failure) &&
         g_error_matches (failure, RW_ERROR, RW_ERROR_CANCELLED))) {
      g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                   "%s: stopped before it was written, %u of %u pictures are "
                   "done; run the same command again",
                   pair->out, n_done, pairs->len);
      return FALSE;
    }
    if (failure)
      rw_cli_print_error (failure->message);
    else
      n_done++;
  }
  return n_done == pairs->len;
}

static gboolean
parse_settings (Work *work,
                const RwTask *task,
                const char *level,
                const char *strength,
                const char *quality,
                GError **error)
{
  work->settings.strength = 1;
  work->settings.level = RW_LEVEL_AUTO;
  work->quality = 92;
  if (level && strcmp (level, "auto") != 0) {
    if (!rw_cli_number ("--level", level, 0, task->level_max,
                        &work->settings.level, error))
      return FALSE;
    if (work->settings.level == 0)
      return rw_cli_usage (error,
                           "--level: found '%s', expected auto or a number "
                           "above 0, up to %g",
                           level, task->level_max);
  }
  return rw_cli_number ("--strength", strength, 0, 1, &work->settings.strength,
                        error) &&
         rw_cli_integer ("--quality", quality, 1, 100, &work->quality, error);
}

static gboolean
mend_arguments (Work *work, int argc, char **argv, GError **error)
{
  g_autoptr (GPtrArray) pairs =
      rw_cli_pair_paths (argc, argv, rw_cli_picture_get_read (),
                         rw_cli_picture_get_written (), error);

  if (!pairs)
    return FALSE;
  if (work->json) {
    work->report = json_builder_new ();
    json_builder_begin_object (work->report);
    json_builder_set_member_name (work->report, "images");
    json_builder_begin_array (work->report);
  }
  rw_cli_catch_interrupt ();
  rw_cli_progress_begin (&work->progress, work->json);
  const gboolean ok = mend_all (work, pairs, error);
  rw_cli_picture_finish ();
  if (work->report) {
    json_builder_end_array (work->report);
    json_builder_end_object (work->report);
    rw_cli_json_print (work->report, TRUE);
    g_object_unref (work->report);
  }
  return ok;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *weights = NULL, *task_name = NULL, *level = NULL,
                  *strength = NULL, *quality = NULL, *threads = NULL;
  Work work = { 0 };
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &weights,
      "Weight file, or a name like denoise-s (default: the task's own)",
      "FILE" },
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_name,
      "What to undo (default denoise)", "TASK" },
    { "level", 0, 0, G_OPTION_ARG_STRING, &level,
      "How much damage there is, or auto: measured (default)", "LEVEL" },
    { "strength", 0, 0, G_OPTION_ARG_STRING, &strength,
      "0 leaves the picture, 1 mends fully (default)", "0..1" },
    { "quality", 0, 0, G_OPTION_ARG_STRING, &quality,
      "Of JPEG and WebP files written (default 92)", "1..100" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &threads,
      "Default: one for each processor", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &work.json,
      "Report as JSON on standard output", NULL },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_apply, entries, &argc, &argv, 2, -1, error) ||
      !rw_cli_threads (threads, error))
    return FALSE;
  const RwTask *task = rw_cli_task (task_name, error);
  if (!task || !parse_settings (&work, task, level, strength, quality, error))
    return FALSE;
  g_autofree char *found = rw_cli_weights (weights);
  g_autoptr (RwModel) model = rw_model_load (task->name, found, error);
  if (!model)
    return FALSE;
  work.model = model;
  return mend_arguments (&work, argc - 1, argv + 1, error);
}

#ifdef RW_HAVE_GEGL
#define MORE_FORMATS                                                          \
  ", and through GEGL TIFF, WebP and\nEXR; camera raw files are read, in a "  \
  "folder they become .tif"
#else
#define MORE_FORMATS ""
#endif

const RwCliCommand rw_cli_apply = {
  .name = "apply",
  .arguments = "IN… OUT",
  .summary = "mends pictures with a weight file",
  .text =
      "Reads and writes PNG (8 and 16 bit) and JPEG" MORE_FORMATS
      ".\nDepth, colour profile and alpha are kept as far as the format has "
      "them. With several\ninputs, or a folder among them, OUT is a folder "
      "and the files keep their names.\n\n"
      "Examples:\n"
      "  reweave apply noisy.png clean.png\n"
      "  reweave apply --level 25 --strength 0.8 noisy.jpg clean.jpg\n"
      "  reweave apply -w mine.safetensors holiday/ mended/\n",
  .run = run,
};
