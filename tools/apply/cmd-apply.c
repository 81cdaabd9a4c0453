/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave apply: mends pictures, one to a file or many into a folder.
 */
#include "apply/apply-memory.h"
#include "apply/apply-mend.h"
#include "apply/apply-picture.h"
#include "cli/cli.h"
#include "cli/controls.h"
#include "paths.h"

#include "reweave.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  RwModel *model;
  const RwField *control; /* the task's first, if the model is told it */
  RwSettings settings;
  gint64 quality;
  gsize memory; /* bytes; 0: no cap */
  gboolean json;
  RwCliProgress progress;
  JsonBuilder *report; /* the array of pictures, open; NULL without --json */
} Work;

/* One picture on its way through. */
typedef struct {
  RwCliMending mending;
  Work *work;
  const char *name;
  int number, n_pictures;
  gint64 start_us;
} Passage;

static void
show_progress (Passage *passage, double fraction)
{
  const double spent = (g_get_monotonic_time () - passage->start_us) / 1e6;
  const double pixels = passage->mending.n_pixels * fraction;
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

  if (fraction > 0 && (rw_cli_progress_is_due (&passage->work->progress) ||
                       (fraction == 1 && passage->work->progress.drawn)))
    show_progress (passage, fraction);
  return !rw_cli_is_interrupted ();
}

/* What the net was told, or NAN if nothing. */
static double
get_told (const RwCliMending *mending)
{
  const RwSettings *settings = &mending->settings;

  return settings->n_values > 0 ? settings->values[0].value : NAN;
}

static void
report (const Passage *passage)
{
  const RwCliMending *mending = &passage->mending;
  const RwField *control = passage->work->control;
  JsonBuilder *json = passage->work->report;
  const double told = get_told (mending);
  const double seconds = (g_get_monotonic_time () - passage->start_us) / 1e6;
  const double speed = mending->n_pixels / seconds / 1e6;

  if (!json) {
    g_autofree char *setting =
        isnan (told) ? NULL
                     : g_strdup_printf ("%s %.*f, ", control->name,
                                        control->digits, told);
    printf ("%s: %s%.2f s, %.1f Mpx/s\n", mending->out,
            setting ? setting : "", seconds, speed);
    return;
  }
  json_builder_begin_object (json);
  rw_cli_json_string (json, "in", mending->in);
  rw_cli_json_string (json, "out", mending->out);
  if (control)
    rw_cli_json_number (json, control->name, told);
  rw_cli_json_number (json, "seconds", seconds);
  rw_cli_json_number (json, "mpix_per_s", speed);
  json_builder_end_object (json);
}

static gboolean
mend (Work *work,
      const RwCliPair *pair,
      int number,
      int n_pictures,
      GError **error)
{
  g_autofree char *name = g_path_get_basename (pair->in);
  Passage passage = { .mending = { .model = work->model,
                                   .settings = work->settings,
                                   .in = pair->in,
                                   .out = pair->out,
                                   .quality = (int) work->quality,
                                   .memory = work->memory,
                                   .progress = progress,
                                   .data = &passage },
                      .work = work,
                      .name = name,
                      .number = number,
                      .n_pictures = n_pictures,
                      .start_us = g_get_monotonic_time () };

  const gboolean done = rw_cli_mend (&passage.mending, error);
  rw_cli_progress_clear (&work->progress);
  if (done)
    report (&passage);
  return done;
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
        (!mend (work, pair, i + 1, pairs->len, &failure) &&
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
  rw_cache_set_budget (0); /* no block comes twice */
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
  g_autofree char *weights = NULL, *task_name = NULL, *strength = NULL,
                  *grain = NULL, *quality = NULL, *memory = NULL,
                  *threads = NULL, *repeats = NULL;
  g_autoptr (RwCliControls) controls = rw_cli_controls_new ();
  Work work = { .settings.strength = 1, .quality = 92 };
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &weights,
      "Weight file, or a name like denoise-m (default: the task's own)",
      "FILE" },
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_name,
      "What to undo (default: what the weights are for, or denoise)", "TASK" },
    { "strength", 0, 0, G_OPTION_ARG_STRING, &strength,
      "0 leaves the picture, 1 mends fully (default)", "0..1" },
    { "grain", 0, 0, G_OPTION_ARG_STRING, &grain,
      "Share of the grain that stays; 1: only colours are mended (default 0)",
      "0..1" },
    { "save-quality", 0, 0, G_OPTION_ARG_STRING, &quality,
      "Of JPEG and WebP files written (default 92)", "1..100" },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &memory,
      "What pixels and engine may take at most: 512M, 2G", "CAP" },
    { "repeats", 0, 0, G_OPTION_ARG_STRING, &repeats,
      "Rounds of a recurrent net (default: as trained)", "N" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &threads,
      "Default: one for each processor", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &work.json,
      "Report as JSON on standard output", NULL },
    { NULL }
  };

  if (!rw_cli_parse_with (&rw_cli_apply, entries,
                          rw_cli_controls_get_entries (controls), &argc, &argv,
                          2, -1, error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_bytes ("--memory", memory, &work.memory, error) ||
      !rw_cli_number ("--strength", strength, 0, 1, &work.settings.strength,
                      error) ||
      !rw_cli_number ("--grain", grain, 0, 1, &work.settings.grain, error) ||
      !rw_cli_integer ("--save-quality", quality, 1, 100, &work.quality,
                       error))
    return FALSE;
  g_autofree char *found = rw_cli_weights (weights);
  g_autoptr (RwModel) model =
      rw_cli_load_model (task_name, found, repeats, error);
  if (!model)
    return FALSE;
  const RwTaskInfo *info = rw_model_get_task (model);
  g_autoptr (GArray) values =
      rw_cli_controls_get_values (controls, rw_task_get (info), error);
  if (!values)
    return FALSE;
  work.settings.values = (const RwValue *) values->data;
  work.settings.n_values = (int) values->len;
  if (info->n_controls > 0 && rw_model_uses (model, info->controls[0].name))
    work.control = &info->controls[0];
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
      "From PNG and JPEG to PNG and JPEG pictures go through row by row, "
      "whatever their\nsize. Held in memory as a whole, in their own depth, "
      "are interlaced PNG, the\ncoefficients of progressive JPEG, and what "
      "GEGL reads or writes. A JPEG above 256\nMiB of coefficients (44 "
      "megapixels) is written with the standard Huffman tables,\nsome percent "
      "larger. --memory is for the rows, the file's coding and the engine "
      "together; what\nGEGL itself takes is not in it.\n\n"
      "Examples:\n"
      "  reweave apply noisy.png clean.png\n"
      "  reweave apply --level 8 --strength 0.8 noisy.jpg clean.jpg\n"
      "  reweave apply -w mine.safetensors holiday/ mended/\n",
  .run = run,
};
