/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave bench: how fast nets run here, as a share of the machine's peak.
 */
#include "bench-case.h"
#include "bench-nets.h"
#include "bench-peak.h"
#include "cli.h"

#include "base/parallel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BATCH 16
#define PATCH 64

/* Net, kernel level and the rest of one run. */
typedef struct {
  RwBenchSettings settings;
  gint64 rounds;
  gboolean json;
} Order;

/* ---- output ------------------------------------------------------------ */

static double
mpix_per_second (const RwBenchCase *bench, RwBenchKind kind)
{
  return (double) bench->settings.width * bench->settings.height /
         rw_bench_case_seconds (bench, kind) / 1e6;
}

static double
patches_per_second (const RwBenchCase *bench)
{
  return bench->settings.batch / rw_bench_case_seconds (bench, RW_BENCH_TRAIN);
}

static void
print_cell (double value, const char *format)
{
  if (isfinite (value))
    printf (format, value);
  else
    printf (" %8s", "-");
}

static void
print_head (const Order *order)
{
  printf (
      "%s threads: %d; picture %d x %d; training: batches of %d patches of "
      "%d x %d\n\n",
      "reweave bench,", order->settings.n_threads, order->settings.width,
      order->settings.height, order->settings.batch, order->settings.patch,
      order->settings.patch);
  printf ("%-12s %8s %8s %8s %8s %8s %8s %8s %8s\n", "net", "kMAC/px", "Mpx/s",
          "GFLOP/s", "x peak", "MiB", "mended", "patch/s", "x peak");
}

static void
print_row (const RwBenchCase *bench)
{
  printf ("%-12s %8.1f", bench->name,
          rw_net_get_macs_per_pixel (bench->net) / 1e3);
  print_cell (mpix_per_second (bench, RW_BENCH_INFER), " %8.2f");
  print_cell (rw_bench_case_infer_flops (bench) /
                  rw_bench_case_seconds (bench, RW_BENCH_INFER) / 1e9,
              " %8.1f");
  print_cell (rw_bench_case_share (bench, RW_BENCH_INFER,
                                   rw_bench_case_infer_flops (bench)),
              " %8.2f");
  print_cell ((double) bench->bytes / 1048576, " %8.1f");
  print_cell (mpix_per_second (bench, RW_BENCH_RESTORE), " %8.2f");
  print_cell (patches_per_second (bench), " %8.1f");
  print_cell (rw_bench_case_share (bench, RW_BENCH_TRAIN,
                                   rw_bench_case_train_flops (bench)),
              " %8.2f");
  putchar ('\n');
  const double infer =
      rw_bench_case_ratio (bench, RW_BENCH_INFER, RW_BENCH_TORCH_INFER);
  const double train =
      rw_bench_case_ratio (bench, RW_BENCH_TRAIN, RW_BENCH_TORCH_TRAIN);
  if (isfinite (infer))
    printf ("%-12s %.2f times as fast as PyTorch", "", infer);
  if (isfinite (train))
    printf (", training %.2f times", train);
  if (isfinite (infer))
    putchar ('\n');
}

static void
print_tail (const GPtrArray *benches)
{
  double peak = 0;

  for (guint i = 0; i < benches->len; i++)
    peak += rw_bench_case_peak (g_ptr_array_index (benches, i)) / benches->len;
  printf (
      "\npeak of this machine: %.1f GFLOP/s (%s, multiply-adds in registers "
      "alone)\nGFLOP/s are counted as direct convolution, so Winograd can "
      "exceed the peak;\nmended: Mpx/s through blocks with their halo, for "
      "weight files; medians over rounds\n",
      peak, rw_bench_peak_level ());
}

static void
add_against (JsonBuilder *json, const RwBenchCase *bench)
{
  json_builder_set_member_name (json, "against");
  json_builder_begin_object (json);
  rw_cli_json_number (
      json, "pytorch",
      rw_bench_case_ratio (bench, RW_BENCH_TRAIN, RW_BENCH_TORCH_TRAIN));
  rw_cli_json_number (
      json, "pytorch_infer",
      rw_bench_case_ratio (bench, RW_BENCH_INFER, RW_BENCH_TORCH_INFER));
  json_builder_end_object (json);
}

static void
add_case (JsonBuilder *json, const RwBenchCase *bench)
{
  const double infer = rw_bench_case_infer_flops (bench);
  const double train = rw_bench_case_train_flops (bench);

  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", bench->name);
  rw_cli_json_number (json, "macs_per_pixel",
                      rw_net_get_macs_per_pixel (bench->net));
  rw_cli_json_integer (json, "width", bench->settings.width);
  rw_cli_json_integer (json, "height", bench->settings.height);
  rw_cli_json_number (json, "mpix_per_s",
                      mpix_per_second (bench, RW_BENCH_INFER));
  rw_cli_json_number (json, "gflops",
                      infer / rw_bench_case_seconds (bench, RW_BENCH_INFER) /
                          1e9);
  rw_cli_json_number (json, "share_of_peak",
                      rw_bench_case_share (bench, RW_BENCH_INFER, infer));
  rw_cli_json_integer (json, "peak_bytes", (gint64) bench->bytes);
  rw_cli_json_number (json, "restored_mpix_per_s",
                      mpix_per_second (bench, RW_BENCH_RESTORE));
  rw_cli_json_number (json, "patches_per_s", patches_per_second (bench));
  rw_cli_json_number (json, "train_gflops",
                      train / rw_bench_case_seconds (bench, RW_BENCH_TRAIN) /
                          1e9);
  rw_cli_json_number (json, "train_share_of_peak",
                      rw_bench_case_share (bench, RW_BENCH_TRAIN, train));
  add_against (json, bench);
  json_builder_end_object (json);
}

static void
print_json (const Order *order, const GPtrArray *benches)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  rw_cli_json_integer (json, "threads", order->settings.n_threads);
  rw_cli_json_integer (json, "rounds", order->rounds);
  rw_cli_json_string (json, "peak_level", rw_bench_peak_level ());
  rw_cli_json_number (json, "peak_gflops",
                      rw_bench_case_peak (g_ptr_array_index (benches, 0)));
  rw_cli_json_integer (json, "batch", order->settings.batch);
  rw_cli_json_integer (json, "patch", order->settings.patch);
  json_builder_set_member_name (json, "nets");
  json_builder_begin_array (json);
  for (guint i = 0; i < benches->len; i++)
    add_case (json, g_ptr_array_index (benches, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
}

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
  RwCliProgress progress;

  rw_cli_progress_begin (&progress, order->json);
  if (!measure_round (benches, error)) /* to warm up */
    return FALSE;
  for (guint i = 0; i < benches->len; i++)
    rw_bench_case_forget (g_ptr_array_index (benches, i));
  for (gint64 r = 0; r < order->rounds && !rw_cli_is_interrupted (); r++) {
    if (!measure_round (benches, error))
      return FALSE;
    if (rw_cli_progress_is_due (&progress)) {
      g_autofree char *text =
          g_strdup_printf ("round %d of %d", (int) r + 1, (int) order->rounds);
      rw_cli_progress_show (&progress, (r + 1.0) / (double) order->rounds,
                            text);
    }
  }
  rw_cli_progress_clear (&progress);
  if (!rw_cli_is_interrupted ())
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
               "bench: stopped before the last round; run it again");
  return FALSE;
}

/* Built-in nets and the default weights when none is named. */
static GPtrArray *
make_cases (const Order *order, char **names, GError **error)
{
  g_autoptr (GPtrArray) benches =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_bench_case_free);
  const char *const defaults[] = { rw_task_list ()[0]->default_weights,
                                   "net-a", "net-b", NULL };
  const char *const *wanted = names ? (const char *const *) names : defaults;

  for (int i = 0; wanted[i]; i++) {
    RwBenchCase *bench =
        rw_bench_case_new (wanted[i], &order->settings, error);
    if (!bench)
      return NULL;
    g_ptr_array_add (benches, bench);
  }
  return g_steal_pointer (&benches);
}

static gboolean
bench_all (const Order *order, char **names, GError **error)
{
  g_autoptr (GPtrArray) benches = make_cases (order, names, error);

  if (!benches || !measure (order, benches, error))
    return FALSE;
  if (order->json) {
    print_json (order, benches);
    return TRUE;
  }
  print_head (order);
  for (guint i = 0; i < benches->len; i++)
    print_row (g_ptr_array_index (benches, i));
  print_tail (benches);
  return TRUE;
}

static gboolean
parse_against (const char *text, Order *order, GError **error)
{
  if (text && strcmp (text, "pytorch") != 0)
    return rw_cli_usage (error, "--against: found '%s', expected pytorch",
                         text);
  order->settings.torch = text != NULL;
  return TRUE;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  g_auto (GStrv) names = NULL;
  g_autofree char *size = NULL, *threads = NULL, *rounds = NULL,
                  *against = NULL;
  Order order = { .settings = { .width = 1024,
                                .height = 1024,
                                .batch = BATCH,
                                .patch = PATCH },
                  .rounds = 9 };
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
    { "train", 0, 0, G_OPTION_ARG_NONE, &order.settings.train,
      "Measure a training step too", NULL },
    { "rounds", 0, 0, G_OPTION_ARG_STRING, &rounds,
      "Of which the median is told (default 9)", "N" },
    { "against", 0, 0, G_OPTION_ARG_STRING, &against,
      "pytorch: the same nets there, in the same rounds", "WHAT" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &order.json,
      "Tell it as JSON on standard output", NULL },
    { NULL }
  };

  if (!rw_cli_parse (&rw_cli_bench, entries, &argc, &argv, 0, 0, error) ||
      !rw_cli_threads (threads, error) ||
      !rw_cli_size ("--size", size, 16384, &order.settings.width,
                    &order.settings.height, error) ||
      !rw_cli_integer ("--rounds", rounds, 1, 10000, &order.rounds, error) ||
      !parse_against (against, &order, error))
    return FALSE;
  order.settings.n_threads = rw_parallel_get_workers ();
  rw_cli_catch_interrupt ();
  return bench_all (&order, names, error);
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
          "  reweave bench --net mine.ini --size 6000x4000 --rounds 3\n",
  .run = run,
};
