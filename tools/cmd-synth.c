/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave synth: pictures of the dead-leaves model into a folder.
 */
#include "cli/cli.h"
#include "paths.h"

#include "io/picture.h"
#include "reweave.h"
#include "train/data/dead-leaves.h"

#include <stdio.h>

#define MAX_COUNT 1000000
#define MAX_SIDE 8192

typedef struct {
  const char *folder;
  gint64 count, seed;
  int width, height;
} Order;

static gboolean
make_one (const Order *order, gint64 i, GError **error)
{
  g_autofree char *name =
      g_strdup_printf ("leaves-%05" G_GINT64_FORMAT ".png", i);
  g_autofree char *path = g_build_filename (order->folder, name, NULL);
  g_autoptr (RwPicture) picture = rw_dead_leaves_new (
      (guint64) order->seed, (guint64) i, order->width, order->height, error);

  return picture && rw_picture_save (picture, path, 0, error);
}

static gboolean
make_all (const Order *order, GError **error)
{
  RwCliProgress progress;

  rw_cli_progress_begin (&progress, FALSE);
  for (gint64 i = 0; i < order->count; i++) {
    if (rw_cli_is_interrupted ()) {
      rw_cli_progress_clear (&progress);
      g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                   "%s: stopped after %" G_GINT64_FORMAT
                   " of %" G_GINT64_FORMAT
                   " pictures; run the same command again",
                   order->folder, i, order->count);
      return FALSE;
    }
    if (!make_one (order, i, error))
      return FALSE;
    if (rw_cli_progress_is_due (&progress)) {
      g_autofree char *text = g_strdup_printf (
          "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " pictures", i + 1,
          order->count);
      rw_cli_progress_show (&progress, (i + 1.0) / order->count, text);
    }
  }
  rw_cli_progress_clear (&progress);
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_autofree char *count = NULL, *size = NULL, *seed = NULL;
  Order order = { .count = 20, .width = 512, .height = 512 };
  const GOptionEntry entries[] = {
    { "count", 0, 0, G_OPTION_ARG_STRING, &count,
      "How many pictures (default 20)", "N" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &size,
      "Of each, in pixels (default 512x512)", "WxH" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &seed,
      "Other seeds, other pictures (default 0)", "N" },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_synth, entries, &argc, &argv, 1, 1, error) ||
      !rw_cli_integer ("--count", count, 1, MAX_COUNT, &order.count, error) ||
      !rw_cli_integer ("--seed", seed, 0, G_MAXINT64, &order.seed, error) ||
      !rw_cli_size ("--size", size, MAX_SIDE, &order.width, &order.height,
                    error))
    return FALSE;
  order.folder = argv[1];
  if (!rw_cli_make_folder (order.folder, error))
    return FALSE;
  rw_cli_catch_interrupt ();
  if (!make_all (&order, error))
    return FALSE;
  g_autofree char *shown = rw_cli_show (order.folder);
  printf ("%s: %" G_GINT64_FORMAT " pictures of %d x %d\n", shown, order.count,
          order.width, order.height);
  return TRUE;
}

const RwCliCommand rw_cli_synth = {
  .name = "synth",
  .arguments = "FOLDER",
  .summary = "draws pictures to train and test with",
  .text =
      "Draws pictures of the dead-leaves model: shapes of all sizes in front "
      "of one\nanother, which have the edges and textures of photographs. "
      "The same seed and\nsize give the same files leaves-00000.png, "
      "leaves-00001.png, ...\n\n"
      "Example:\n"
      "  reweave synth --count 20 --size 512x512 --seed 0 leaves/\n",
  .run = run,
};
