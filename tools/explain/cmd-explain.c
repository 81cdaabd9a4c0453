/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave explain: why a net did what it did, and what its weights are like.
 */
#include "cli/cli.h"
#include "cli/controls.h"
#include "explain/explain-picture.h"
#include "explain/explain-weights.h"

#include "io/rows.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  char *weights, *task, *at, *mask, *patches, *repeats, *threads;
  gboolean json;
} Options;

static void
options_clear (Options *options)
{
  char *const texts[] = { options->weights, options->task,    options->at,
                          options->mask,    options->patches, options->repeats,
                          options->threads };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
}

/* "X,Y,W,H" */
static gboolean
parse_region (const char *text, RwRect *region, GError **error)
{
  g_auto (GStrv) words = text ? g_strsplit (text, ",", -1) : NULL;
  gint64 numbers[4] = { 0 };

  if (!text)
    return TRUE;
  if (g_strv_length (words) != 4)
    return rw_cli_usage (error,
                         "--at: found \"%s\", expected X,Y,W,H; name four "
                         "numbers of pixels",
                         text);
  for (int i = 0; i < 4; i++)
    if (!rw_cli_integer ("--at", words[i], i < 2 ? 0 : 1,
                         i < 2 ? RW_PICTURE_MAX_SIDE : RW_CLI_REGION_MAX,
                         &numbers[i], error))
      return FALSE;
  *region = (RwRect){ (int) numbers[0], (int) numbers[1], (int) numbers[2],
                      (int) numbers[3] };
  return TRUE;
}

static gboolean
check_mask (const RwModel *model, const char *mask, GError **error)
{
  const RwTaskInfo *info = rw_model_get_task (model);

  if ((info->mask == RW_MASK_NONE) == (mask == NULL))
    return TRUE;
  return rw_cli_usage (error,
                       mask ? "--mask: found for task %s, which has none; "
                              "leave it out"
                            : "--mask: found none, expected one for task %s; "
                              "name a picture that is white where this one is "
                              "to be made up",
                       info->name);
}

static gboolean
check_values (const RwModel *model, const GArray *values, GError **error)
{
  for (guint i = 0; i < values->len; i++) {
    const char *name = g_array_index (values, RwValue, i).name;
    if (!rw_model_uses (model, name))
      return rw_cli_usage (error,
                           "--%s: these weights of \"%s\" are not told any; "
                           "leave it out",
                           name, rw_model_get_task (model)->name);
  }
  return TRUE;
}

/* ---- pictures -------------------------------------------------------------- */

static gboolean
explain_picture (RwCliLook *look,
                 const Options *options,
                 const char *folder,
                 JsonBuilder *json,
                 GError **error)
{
  g_autofree char *base = g_path_get_basename (look->in);
  g_autofree char *title =
      g_strdup_printf ("What was done to %s, and why", base);

  if (!rw_cli_look (look, error))
    return FALSE;
  g_autoptr (RwCliPage) page = rw_cli_page_new (folder, title, error);
  return page &&
         rw_cli_explain_picture (look, page, json, options->patches, error) &&
         rw_cli_page_save (page, error);
}

static gboolean
run_picture (RwModel *model,
             const Options *options,
             const RwCliControls *controls,
             char **argv,
             JsonBuilder *json,
             GError **error)
{
  RwCliLook look = { .model = model,
                     .settings.strength = 1,
                     .in = argv[1],
                     .mask = options->mask };
  g_autoptr (GArray) values =
      rw_cli_controls_get_values (controls, model->task, error);

  if (!values || !check_values (model, values, error) ||
      !check_mask (model, options->mask, error) ||
      !parse_region (options->at, &look.region, error))
    return FALSE;
  look.settings.values = (const RwValue *) values->data;
  look.settings.n_values = (int) values->len;
  const gboolean ok = explain_picture (&look, options, argv[2], json, error);
  rw_cli_look_clear (&look);
  return ok;
}

/* ---- weights --------------------------------------------------------------- */

static gboolean
run_weights (const RwModel *model,
             const Options *options,
             const char *folder,
             JsonBuilder *json,
             GError **error)
{
  g_autoptr (RwCliPage) page = NULL;
  g_autofree char *title = g_strdup_printf (
      "What is in %s",
      options->weights ? options->weights : model->task->info.weights);

  if (options->at || options->mask || options->patches)
    return rw_cli_usage (error,
                         "%s: found without a picture, expected IN and "
                         "OUT_DIR; name both, or leave it out",
                         options->at     ? "--at"
                         : options->mask ? "--mask"
                                         : "--patches");
  if (folder && !(page = rw_cli_page_new (folder, title, error)))
    return FALSE;
  return rw_cli_explain_weights (model, page, json, error) &&
         (!page || rw_cli_page_save (page, error));
}

/* ---- the command ----------------------------------------------------------- */

/* Without a folder there is nothing but JSON. */
static gboolean
check_arguments (int argc, char **argv, const Options *options, GError **error)
{
  if (argc == 1 && !options->json)
    return rw_cli_usage (error, "found neither OUT_DIR nor --json, expected "
                                "one; name a folder for the page");
  if (argc == 2 && rw_row_reader_knows (argv[1]))
    return rw_cli_usage (error,
                         "%s: found a picture without OUT_DIR, expected both; "
                         "name a folder for the page, too",
                         argv[1]);
  if (argc >= 2 && g_file_test (argv[argc - 1], G_FILE_TEST_EXISTS) &&
      !g_file_test (argv[argc - 1], G_FILE_TEST_IS_DIR))
    return rw_cli_usage (error,
                         "%s: found a file, expected a folder as OUT_DIR; "
                         "name another one",
                         argv[argc - 1]);
  return TRUE;
}

static gboolean
explain (int argc,
         char **argv,
         const Options *options,
         const RwCliControls *controls,
         GError **error)
{
  if (!check_arguments (argc, argv, options, error))
    return FALSE;
  g_autofree char *found = rw_cli_weights (options->weights);
  g_autoptr (RwModel) model =
      rw_cli_load_model (options->task, found, options->repeats, NULL, error);
  g_autoptr (JsonBuilder) json = json_builder_new ();

  if (!model)
    return FALSE;
  json_builder_begin_object (json);
  if (argc > 1) {
    g_autofree char *path =
        g_build_filename (argv[argc - 1], "index.html", NULL);
    rw_cli_json_string (json, "page", path);
  }
  if (argc == 3 ? !run_picture (model, options, controls, argv, json, error)
                : !run_weights (model, options, argc == 2 ? argv[1] : NULL,
                                json, error))
    return FALSE;
  json_builder_end_object (json);
  if (options->json)
    rw_cli_json_print (json, TRUE);
  else {
    g_autofree char *shown = rw_cli_show (argv[argc - 1]);
    printf ("%s/index.html\n", shown);
  }
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  Options options = { 0 };
  g_autoptr (RwCliControls) controls = rw_cli_controls_new ();
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &options.weights,
      "Weight file, or a name like denoise-m (default: the task's own)",
      "FILE" },
    { "task", 0, 0, G_OPTION_ARG_STRING, &options.task,
      "What to undo (default: what the weights are for, or denoise)", "TASK" },
    { "at", 0, 0, G_OPTION_ARG_STRING, &options.at,
      "Region of IN to give reasons for (default: where most changed)",
      "X,Y,W,H" },
    { "patches", 0, 0, G_OPTION_ARG_FILENAME, &options.patches,
      "Show what each channel answers to in this folder's pictures",
      "FOLDER" },
    { "mask", 0, 0, G_OPTION_ARG_FILENAME, &options.mask,
      "White where the picture is to be made up, for inpaint", "FILE" },
    { "repeats", 0, 0, G_OPTION_ARG_STRING, &options.repeats,
      "Rounds of a recurrent net (default: as trained)", "N" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &options.threads,
      "Default: one for each processor", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json,
      "Tell all numbers as JSON on standard output", NULL },
    { NULL }
  };
  const gboolean ok =
      rw_cli_parse_with (&rw_cli_explain, entries,
                         rw_cli_controls_get_entries (controls), &argc, &argv,
                         0, 2, error) &&
      rw_cli_threads (options.threads, error);

  if (ok)
    rw_cli_catch_interrupt ();
  const gboolean done = ok && explain (argc, argv, &options, controls, error);

  options_clear (&options);
  return done;
}

const RwCliCommand rw_cli_explain = {
  .name = "explain",
  .arguments = "[IN] OUT_DIR",
  .summary = "shows why a net did what it did",
  .text =
      "With a picture IN: a page OUT_DIR/index.html, with pictures beside it, "
      "of what these\nweights do to a region of IN. It shows before, after "
      "and the amplified difference;\ngradient saliency; Grad-CAM; layer-wise "
      "relevance by two rules; the effective receptive\nfield; what every "
      "layer computes; and with --patches what its channels look for.\nAll "
      "is about a crop of 192 x 192 pixels or more around the region.\n\n"
      "Without IN: a page of the weights themselves: kernels of the first "
      "layer, norms, dead\nchannels, histograms, what 8 and 16 bits would "
      "change, work and time of each layer.\n\n"
      "The page needs no network. --json tells all its numbers; without "
      "OUT_DIR there is no page.\n\n"
      "Examples:\n"
      "  reweave explain noisy.png why/\n"
      "  reweave explain -w mine.safetensors --at 300,200,32,32 noisy.png "
      "why/\n"
      "  reweave explain --weights denoise-m inside/\n",
  .run = run,
};
