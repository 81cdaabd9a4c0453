/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave train: pictures to a weight file.
 */
#include "cli/cli.h"
#include "paths.h"
#include "recipes.h"
#include "train/train-data.h"
#include "train/train-find-lr.h"
#include "train/train-list.h"

#include "reweave.h"
#include "train/feeder.h"
#include "train/ranks.h"
#include "train/trainer.h"
#include "weights/weights.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- training ---------------------------------------------------------- */

static gboolean
train (RwTraining *training,
       const RwCliTrainOptions *options,
       RwCliTrainReport *report,
       GError **error)
{
  RwTrained trained = { 0 };

  rw_cli_train_start (
      report, training->recipe, rw_dataset_get_n (training->training),
      training->validation ? rw_dataset_get_n (training->validation) : 0);
  rw_cli_catch_interrupt_to_save ();
  const gboolean ok = rw_train (training, &trained, error);
  rw_cli_progress_clear (&report->progress);
  if (!ok)
    return FALSE;
  rw_cli_train_end (report, &trained);
  if (trained.worse) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: the loss ended at more than ten times what it began "
                 "with, so these weights are worse than none; begin anew with "
                 "a lower rate than --lr %g",
                 options->out, training->recipe->lr);
    return FALSE;
  }
  if (!trained.stopped)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
               "%s: stopped after step %" G_GUINT64_FORMAT
               ", all is saved; go on with: %s",
               options->out, trained.step, options->again);
  return FALSE;
}

/* What a training has written is not written over, unless it is to be: hours
 * may be in it.  Nor ever is what this one reads. */
static gboolean
check_output (const RwCliTrainOptions *options, GError **error)
{
  static const char *const endings[] = { "", ".checkpoint", ".log.csv",
                                         ".plateau" };
  const char *const read[] = { options->net, options->from, options->recipe };

  for (guint i = 0; i < G_N_ELEMENTS (read); i++)
    if (read[i] && rw_cli_is_same_file (read[i], options->out)) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "%s: is read by this training, expected another file to "
                   "write; give another --out",
                   options->out);
      return FALSE;
    }
  for (guint i = 0;
       i < G_N_ELEMENTS (endings) && !options->resume && !options->force;
       i++) {
    g_autofree char *path = g_strconcat (options->out, endings[i], NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: is there already, expected nothing that would be lost; "
                 "go on with --resume, begin anew with --force, or give "
                 "another --out",
                 path);
    return FALSE;
  }
  return TRUE;
}

/* What can be told before the pictures are read, which may take minutes. */
static gboolean
check_files (const RwCliTrainOptions *options,
             const RwRecipe *recipe,
             GError **error)
{
  g_autofree char *folder = g_path_get_dirname (options->out);
  g_autoptr (RwNet) net = rw_net_parse (recipe->net, error);

  if (!net) {
    g_prefix_error (error, "%s: ", options->net ? options->net : "the recipe");
    return FALSE;
  }
  if (options->from) {
    g_autoptr (RwWeights) from = rw_weights_load_named (options->from, error);
    if (!from)
      return FALSE;
  }
  if (!rw_train_check_teacher (recipe, options->teacher, error))
    return FALSE;
  if (options->teacher) {
    g_autoptr (RwWeights) teacher =
        rw_weights_load_named (options->teacher, error);
    if (!teacher)
      return FALSE;
  }
  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: there is no folder %s, expected one to write to; make it "
               "first",
               options->out, folder);
  return FALSE;
}

/* What epochs come to with these pictures; with --time it alone decides. */
static void
count_steps (RwRecipe *recipe,
             const RwCliTrainOptions *options,
             const RwDataset *pictures)
{
  if (!options->timed)
    recipe->steps =
        rw_recipe_count_steps (recipe, rw_dataset_get_n (pictures));
}

/* What is to be undone: as --task says, or as the weights do that it begins
 * with where neither --task nor a recipe says anything. */
static const RwTask *
find_task (const RwCliTrainOptions *options, GError **error)
{
  if (options->task || options->recipe || !options->from)
    return rw_cli_task (options->task, error);
  g_autoptr (RwWeights) from = rw_weights_load_named (options->from, error);
  return from ? rw_cli_task (from->task, error) : NULL;
}

/* The stream has an end of its own: a reader that leaves is no failure. */
static gboolean
feed (const RwTraining *training,
      const RwCliTrainOptions *options,
      GError **error)
{
  const int end = dup (STDOUT_FILENO);
  FILE *stream = end >= 0 ? fdopen (end, "wb") : NULL;

  if (!stream) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "--feed: standard output could not be opened, expected a "
                 "pipe or a file; give it one");
    return FALSE;
  }
  const gboolean ok =
      rw_feed_batches (training, options->feed_step, stream, error);
  fclose (stream);
  return ok;
}

static gboolean
prepare_and_train (const RwCliTrainOptions *options, GError **error)
{
  RwCliTrainReport report;
  RwTraining training = { .out = options->out,
                          .resume = options->resume,
                          .new_data = options->new_data,
                          .max_seconds = options->max_seconds,
                          .checkpoint_seconds = options->checkpoint_seconds,
                          .sheet = options->sheet,
                          .capacity = options->capacity,
                          .report = rw_cli_train_step,
                          .note = rw_cli_train_note,
                          .report_data = &report };
  const RwTask *task = find_task (options, error);

  if (!task)
    return FALSE;
  g_autoptr (RwRecipe) recipe =
      rw_cli_train_options_make_recipe (options, task, error);
  if (!recipe || !rw_cli_train_check_data (options, error) ||
      !check_files (options, recipe, error) ||
      (!options->find_lr && !check_output (options, error)))
    return FALSE;
  g_autofree char *command = rw_cli_train_options_get_command (options);

  training.recipe = recipe;
  training.command = command;
  training.from = options->from;
  training.continues = options->continues && !options->resume;
  training.record = options->record;
  training.partial = options->partial;
  training.teacher = options->teacher;
  rw_cli_train_begin (&report, options->out, options->plot, options->json);
  gboolean ok = rw_cli_train_load (&training, options, &report, error);
  if (ok) {
    count_steps (recipe, options, training.training);
    ok = options->feed      ? feed (&training, options, error)
         : options->find_lr ? rw_cli_find_lr (&training, options, error)
                            : train (&training, options, &report, error);
  }
  rw_dataset_free (training.training);
  rw_dataset_free (training.validation);
  rw_noise_library_free (training.noise);
  return ok;
}

/* Rank 0 alone speaks.  Returns where errors go, for end_ranks. */
static int
silence_others (void)
{
  const int errors = dup (STDERR_FILENO),
            nowhere = open ("/dev/null", O_WRONLY);

  if (!rw_ranks_lead () && nowhere >= 0) {
    dup2 (nowhere, STDOUT_FILENO);
    dup2 (nowhere, STDERR_FILENO);
  }
  if (nowhere >= 0)
    close (nowhere);
  return errors;
}

/* One rank's failure ends all, with one sentence: most failures are those of
 * all ranks, and the others leave rank 0 the time to tell it. */
static void
end_ranks (int errors, const GError *failure)
{
  if (rw_ranks_get_n () == 1) {
    rw_ranks_finish ();
    return;
  }
  if (!rw_ranks_lead ()) {
    g_usleep (2 * G_USEC_PER_SEC);
    dup2 (errors, STDERR_FILENO);
  }
  rw_cli_print_error (failure->message);
  rw_ranks_abort (failure->domain == RW_CLI_USAGE ? 2 : 1);
}

static gboolean
run (int argc, char **argv, GError **error)
{
  RwCliTrainOptions options = { 0 };
  rw_ranks_start ();
  const int errors = silence_others ();
  gboolean ok = rw_cli_train_options_parse (&options, argc, argv, error);

  if (ok && options.list)
    rw_cli_train_list ();
  else if (ok)
    ok = prepare_and_train (&options, error);
  rw_cli_train_options_clear (&options);
  if (ok)
    rw_ranks_finish ();
  else
    end_ranks (errors, *error);
  close (errors);
  return ok;
}

const RwCliCommand rw_cli_train = {
  .name = "train",
  .arguments = "--data FOLDER --out FILE",
  .summary = "trains a weight file on a folder of pictures",
  .text =
      "Reads PNG, JPEG, TIFF and WebP; values are learnt as the sRGB curve "
      "codes "
      "them,\nwhatever curve a profile has, and primaries are left alone.\n\n"
      "Pictures need no partner: the task damages them by itself. A folder "
      "with CIFAR-10's\ndata_batch_N.bin gives the pictures in these; other "
      "batch files are named one by\none. With --pairs, partners have the "
      "same path below their folders but for the\nending, and the same size. "
      "What is broken, smaller than a patch or without a\npartner is left "
      "out, "
      "counted and named. Pictures beyond --data-memory are decoded\nahead "
      "while it trains, which --reuse 50 makes cheaper; the result is the "
      "same.\nThe same data, seed and settings give the same file for any "
      "number of threads "
      "(but with --time),\nand for any number of processes that mpirun "
      "starts.\nCtrl-C finishes the step, saves and says how to go "
      "on; a second one ends at once.\n\n"
      "Examples:\n"
      "  reweave train --data pictures/ --out mine.safetensors --time 90m\n"
      "  reweave train --recipe white-noise-s --data synth:200 --steps 2000 "
      "--out toy.safetensors\n"
      "  reweave train --pairs clean/ damaged/ --steps 20000 --out "
      "mine.safetensors\n"
      "  reweave train --from white-noise-s.safetensors --data scans/ --steps "
      "5000 "
      "--lr 1e-4 \\\n                --out scans.safetensors\n"
      "  reweave train --from mine.safetensors --continue --data pictures/ "
      "\\\n                --out more.safetensors --time 2h\n"
      "  reweave train --from denoise-m --noise-from scans/ --data pictures/ "
      "\\\n                --out mine.safetensors --time 20m\n"
      "  reweave train --task white-noise --net small.net --data pictures/ "
      "\\\n"
      "                --teacher white-noise-s "
      "--loss 'charbonnier + 0.5 * charbonnier(teacher)' \\\n"
      "                --out small.safetensors\n"
      "  reweave train --find-lr --data pictures/ --out mine.safetensors\n",
  .run = run,
};
