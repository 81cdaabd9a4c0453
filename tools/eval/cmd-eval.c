/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave eval: damages clean pictures, restores them, tells PSNR and SSIM.
 */
#include "cli/cli.h"
#include "eval/compare.h"
#include "eval/eval-set.h"

#include "reweave.h"
#include "train/eval/evaluate.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  JsonBuilder *json; /* images[] of the level at hand is open; or NULL */
  RwCliProgress progress;
  const RwEvalSettings *settings;
  char **pairs; /* clean, damaged: two; or NULL */
} Work;

static void
add_figures (JsonBuilder *json, const RwEvalImage *image)
{
  rw_cli_json_number (json, "psnr", image->psnr);
  rw_cli_json_number (json, "ssim", image->ssim);
  rw_cli_json_number (json, "damaged_psnr", image->damaged_psnr);
  rw_cli_json_number (json, "damaged_ssim", image->damaged_ssim);
  rw_cli_json_number (json, "seconds", image->seconds);
}

static void
print_figures (const char *name, const RwEvalImage *image)
{
  printf ("%-28s %8.3f %8.4f %8.3f %8.4f %8.2f\n", name, image->damaged_psnr,
          image->damaged_ssim, image->psnr, image->ssim, image->seconds);
}

static void
print_head (const Work *work)
{
  const RwEvalSettings *settings = work->settings;

  if (work->pairs && settings->level == 0)
    puts ("level as measured");
  else if (work->pairs)
    printf ("level %g\n", settings->level);
  else
    printf ("level %g, seed %" G_GUINT64_FORMAT ", %s\n", settings->level,
            settings->seed,
            settings->clip ? "rounded and clipped to 8 bits" : "not clipped");
  printf ("%-28s %17s %17s\n", "", "damaged", "restored");
  printf ("%-28s %8s %8s %8s %8s %8s\n", "picture", "PSNR", "SSIM", "PSNR",
          "SSIM", "seconds");
}

static gboolean
report (gpointer data, const RwEvalImage *image)
{
  Work *work = data;
  g_autofree char *name = g_path_get_basename (image->name);

  if (work->json) {
    json_builder_begin_object (work->json);
    rw_cli_json_string (work->json, "name", name);
    rw_cli_json_integer (work->json, "width", image->width);
    rw_cli_json_integer (work->json, "height", image->height);
    add_figures (work->json, image);
    json_builder_end_object (work->json);
  } else {
    rw_cli_progress_clear (&work->progress);
    if (image->index == 0)
      print_head (work);
    print_figures (name, image);
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
evaluate_level (Work *work,
                RwModel *model,
                const RwTask *task,
                const char *path,
                const RwEvalSettings *settings,
                GError **error)
{
  RwEvalImage mean;

  work->settings = settings;
  if (work->json) {
    json_builder_begin_object (work->json);
    rw_cli_json_number (work->json, "level", settings->level);
    json_builder_set_member_name (work->json, "images");
    json_builder_begin_array (work->json);
  }
  const gboolean ok =
      work->pairs ? rw_evaluate_pairs (model, work->pairs[0], work->pairs[1],
                                       settings, report, work, &mean, error)
                  : rw_evaluate (model, task, path, settings, report, work,
                                 &mean, error);
  rw_cli_progress_clear (&work->progress);
  if (!ok)
    return FALSE;
  if (!work->json) {
    print_figures ("mean", &mean);
    return TRUE;
  }
  json_builder_end_array (work->json);
  json_builder_set_member_name (work->json, "mean");
  json_builder_begin_object (work->json);
  add_figures (work->json, &mean);
  json_builder_end_object (work->json);
  json_builder_end_object (work->json);
  return TRUE;
}

/* One level is the object itself, several are members of "levels". */
static gboolean
evaluate_all (Work *work,
              RwModel *model,
              const RwTask *task,
              const char *path,
              const GArray *levels,
              RwEvalSettings settings,
              GError **error)
{
  if (work->json && levels->len > 1) {
    json_builder_begin_object (work->json);
    json_builder_set_member_name (work->json, "levels");
    json_builder_begin_array (work->json);
  }
  for (guint i = 0; i < levels->len; i++) {
    settings.level = g_array_index (levels, double, i);
    if (!evaluate_level (work, model, task, path, &settings, error))
      return FALSE;
  }
  if (work->json && levels->len > 1) {
    json_builder_end_array (work->json);
    json_builder_end_object (work->json);
  }
  if (work->json)
    rw_cli_json_print (work->json, TRUE);
  return TRUE;
}

/* The numbers of all --level options, each with commas between. */
static GArray *
parse_levels (char **texts,
              const RwTask *task,
              double otherwise,
              GError **error)
{
  g_autoptr (GArray) levels = g_array_new (FALSE, FALSE, sizeof (double));

  if (texts && task->level_max == 0) {
    rw_cli_usage (error,
                  "--level: found for %s, whose damage has none; leave it out",
                  task->name);
    return NULL;
  }
  for (int i = 0; texts && texts[i]; i++) {
    g_auto (GStrv) words = g_strsplit (texts[i], ",", -1);
    for (int j = 0; words[j]; j++) {
      double level = 0;
      if (!rw_cli_number ("--level", words[j], 1e-3, task->level_max, &level,
                          error))
        return NULL;
      g_array_append_val (levels, level);
    }
  }
  if (levels->len == 0)
    g_array_append_val (levels, otherwise);
  return g_steal_pointer (&levels);
}

/* Which of its several uses is meant. */
static gboolean
check_uses (char **pairs,
            const char *reference,
            const char *pca,
            char **levels,
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
  if (!pairs && levels && rw_cli_eval_is_set (path, pca))
    return rw_cli_usage (error,
                         "--level: found for batches or --pca, which are "
                         "measured at the task's own; leave it out");
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *weights = NULL, *task_name = NULL, *seed = NULL,
                  *reference = NULL, *threads = NULL, *pca = NULL,
                  *repeats = NULL, *unused = NULL;
  g_auto (GStrv) level_texts = NULL, pairs = NULL;
  gboolean as_json = FALSE;
  RwEvalSettings settings = { 0 };
  gint64 seed_value = 0;
  const GOptionEntry entries[] = {
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &weights,
      "Weight file, or a name like denoise-s (default: the task's own)",
      "FILE" },
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_name,
      "What the damage is (default denoise)", "TASK" },
    { "level", 0, 0, G_OPTION_ARG_STRING_ARRAY, &level_texts,
      "How much damage; may be given several times or as 15,25,50", "LEVEL" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &seed, "Of the damage (default 0)",
      "N" },
    { "clip", 0, 0, G_OPTION_ARG_NONE, &settings.clip,
      "Round and clip the damaged picture to 8 bits, as a file would", NULL },
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
    { "threads", 0, 0, G_OPTION_ARG_STRING, &threads,
      "Default: one for each processor", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json,
      "Tell it as JSON on standard output", NULL },
    { NULL }
  };

  if (!rw_cli_take_pairs ("--pairs", &pairs, &argc, argv, error))
    return FALSE;
  const int n_paths = pairs ? 0 : 1;
  if (!rw_cli_parse (&rw_cli_eval, entries, &argc, &argv, n_paths, n_paths,
                     error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_integer ("--seed", seed, 0, G_MAXINT64, &seed_value, error))
    return FALSE;
  if (!check_uses (pairs, reference, pca, level_texts, argv[1], error))
    return FALSE;
  if (reference)
    return rw_cli_compare_all (reference, argv[1], as_json, error);
  settings.seed = (guint64) seed_value;
  const RwTask *task = rw_cli_task (task_name, error);
  g_autoptr (GArray) levels =
      task ? parse_levels (level_texts, task, pairs ? 0 : task->level_eval,
                           error)
           : NULL;
  if (!levels)
    return FALSE;
  g_autofree char *found = rw_cli_weights (weights);
  if (!pairs && rw_cli_eval_is_set (argv[1], pca))
    return repeats
               ? rw_cli_usage (error,
                               "--repeats: found for batches or --pca, "
                               "which are measured as trained; leave it "
                               "out")
               : rw_cli_eval_set (task, found, argv[1], pca, as_json, error);
  g_autoptr (RwModel) model = rw_cli_load_model (task, found, repeats, error);
  if (!model)
    return FALSE;
  g_autoptr (JsonBuilder) json = as_json ? json_builder_new () : NULL;
  Work work = { .json = json, .pairs = pairs };
  rw_cli_catch_interrupt ();
  rw_cli_progress_begin (&work.progress, as_json);
  return evaluate_all (&work, model, task, argv[1], levels, settings, error);
}

const RwCliCommand rw_cli_eval = {
  .name = "eval",
  .arguments = "FOLDER",
  .summary = "measures a weight file on clean pictures",
  .text = "Damages each clean picture of FOLDER (or one picture), restores it "
          "and compares\nover all colour channels after clamping to 0..1. "
          "Noise is neither clipped nor\nrounded unless --clip is given; "
          "picture number i, by path from 0, has noise that\ndepends on the "
          "seed and i alone. With several levels, the JSON has a list "
          "\"levels\".\nWith --pairs nothing is damaged: partners have the "
          "same path below their folders but\nfor the ending. A batch file "
          "of CIFAR-10 (.bin), or a folder with --pca, goes through\nthe net "
          "picture by picture, whole, as in training; mean square errors are "
          "told.\n\n"
          "Examples:\n"
          "  reweave eval --level 15,25,50 pictures/\n"
          "  reweave eval -w mine.safetensors --json pictures/\n"
          "  reweave eval --reference clean.png mended.png\n"
          "  reweave eval -w mine.safetensors --pairs clean/ damaged/\n"
          "  reweave eval -w mine.safetensors --task reconstruct "
          "--pca cifar/ cifar/test_batch.bin\n",
  .run = run,
};
