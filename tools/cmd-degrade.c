/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave degrade: damages a picture as training does.
 */
#include "cli/cli.h"
#include "cli/controls.h"
#include "cli/text.h"
#include "paths.h"

#include "io/rows.h"
#include "train/eval/evaluate.h"

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *task_name = NULL, *seed_text = NULL, *quality_text = NULL;
  g_autoptr (RwCliControls) controls = rw_cli_controls_new ();
  gint64 seed = 0, quality = 95;
  const GOptionEntry entries[] = {
    { "task", 0, 0, G_OPTION_ARG_STRING, &task_name,
      "What the damage is (default denoise)", "TASK" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &seed_text,
      "Of the damage (default 0)", "N" },
    { "save-quality", 0, 0, G_OPTION_ARG_STRING, &quality_text,
      "Of JPEG and WebP files written (default 95)", "1..100" },
    { NULL }
  };

  if (!rw_cli_parse_with (&rw_cli_degrade, entries,
                          rw_cli_controls_get_entries (controls), &argc, &argv,
                          2, 2, error) ||
      !rw_cli_integer ("--seed", seed_text, 0, G_MAXINT64, &seed, error) ||
      !rw_cli_integer ("--save-quality", quality_text, 1, 100, &quality,
                       error))
    return FALSE;
  const RwTask *task = rw_cli_task (task_name, error);
  g_autoptr (GArray) values =
      task ? rw_cli_controls_get_list (controls, task, error) : NULL;
  if (!values ||
      !rw_cli_check_output (argv[1], argv[2], rw_row_endings, error))
    return FALSE;
  rw_cli_catch_interrupt ();
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (RwPicture) clean = rw_row_load (argv[1], notes, error);
  if (!clean)
    return FALSE;
  const double value = values->len > 0 ? g_array_index (values, double, 0) : 0;
  g_autoptr (RwPicture) damaged =
      rw_degrade_picture (clean, task, value, (guint64) seed, 0, error);
  const RwRowOptions options = { .quality = (int) quality, .before = clean };
  if (damaged && rw_cli_is_interrupted ()) {
    g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                 "%s: stopped before it was written; run the same command "
                 "again",
                 argv[2]);
    return FALSE;
  }
  if (!damaged || !rw_row_save (damaged, argv[2], &options, notes, error))
    return FALSE;
  rw_cli_print_notes (argv[2], notes);
  return TRUE;
}

const RwCliCommand rw_cli_degrade = {
  .name = "degrade",
  .arguments = "IN OUT",
  .summary = "damages a picture as training does",
  .text =
      "Reads and writes PNG, JPEG, TIFF and WebP. Keeps depth, profile, alpha "
      "and metadata as\napply does, and says on standard error what OUT has "
      "no room for; the result is rounded\nand clipped to that depth. Values "
      "are damaged as the sRGB curve codes them, whatever\ncurve the profile "
      "has.\n\n"
      "Example:\n"
      "  reweave degrade --task white-noise --level 25 --seed 1 clean.png "
      "noisy.png\n",
  .run = run,
};
