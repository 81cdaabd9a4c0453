/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave degrade: damages a picture as training does.
 */
#include "cli/cli.h"
#include "paths.h"

#include "io/picture.h"
#include "train/eval/evaluate.h"

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *task_name = NULL, *level_text = NULL, *seed_text = NULL,
                  *quality_text = NULL;
  gint64 seed = 0, quality = 95;
  const GOptionEntry entries[] = {
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_name,
      "What the damage is (default denoise)", "TASK" },
    { "level", 0, 0, G_OPTION_ARG_STRING, &level_text,
      "How much damage; for denoise the deviation in 1/255 (default 25)",
      "LEVEL" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &seed_text,
      "Of the damage (default 0)", "N" },
    { "quality", 0, 0, G_OPTION_ARG_STRING, &quality_text,
      "Of a JPEG file written (default 95)", "1..100" },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_degrade, entries, &argc, &argv, 2, 2, error) ||
      !rw_cli_integer ("--seed", seed_text, 0, G_MAXINT64, &seed, error) ||
      !rw_cli_integer ("--quality", quality_text, 1, 100, &quality, error))
    return FALSE;
  const RwTask *task = rw_cli_task (task_name, error);
  if (!task)
    return FALSE;
  double level = task->level_eval;
  if (!rw_cli_number ("--level", level_text, 1e-3, task->level_max, &level,
                      error) ||
      !rw_cli_check_output (argv[1], argv[2], rw_cli_plain_endings, error))
    return FALSE;
  g_autoptr (RwPicture) clean = rw_picture_load (argv[1], error);
  if (!clean)
    return FALSE;
  g_autoptr (RwPicture) damaged =
      rw_degrade_picture (clean, task, level, (guint64) seed, 0, error);
  return damaged && rw_picture_save (damaged, argv[2], (int) quality, error);
}

const RwCliCommand rw_cli_degrade = {
  .name = "degrade",
  .arguments = "IN OUT",
  .summary = "damages a picture as training does",
  .text =
      "Keeps depth, profile and alpha of the picture; the result is rounded "
      "and clipped\nto that depth.\n\n"
      "Example:\n"
      "  reweave degrade --level 25 --seed 1 clean.png noisy.png\n",
  .run = run,
};
