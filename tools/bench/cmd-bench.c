/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave bench: how fast nets run here, as a share of the machine's peak.
 */
#include "bench/bench-nets.h"
#include "bench/bench-report.h"
#include "cli/cli.h"
#include "reweave.h"

#include "base/parallel.h"
#include "train/optim/optimisers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One run. */
typedef struct {
  RwBenchReport report;
  gboolean json;
  gboolean picture; /* whole pictures, not nets */
  gboolean damage;  /* damages, not nets */
} Order;

/* ---- measuring --------------------------------------------------------- */

static gboolean
measure_round (GPtrArray *benches, GError **error)
{
  for (guint i = 0; i < benches->len; i++)
    if (!rw_bench_case_round (g_ptr_array_index (benches, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
measure (const Order *order, GPtrArray *benches, GError **error)
{
  const int n_rounds = order->report.n_rounds;
  RwCliProgress progress;

  rw_cli_progress_begin (&progress, order->json);
  if (!measure_round (benches, error)) /* to warm up */
    return FALSE;
  for (guint i = 0; i < benches->len; i++)
    rw_bench_case_forget (g_ptr_array_index (benches, i));
  for (int r = 0; r < n_rounds && !rw_cli_is_interrupted (); r++) {
    if (!measure_round (benches, error))
      return FALSE;
    if (rw_cli_progress_is_due (&progress)) {
      g_autofree char *text =
          g_strdup_printf ("round %d of %d", r + 1, n_rounds);
      rw_cli_progress_show (&progress, (r + 1.0) / n_rounds, text);
    }
  }
  rw_cli_progress_clear (&progress);
  if (!rw_cli_is_interrupted ())
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
               "bench: stopped before the last round; run it again");
  return FALSE;
}

static gboolean
bench_nets (Order *order, const char *const *names, GError **error)
{
  RwBenchReport *report = &order->report;
  g_autoptr (GPtrArray) benches =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_bench_case_free);

  for (int i = 0; names[i]; i++) {
    RwBenchCase *bench =
        rw_bench_case_new (names[i], &report->settings, error);
    if (!bench)
      return FALSE;
    g_ptr_array_add (benches, bench);
  }
  if (!measure (order, benches, error))
    return FALSE;
  rw_bench_bandwidths (report->settings.n_threads, report->bandwidths);
  if (order->json)
    rw_bench_report_json (report, benches);
  else
    rw_bench_report_text (report, benches);
  return TRUE;
}

static gboolean
show_progress (gpointer data, double fraction)
{
  RwCliProgress *progress = data;

  if (rw_cli_progress_is_due (progress))
    rw_cli_progress_show (progress, fraction, "restoring");
  return !rw_cli_is_interrupted ();
}

/* One net after the other, so that each has the memory to itself. */
static gboolean
bench_pictures (const Order *order, const char *const *names, GError **error)
{
  const RwBenchSettings *s = &order->report.settings;
  g_autoptr (GPtrArray) pictures =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_bench_picture_free);
  RwCliProgress progress;

  rw_cli_progress_begin (&progress, order->json);
  for (int i = 0; names[i]; i++) {
    RwBenchPicture *picture = rw_bench_picture_measure (
        names[i], s->width, s->height, s->n_threads, order->report.n_rounds,
        show_progress, &progress, error);
    if (!picture)
      return FALSE;
    g_ptr_array_add (pictures, picture);
  }
  rw_cli_progress_clear (&progress);
  if (order->json)
    rw_bench_report_pictures_json (&order->report, pictures);
  else
    rw_bench_report_pictures_text (&order->report, pictures);
  return TRUE;
}

static gboolean
bench_damages (Order *order, GError **error)
{
  order->report.settings.n_threads = 1;
  g_autoptr (GPtrArray) damages =
      rw_bench_damage_measure (order->report.n_rounds, error);

  if (!damages)
    return FALSE;
  if (order->json)
    rw_bench_report_damages_json (&order->report, damages);
  else
    rw_bench_report_damages_text (&order->report, damages);
  return TRUE;
}

/* ---- options ----------------------------------------------------------- */

static gboolean
parse_against (char **rivals, RwBenchSettings *settings, GError **error)
{
  for (; rivals && *rivals; rivals++)
    if (strcmp (*rivals, "pytorch") == 0)
      settings->torch = TRUE;
    else if (strcmp (*rivals, "onednn") == 0)
      settings->onednn = TRUE;
    else
      return rw_cli_usage (
          error, "--against: found '%s', expected onednn or pytorch", *rivals);
  return TRUE;
}

static gboolean
parse_training (const char *batch,
                const char *patch,
                RwBenchSettings *s,
                GError **error)
{
  gint64 n = 0, side = 0;

  if ((batch || patch || s->optimiser) && !s->train)
    return rw_cli_usage (error, "%s: found without --train, expected with it",
                         batch   ? "--batch"
                         : patch ? "--patch"
                                 : "--optimizer");
  if (s->optimiser && !rw_optimiser_find (s->optimiser, error)) {
    g_prefix_error (error, "--optimizer: ");
    return FALSE;
  }
  if (!rw_cli_integer ("--batch", batch, 1, 4096, &n, error) ||
      !rw_cli_integer ("--patch", patch, 8, 1024, &side, error))
    return FALSE;
  s->batch = (int) n;
  s->patch = (int) side;
  return TRUE;
}

static gboolean
parse_picture (const char *picture,
               const char *size,
               Order *order,
               GError **error)
{
  RwBenchSettings *s = &order->report.settings;

  order->picture = picture != NULL;
  if (!order->picture)
    return rw_cli_size ("--size", size, 16384, &s->width, &s->height, error);
  if (size || s->train || s->layers || s->torch || s->onednn || s->batch > 0 ||
      s->patch > 0)
    return rw_cli_usage (error, "--picture: found with --size, --train, "
                                "--batch, --patch, --layers or --against, "
                                "expected without; "
                                "measure those in a run of their own");
  return rw_cli_size ("--picture", picture, 65536, &s->width, &s->height,
                      error);
}

/* Damages are measured as training draws them, without a net. */
static gboolean
check_damage (const Order *order, gboolean has_others, GError **error)
{
  const RwBenchSettings *s = &order->report.settings;

  if (order->damage && (has_others || s->train || s->layers || s->torch ||
                        s->onednn || s->batch > 0 || s->patch > 0))
    return rw_cli_usage (error, "--damage: found with options of nets or "
                                "pictures, expected --rounds, --threads or "
                                "--json only; measure those in a run of "
                                "their own");
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) rivals = NULL;
  g_autofree char *size = NULL, *threads = NULL, *rounds = NULL,
                  *picture = NULL, *data = NULL, *level = NULL, *batch = NULL,
                  *patch = NULL, *optimiser = NULL;
  Order order = { .report.settings = { .width = 1024, .height = 1024 } };
  RwBenchSettings *s = &order.report.settings;
  const char *const defaults[] = { rw_task_list ()[0]->weights, "net-a",
                                   "net-b", NULL };
  const GOptionEntry entries[] = {
    { "net", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &names,
      "net-a, net-b, a recipe, a weight file or a net's text, by path or "
      "name; "
      "may be repeated",
      "NET" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &size,
      "Of the picture (default 1024x1024)", "WxH" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &threads,
      "Default: one for each processor", "N" },
    { "layers", 0, 0, G_OPTION_ARG_NONE, &s->layers, "Tell of each layer, too",
      NULL },
    { "train", 0, 0, G_OPTION_ARG_NONE, &s->train,
      "Measure a training step too", NULL },
    { "batch", 0, 0, G_OPTION_ARG_STRING, &batch,
      "Patches of that step (default: the recipe's, 16 for a net without)",
      "N" },
    { "patch", 0, 0, G_OPTION_ARG_STRING, &patch,
      "Their side in pixels (default: the recipe's, 64 for a net without)",
      "N" },
    { "optimizer", 0, 0, G_OPTION_ARG_STRING, &optimiser,
      "Of that step (default: the recipe's, adam for a net without)", "NAME" },
    { "picture", 0, 0, G_OPTION_ARG_STRING, &picture,
      "Restore a whole picture in place of that", "WxH" },
    { "damage", 0, 0, G_OPTION_ARG_NONE, &order.damage,
      "Measure the damages of all tasks in place of that, on one core", NULL },
    { "rounds", 0, 0, G_OPTION_ARG_STRING, &rounds,
      "Of which the median is told (default 9, for a picture 3)", "N" },
    { "against", 0, 0, G_OPTION_ARG_STRING_ARRAY, &rivals,
      "onednn, pytorch: the same nets there, in the same rounds; may be "
      "repeated",
      "WHAT" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data,
      "Clean pictures: tell what 8 bits cost weight files made for them",
      "FOLDER" },
    { "level", 0, 0, G_OPTION_ARG_STRING, &level,
      "Of the damage to these (default: the task's, for denoise 5)", "LEVEL" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &order.json,
      "Tell it as JSON on standard output", NULL },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_bench, entries, &argc, &argv, 0, 0, error) ||
      !rw_cli_threads (threads, error) || !parse_against (rivals, s, error))
    return FALSE;
  s->optimiser = optimiser;
  if (!parse_training (batch, patch, s, error) ||
      !parse_picture (picture, size, &order, error) ||
      !check_damage (&order, names || size || picture || data || level,
                     error) ||
      !rw_cli_number ("--level", level, 1e-3, 1000, &s->level, error))
    return FALSE;
  s->data = data;
  gint64 n_rounds = order.picture ? 3 : 9;
  if (!rw_cli_integer ("--rounds", rounds, 1, 10000, &n_rounds, error))
    return FALSE;
  order.report.n_rounds = (int) n_rounds;
  if (getloadavg (&order.report.load, 1) != 1)
    order.report.load = NAN;
  s->n_threads = rw_parallel_get_workers ();
  rw_cli_catch_interrupt ();
  const char *const *wanted = names ? (const char *const *) names : defaults;
  if (order.damage)
    return bench_damages (&order, error);
  return order.picture ? bench_pictures (&order, wanted, error)
                       : bench_nets (&order, wanted, error);
}

const RwCliCommand rw_cli_bench = {
  .name = "bench",
  .arguments = "",
  .summary = "measures the speed of nets on this machine",
  .text = "Nets, training and the machine's peak alternate in rounds; medians "
          "are told.\nnet-a and net-b are fixed U-Nets of 22 and 45 thousand "
          "multiply-adds a pixel,\nto compare machines and versions by.\n\n"
          "Examples:\n"
          "  reweave bench\n"
          "  reweave bench --train --threads 2 --json\n"
          "  reweave bench --train --net cifar10-autoencoder --size 32x32\n"
          "  reweave bench --net mine.ini --size 6000x4000 --rounds 3\n"
          "  reweave bench --net int8.safetensors --data pictures/\n"
          "  reweave bench --damage\n",
  .run = run,
};
