/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave apply: mends pictures, one to a file or many into a folder.
 */
#include "apply/apply-memory.h"
#include "apply/apply-report.h"
#include "apply/apply-mend.h"
#include "apply/apply-picture.h"
#include "apply/apply-spool.h"
#include "cli/cli.h"
#include "cli/controls.h"
#include "paths.h"

#include "reweave.h"
#include "io/rows.h"
#include "io/temporary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  RwModel *model;
  const RwField *control; /* the task's first, if the model is told it */
  RwSettings settings;
  char *mask; /* the file's name, or NULL */
  gint64 quality;
  gsize memory; /* bytes; 0: no cap */
  gboolean json;
  RwCliDifference difference; /* path NULL: not wanted */
  gboolean skip_existing, no_clobber;
  RwCliPairing pairing;
  /* files that stand for standard input and output; or NULL */
  const char *from_stdin, *to_stdout;
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

/* @text for people: without the names of files that only stand for "-".
 * (transfer full) */
static char *
name_streams (const Work *work, const char *text)
{
  g_autofree char *half =
      rw_cli_spool_rename (text, work->from_stdin, "standard input");

  return rw_cli_spool_rename (half, work->to_stdout, "standard output");
}

/* What the net was told, or NAN if nothing. */
static double
get_told (const RwCliMending *mending)
{
  const RwSettings *settings = &mending->settings;

  return settings->n_values > 0 ? settings->values[0].value : NAN;
}

static void
put_paths (const Work *work, const char *in, const char *out)
{
  g_autofree char *in_name = name_streams (work, in);
  g_autofree char *out_name = name_streams (work, out);

  rw_cli_json_string (work->report, "in", in_name);
  rw_cli_json_string (work->report, "out", out_name);
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
    g_autofree char *found = rw_cli_tell_found (mending->found);
    g_autofree char *name = name_streams (passage->work, mending->out);
    g_autofree char *out = rw_cli_show (name);
    fprintf (passage->work->to_stdout ? stderr : stdout,
             "%s: %s%s%.2f s, %.1f Mpx/s\n", out, setting ? setting : "",
             found, seconds, speed);
    if (mending->difference)
      rw_cli_tell_difference (mending->difference, NULL,
                              passage->work->to_stdout ? stderr : stdout);
    return;
  }
  json_builder_begin_object (json);
  put_paths (passage->work, mending->in, mending->out);
  if (control)
    rw_cli_json_number (json, control->name, told);
  if (!isnan (mending->found))
    rw_cli_json_number (json, "found", mending->found);
  rw_cli_json_number (json, "seconds", seconds);
  rw_cli_json_number (json, "mpix_per_s", speed);
  if (mending->difference)
    rw_cli_tell_difference (mending->difference, json, NULL);
  json_builder_set_member_name (json, "notes");
  json_builder_begin_array (json);
  for (guint i = 0; i < mending->notes->len; i++)
    json_builder_add_string_value (json,
                                   g_ptr_array_index (mending->notes, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
}

/* A picture that failed, in the list of --json. */
static void
report_failure (const Work *work, const RwCliPair *pair, const char *message)
{
  if (!work->report)
    return;
  json_builder_begin_object (work->report);
  put_paths (work, pair->in, pair->out);
  rw_cli_json_string (work->report, "error", message);
  json_builder_end_object (work->report);
}

static gboolean
mend (Work *work,
      const RwCliPair *pair,
      int number,
      int n_pictures,
      GError **error)
{
  g_autofree char *from = name_streams (work, pair->in);
  g_autofree char *name = g_path_get_basename (from);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  Passage passage = { .mending = { .model = work->model,
                                   .settings = work->settings,
                                   .in = pair->in,
                                   .out = pair->out,
                                   .mask = work->mask,
                                   .found = NAN,
                                   .quality = (int) work->quality,
                                   .memory = work->memory,
                                   .difference = work->difference.path
                                                     ? &work->difference
                                                     : NULL,
                                   .notes = notes,
                                   .progress = progress,
                                   .data = &passage },
                      .work = work,
                      .name = name,
                      .number = number,
                      .n_pictures = n_pictures,
                      .start_us = g_get_monotonic_time () };

  const gboolean done = rw_cli_mend (&passage.mending, error);
  rw_cli_progress_clear (&work->progress);
  if (done) {
    g_autofree char *out = name_streams (work, pair->out);
    rw_cli_print_notes (out, notes);
    report (&passage);
  }
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

    if (!rw_cli_is_interrupted () &&
        rw_cli_is_in_the_way (pair->out, work->skip_existing, work->no_clobber,
                              &failure) &&
        !failure) {
      n_done++;
      continue;
    }
    if (rw_cli_is_interrupted () ||
        (!failure && !mend (work, pair, i + 1, pairs->len, &failure) &&
         g_error_matches (failure, RW_ERROR, RW_ERROR_CANCELLED))) {
      g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                   "%s: stopped before it was written, %u of %u pictures are "
                   "done; run the same command again",
                   pair->out, n_done, pairs->len);
      return FALSE;
    }
    if (failure) {
      g_autofree char *message = name_streams (work, failure->message);
      rw_cli_print_error (message);
      report_failure (work, pair, message);
    } else
      n_done++;
  }
  return n_done == pairs->len;
}

static gboolean
mend_arguments (Work *work, int argc, char **argv, GError **error)
{
  g_autoptr (GPtrArray) pairs =
      rw_cli_pair_paths (argc, argv, rw_cli_picture_get_read (),
                         rw_cli_picture_get_written (), &work->pairing, error);

  if (!pairs ||
      !rw_cli_check_difference (work->model, &work->difference, pairs, error))
    return FALSE;
  if (work->pairing.dry_run) {
    for (guint i = 0; i < pairs->len; i++) {
      const RwCliPair *pair = g_ptr_array_index (pairs, i);
      g_autofree char *in = rw_cli_show (pair->in);
      g_autofree char *out = rw_cli_show (pair->out);
      printf ("%s -> %s\n", in, out);
    }
    return TRUE;
  }
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

/* ---- standard input and output ----------------------------------------- */

/* "-" is one picture of standard input, or a PNG to standard output. */
static gboolean
mend_streams (Work *work, int argc, char **argv, GError **error)
{
  rw_cli_catch_interrupt ();
  const gboolean in = strcmp (argv[0], "-") == 0;
  const gboolean out =
      argc == 2 && !work->pairing.folder && strcmp (argv[1], "-") == 0;
  g_autofree char *from = in ? rw_cli_spool_new (error) : NULL;
  g_autofree char *to = out && (!in || from) ? rw_cli_spool_new (error) : NULL;
  char *arguments[] = { in ? from : argv[0], out ? to : argv[argc - 1], NULL };
  gboolean ok = (!in || from) && (!out || to);

  if (ok && argc != 2)
    ok = rw_cli_usage (error,
                       "-: found %d paths, expected IN and OUT; mend "
                       "one picture so",
                       argc);
  if (ok && out && work->json)
    ok = rw_cli_usage (error, "--json: found with a picture to standard "
                              "output, expected one of both; name a file for "
                              "the picture");
  if (ok && in)
    ok = rw_cli_spool_read (from, error);
  work->from_stdin = from;
  work->to_stdout = to;
  if (ok)
    ok = mend_arguments (work, 2, arguments, error);
  if (ok && out)
    ok = rw_cli_spool_print (to, error);
  if (from)
    rw_temporary_remove (from);
  if (to)
    rw_temporary_remove (to);
  if (!ok && error && *error) {
    g_autofree char *message = name_streams (work, (*error)->message);
    g_clear_pointer (&(*error)->message, g_free);
    (*error)->message = g_steal_pointer (&message);
  }
  work->from_stdin = work->to_stdout = NULL;
  return ok;
}

static gboolean
names_stream (int argc, char **argv)
{
  for (int i = 0; i < argc; i++)
    if (strcmp (argv[i], "-") == 0)
      return TRUE;
  return FALSE;
}

static gboolean
mend_all_arguments (Work *work, int argc, char **argv, GError **error)
{
  return names_stream (argc, argv) ? mend_streams (work, argc, argv, error)
                                   : mend_arguments (work, argc, argv, error);
}

/* Before any picture is read, and whatever the strength. */
static gboolean
check_values (const RwModel *model, const GArray *values, GError **error)
{
  for (guint i = 0; i < values->len; i++) {
    const char *name = g_array_index (values, RwValue, i).name;
    if (!rw_model_uses (model, name)) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "--%s: these weights of \"%s\" are not told any; leave it "
                   "out",
                   name, rw_model_get_task (model)->name);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *weights = NULL, *task_name = NULL, *strength = NULL,
                  *grain = NULL, *quality = NULL, *memory = NULL,
                  *scratches = NULL, *threads = NULL, *repeats = NULL,
                  *turns = NULL, *folder = NULL, *format = NULL;
  g_autofree char *mask = NULL, *difference = NULL, *amplify = NULL;
  g_autoptr (RwCliControls) controls = rw_cli_controls_new ();
  Work work = { .settings.strength = 1,
                .quality = 92,
                .difference.amplification = 10 };
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &weights,
      "Weight file, or a name like denoise-m (default: the task's own)",
      "FILE" },
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_name,
      "What to undo (default: what the weights are for, or denoise)", "TASK" },
    { "strength", 0, 0, G_OPTION_ARG_STRING, &strength,
      "0 leaves the picture, 1 mends fully (default)", "0..1" },
    { "mask", 0, 0, G_OPTION_ARG_FILENAME, &mask,
      "White where inpaint is to make the picture up (default: what is found)",
      "FILE" },
    { "grain", 0, 0, G_OPTION_ARG_STRING, &grain,
      "Share of the grain that stays; 1: only colours are mended (default 0)",
      "0..1" },
    { "scratches", 0, 0, G_OPTION_ARG_STRING, &scratches,
      "How readily they are found; 0: not (default: restore 0, else 0.5)",
      "0..1" },
    { "difference", 0, 0, G_OPTION_ARG_FILENAME, &difference,
      "PNG of what was changed, amplified around grey", "FILE" },
    { "amplify", 0, 0, G_OPTION_ARG_STRING, &amplify,
      "How much --difference is (default 10)", "1..1000" },
    { "save-quality", 0, 0, G_OPTION_ARG_STRING, &quality,
      "Of JPEG and WebP files written (default 92)", "1..100" },
    { "memory", 0, 0, G_OPTION_ARG_STRING, &memory,
      "What pixels and engine may take at most: 512M, 2G", "CAP" },
    { "repeats", 0, 0, G_OPTION_ARG_STRING, &repeats,
      "Rounds of a recurrent net (default: as trained)", "N" },
    { "turns", 0, 0, G_OPTION_ARG_STRING, &turns,
      "Mean over 2, 4 or 8 orientations of the picture: better, slower", "N" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &threads,
      "Default: one for each processor", "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &folder,
      "Folder for what is mended; all paths are inputs then", "DIR" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format,
      "Of files in a folder: png, jpeg, tiff or webp (default: as they were)",
      "FORMAT" },
    { "skip-existing", 0, 0, G_OPTION_ARG_NONE, &work.skip_existing,
      "Leave out pictures whose output is there", NULL },
    { "no-clobber", 0, 0, G_OPTION_ARG_NONE, &work.no_clobber,
      "An output that is there is an error", NULL },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &work.pairing.dry_run,
      "Print what would be read and written", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &work.json,
      "Report as JSON on standard output", NULL },
    { NULL }
  };

  if (!rw_cli_parse_with (&rw_cli_apply, entries,
                          rw_cli_controls_get_entries (controls), &argc, &argv,
                          1, -1, error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_bytes ("--memory", memory, &work.memory, error) ||
      !rw_cli_number ("--strength", strength, 0, 1, &work.settings.strength,
                      error) ||
      !rw_cli_number ("--grain", grain, 0, 1, &work.settings.grain, error) ||
      !rw_cli_number ("--scratches", scratches, 0, 1, &work.settings.marks,
                      error) ||
      !rw_cli_number ("--amplify", amplify, 1, 1000,
                      &work.difference.amplification, error) ||
      !rw_cli_integer ("--save-quality", quality, 1, 100, &work.quality,
                       error))
    return FALSE;
  work.difference.path = difference;
  work.pairing.folder = folder;
  work.pairing.format = format;
  if (folder && rw_cli_has_ending (folder, rw_row_endings) &&
      !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return rw_cli_usage (error,
                         "--output: found %s, expected a folder; give a file "
                         "as the last path: IN OUT",
                         folder);
  if (!folder && argc < 3)
    return rw_cli_usage (error,
                         "found %d paths, expected IN and OUT; name "
                         "both, or a folder with -o",
                         argc - 1);
  g_autofree char *found = rw_cli_weights (weights);
  g_autoptr (RwModel) model =
      rw_cli_load_model (task_name, found, repeats, turns, error);
  if (!model)
    return FALSE;
  const RwTaskInfo *info = rw_model_get_task (model);
  if (!rw_cli_check_mask (info, mask, error) ||
      !rw_cli_check_finding (info, scratches != NULL, mask, &work.settings,
                             error))
    return FALSE;
  if (scratches == NULL)
    work.settings.marks = info->finds ? 0.5 : info->marks;
  work.mask = mask;
  g_autoptr (GArray) values =
      rw_cli_controls_get_values (controls, rw_task_get (info), error);
  if (!values || !check_values (model, values, error))
    return FALSE;
  work.settings.values = (const RwValue *) values->data;
  work.settings.n_values = (int) values->len;
  if (info->n_controls > 0 && rw_model_uses (model, info->controls[0].name))
    work.control = &info->controls[0];
  work.model = model;
  return mend_all_arguments (&work, argc - 1, argv + 1, error);
}

#ifdef RW_HAVE_GEGL
#define MORE_FORMATS                                                          \
  ", and through GEGL EXR;\ncamera raw files are read, in a "                 \
  "folder they become .tif"
#else
#define MORE_FORMATS ""
#endif

const RwCliCommand rw_cli_apply = {
  .name = "apply",
  .arguments = "IN… OUT",
  .summary = "mends pictures with a weight file",
  .text =
      "Reads and writes PNG (8 and 16 bit), JPEG, TIFF and WebP" MORE_FORMATS
      ".\nDepth, colour profile, alpha, orientation and metadata are kept as "
      "far as the format\nhas them; a line on standard error, and \"notes\" "
      "of --json, say what it has not. With\nseveral inputs, or a folder "
      "among them, OUT is a folder and the files keep their\nnames. "
      "\"-\" is standard input, or output as PNG.\n\n"
      "PNG, JPEG and TIFF go through row by row, whatever their size. Held "
      "in memory as a\nwhole, in their own depth, are interlaced PNG, WebP, "
      "the coefficients of progressive\nJPEG, and what GEGL reads or writes. "
      "A JPEG above 256\nMiB of coefficients (44 "
      "megapixels) is written with the standard Huffman tables,\nsome percent "
      "larger. --memory is for the rows, the file's coding and the engine "
      "together; what\nGEGL itself takes is not in it.\n\n"
      "Examples:\n"
      "  reweave apply noisy.png clean.png\n"
      "  reweave apply --level 8 --strength 0.8 noisy.jpg clean.jpg\n"
      "  reweave apply --difference changed.png noisy.png clean.png\n"
      "  reweave apply -w restore-m --scratches 0.8 print.tif restored.tif\n"
      "  reweave apply -w mine.safetensors holiday/ mended/\n",
  .run = run,
};
