/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave eval: damages clean pictures, restores them, tells PSNR and SSIM.
 */
#include "cli/cli.h"
#include "cli/controls.h"
#include "eval/compare.h"
#include "eval/eval-set.h"
#include "paths.h"

#include "reweave.h"
#include "train/eval/evaluate.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  JsonBuilder *json; /* images[] of the level at hand is open; or NULL */
  RwCliProgress progress;
  const RwTask *task;
  const RwEvalSettings *settings;
  char **pairs; /* clean, damaged: two; or NULL */
} Work;

static void
add_figures (const Work *work, const RwEvalImage *image)
{
  const gboolean blocks = work->settings->protocol.blocks;
  JsonBuilder *json = work->json;

  rw_cli_json_number (json, blocks ? "psnr_b" : "psnr", image->psnr);
  rw_cli_json_number (json, "ssim", image->ssim);
  rw_cli_json_number (json, blocks ? "damaged_psnr_b" : "damaged_psnr",
                      image->damaged_psnr);
  rw_cli_json_number (json, "damaged_ssim", image->damaged_ssim);
  if (image->detail > 0)
    rw_cli_json_number (json, "detail", image->detail);
  rw_cli_json_number (json, "seconds", image->seconds);
}

/* Of good pictures: how far they are from themselves, and what detail is left.
 */
static void
print_unharmed (const char *name, const RwEvalImage *image)
{
  printf ("%-28s %8.3f %8.4f %8.3f %8.2f\n", name, image->psnr, image->ssim,
          image->detail, image->seconds);
}

static void
print_figures (const char *name, const RwEvalImage *image)
{
  printf ("%-28s %8.3f %8.4f %8.3f %8.4f %8.2f\n", name, image->damaged_psnr,
          image->damaged_ssim, image->psnr, image->ssim, image->seconds);
}

/* "level", or NULL where the task has no control. */
static const char *
get_control (const Work *work)
{
  return work->task->info.n_controls > 0 ? work->task->info.controls[0].name
                                         : NULL;
}

static void
print_head (const Work *work)
{
  const RwEvalSettings *settings = work->settings;
  const char *control = get_control (work);
  const char *psnr = settings->protocol.blocks ? "PSNR-B" : "PSNR";

  if (settings->unharmed) {
    printf ("nothing is damaged\n%-28s %8s %8s %8s %8s\n", "picture", psnr,
            "SSIM", "detail", "seconds");
    return;
  }
  if (control && settings->value > 0)
    printf ("%s %g%s", control, settings->value, work->pairs ? "" : ", ");
  else if (control && work->pairs)
    printf ("%s left open", control);
  if (!work->pairs)
    printf ("seed %" G_GUINT64_FORMAT ", %s", settings->seed,
            settings->clip ? "rounded and clipped to 8 bits" : "not clipped");
  printf ("\n%-28s %17s %17s\n", "", "damaged", "restored");
  printf ("%-28s %8s %8s %8s %8s %8s\n", "picture", psnr, "SSIM", psnr, "SSIM",
          "seconds");
}

static gboolean
report (gpointer data, const RwEvalImage *image)
{
  Work *work = data;
  g_autofree char *name = g_path_get_basename (image->name);
  g_autofree char *shown = rw_cli_show (name);

  if (work->json) {
    json_builder_begin_object (work->json);
    rw_cli_json_string (work->json, "name", name);
    rw_cli_json_integer (work->json, "width", image->width);
    rw_cli_json_integer (work->json, "height", image->height);
    add_figures (work, image);
    json_builder_end_object (work->json);
  } else {
    rw_cli_progress_clear (&work->progress);
    if (image->index == 0)
      print_head (work);
    (work->settings->unharmed ? print_unharmed : print_figures) (shown, image);
    fflush (stdout);
  }
  if (rw_cli_progress_is_due (&work->progress)) {
    g_autofree char *text =
        g_strdup_printf ("%d of %d pictures", image->index + 1, image->n);
    rw_cli_progress_show (&work->progress, (image->index + 1.0) / image->n,
                          text);
  }
  return !rw_cli_is_interrupted ();
}

static gboolean
evaluate_one (Work *work,
              RwModel *model,
              const char *path,
              const RwEvalSettings *settings,
              GError **error)
{
  RwEvalImage mean;

  work->settings = settings;
  if (work->json) {
    json_builder_begin_object (work->json);
    if (get_control (work))
      rw_cli_json_number (work->json, get_control (work), settings->value);
    json_builder_set_member_name (work->json, "images");
    json_builder_begin_array (work->json);
  }
  const gboolean ok =
      work->pairs ? rw_evaluate_pairs (model, work->pairs[0], work->pairs[1],
                                       settings, report, work, &mean, error)
                  : rw_evaluate (model, work->task, path, settings, report,
                                 work, &mean, error);
  rw_cli_progress_clear (&work->progress);
  if (!ok)
    return FALSE;
  if (!work->json) {
    (settings->unharmed ? print_unharmed : print_figures) ("mean", &mean);
    return TRUE;
  }
  json_builder_end_array (work->json);
  json_builder_set_member_name (work->json, "mean");
  json_builder_begin_object (work->json);
  add_figures (work, &mean);
  json_builder_end_object (work->json);
  json_builder_end_object (work->json);
  return TRUE;
}

/* One value is the object itself, several are members of "points". */
static gboolean
evaluate_all (Work *work,
              RwModel *model,
              const char *path,
              const GArray *values,
              RwEvalSettings settings,
              GError **error)
{
  if (work->json && values->len > 1) {
    json_builder_begin_object (work->json);
    json_builder_set_member_name (work->json, "points");
    json_builder_begin_array (work->json);
  }
  for (guint i = 0; i < values->len; i++) {
    settings.value = g_array_index (values, double, i);
    if (!evaluate_one (work, model, path, &settings, error))
      return FALSE;
  }
  if (work->json && values->len > 1) {
    json_builder_end_array (work->json);
    json_builder_end_object (work->json);
  }
  if (work->json)
    rw_cli_json_print (work->json, TRUE);
  return TRUE;
}

/* Which of its several uses is meant. */
static gboolean
check_uses (char **pairs,
            const char *reference,
            const char *pca,
            const char *path,
            GError **error)
{
  if ((pairs != NULL) + (reference != NULL) + (pca != NULL) > 1)
    return rw_cli_usage (error,
                         "--pairs, --reference, --pca: found more than one, "
                         "expected one of them; leave the others out");
  if (pairs && pairs[2])
    return rw_cli_usage (error,
                         "--pairs: found twice, expected once; run it again "
                         "for the others");
  if ((pairs && rw_cli_is_same_file (pairs[0], pairs[1])) ||
      (reference && rw_cli_is_same_file (reference, path)))
    return rw_cli_usage (error,
                         "%s: found %s twice, expected what is clean and "
                         "what is to be compared with it; name two",
                         pairs ? "--pairs" : "--reference",
                         pairs ? pairs[0] : path);
  return TRUE;
}

/* The task of that name, or that which the weights are for: then they are
 * loaded.  Without either it is denoise. */
static const RwTask *
find_task (const char *name,
           const char *weights,
           RwWeights **loaded,
           GError **error)
{
  if (name || !weights)
    return rw_cli_task (name, error);
  *loaded = rw_weights_load_named (weights, error);
  if (!*loaded)
    return NULL;
  const RwTask *task = rw_task_find ((*loaded)->task, error);
  if (!task)
    g_prefix_error (error, "%s: ", weights);
  return task;
}

/* Batches and --pca are measured as the task is validated. */
static gboolean
eval_set (const char *task_name,
          const char *weights,
          const char *path,
          const char *pca,
          const char *repeats,
          const char *turns,
          const RwCliControls *controls,
          gboolean as_json,
          GError **error)
{
  g_autoptr (RwWeights) loaded = NULL;
  const RwTask *task = find_task (task_name, weights, &loaded, error);
  g_autoptr (GArray) values =
      task ? rw_cli_controls_get_list (controls, task, error) : NULL;

  if (!values)
    return FALSE;
  if (values->len > 0)
    return rw_cli_usage (error,
                         "--%s: found for batches or --pca, which are "
                         "measured at the task's own; leave it out",
                         task->info.controls[0].name);
  if (repeats || turns)
    return rw_cli_usage (error,
                         "%s: found for batches or --pca, which are measured "
                         "as trained; leave it out",
                         repeats ? "--repeats" : "--turns");
  if (!loaded) {
    const char *name = rw_task_get_weights (task, weights);
    loaded = rw_weights_load_named (name, error);
    if (!loaded ||
        !rw_weights_check_task (loaded, name, task->info.name, error))
      return FALSE;
  }
  return rw_cli_eval_set (task, loaded, path, pca, as_json, error);
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *weights = NULL, *task_name = NULL, *seed = NULL,
                  *reference = NULL, *threads = NULL, *pca = NULL,
                  *repeats = NULL, *turns = NULL, *border = NULL,
                  *unused = NULL;
  g_auto (GStrv) pairs = NULL;
  g_autoptr (RwCliControls) controls = rw_cli_controls_new ();
  gboolean as_json = FALSE;
  RwEvalSettings settings = { 0 };
  gint64 seed_value = 0, border_value = 0;
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &weights,
      "Weight file, or a name like denoise-m (default: the task's own)",
      "FILE" },
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_name,
      "What the damage is (default: what the weights are for, or denoise)",
      "TASK" },
    { "tell", 0, 0, G_OPTION_ARG_NONE, &settings.tell,
      "Tell the true value where it would be measured", NULL },
    { "blind", 0, 0, G_OPTION_ARG_NONE, &settings.blind,
      "Tell nothing to a net that works without", NULL },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &seed, "Of the damage (default 0)",
      "N" },
    { "clean", 0, 0, G_OPTION_ARG_NONE, &settings.unharmed,
      "Damage nothing: what does the model do to good pictures?", NULL },
    { "clip", 0, 0, G_OPTION_ARG_NONE, &settings.clip,
      "Round and clip the damaged picture to 8 bits, as a file would", NULL },
    { "grey", 0, 0, G_OPTION_ARG_NONE, &settings.protocol.grey,
      "Make the pictures grey before, as tables of JPEG filters do", NULL },
    { "luma", 0, 0, G_OPTION_ARG_NONE, &settings.protocol.luma,
      "Compare only luma, as tables of enlarging do", NULL },
    { "psnr-b", 0, 0, G_OPTION_ARG_NONE, &settings.protocol.blocks,
      "Tell PSNR-B, to which steps at edges of 8 x 8 blocks count more",
      NULL },
    { "border", 0, 0, G_OPTION_ARG_STRING, &border,
      "Pixels at the edges that are not compared (default 0)", "N" },
    { "reference", 0, 0, G_OPTION_ARG_FILENAME, &reference,
      "Only compare the picture or folder with this clean one", "PATH" },
    { "pairs", 0, 0, G_OPTION_ARG_FILENAME, &unused,
      "Restore DAMAGED and compare it with CLEAN, instead of FOLDER",
      "CLEAN DAMAGED" },
    { "pca", 0, 0, G_OPTION_ARG_FILENAME, &pca,
      "Beside a net with a bottleneck: PCA with as many values, fitted to "
      "this",
      "FOLDER" },
    { "repeats", 0, 0, G_OPTION_ARG_STRING, &repeats,
      "Rounds of a recurrent net (default: as trained)", "N" },
    { "turns", 0, 0, G_OPTION_ARG_STRING, &turns,
      "Mean over 2, 4 or 8 orientations, as in apply", "N" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &threads,
      "Default: one for each processor", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json,
      "Tell it as JSON on standard output", NULL },
    { NULL }
  };

  if (!rw_cli_take_pairs ("--pairs", &pairs, &argc, argv, error))
    return FALSE;
  const int n_paths = pairs ? 0 : 1;
  if (!rw_cli_parse_with (&rw_cli_eval, entries,
                          rw_cli_controls_get_entries (controls), &argc, &argv,
                          n_paths, n_paths, error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_integer ("--seed", seed, 0, G_MAXINT64, &seed_value, error) ||
      !rw_cli_integer ("--border", border, 0, 1000, &border_value, error) ||
      !check_uses (pairs, reference, pca, argv[1], error))
    return FALSE;
  if (reference)
    return rw_cli_compare_all (reference, argv[1], as_json, error);
  settings.seed = (guint64) seed_value;
  settings.protocol.border = (int) border_value;
  g_autofree char *found = rw_cli_weights (weights);
  if (!pairs && rw_cli_eval_is_set (argv[1], pca))
    return eval_set (task_name, found, argv[1], pca, repeats, turns, controls,
                     as_json, error);
  g_autoptr (RwModel) model =
      rw_cli_load_model (task_name, found, repeats, turns, error);
  if (!model)
    return FALSE;
  const RwTask *task = rw_task_get (rw_model_get_task (model));
  g_autoptr (GArray) values = rw_cli_controls_get_list (controls, task, error);
  if (!values)
    return FALSE;
  if (values->len == 0) {
    const double first = task->eval != NULL && !pairs ? task->eval[0] : 0;
    g_array_append_val (values, first);
  }
  g_autoptr (JsonBuilder) json = as_json ? json_builder_new () : NULL;
  Work work = { .json = json, .task = task, .pairs = pairs };
  rw_cli_catch_interrupt ();
  rw_cli_progress_begin (&work.progress, as_json);
  return evaluate_all (&work, model, argv[1], values, settings, error);
}

const RwCliCommand rw_cli_eval = {
  .name = "eval",
  .arguments = "FOLDER",
  .summary = "measures a weight file on clean pictures",
  .text =
      "Reads PNG, JPEG, TIFF and WebP; values are compared as the sRGB curve "
      "codes them,\nwhatever curve a profile has, and primaries are left "
      "alone.\n\n"
      "Damages each clean picture of FOLDER (or one picture), restores it "
      "and compares\nover all colour channels after clamping to 0..1. "
      "Noise is neither clipped nor\nrounded unless --clip is given; "
      "picture number i, by path from 0, has noise that\ndepends only on the "
      "seed and i. Luma, for --grey and --luma, is that of ITU-R "
      "BT.601 with values\n16 to 235. With several values, the JSON has a "
      "list "
      "\"points\".\nWith --pairs nothing is damaged: partners have the "
      "same path below their folders but\nfor the ending. A batch file "
      "of CIFAR-10 (.bin), or a folder with --pca, goes through\nthe net "
      "picture by picture, whole, as in training; mean square errors are "
      "told.\n\n"
      "Examples:\n"
      "  reweave eval --task white-noise --level 15,25,50 pictures/\n"
      "  reweave eval -w mine.safetensors --json pictures/\n"
      "  reweave eval --reference clean.png mended.png\n"
      "  reweave eval -w mine.safetensors --pairs clean/ damaged/\n"
      "  reweave eval -w mine.safetensors --task reconstruct "
      "--pca cifar/ cifar/test_batch.bin\n",
  .run = run,
};
