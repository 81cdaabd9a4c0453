/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What reweave bench tells people.
 */
#include "bench/bench-report.h"

#include "bench/bench-figures.h"
#include "cli/text.h"

#include <math.h>
#include <stdio.h>

static void
print_cell (double value, const char *format)
{
  if (isfinite (value) && value > 0)
    printf (format, value);
  else
    printf (" %8s", "-");
}

static double
dram_copy (const RwBenchReport *report)
{
  return report->bandwidths[RW_BENCH_N_BANDWIDTHS - 1].copy;
}

/* Threads that wait for each other lose most on a busy machine. */
static void
print_load (const RwBenchReport *report)
{
  if (report->load > 0.5)
    printf ("the machine was busy before (load %.1f): compare with care\n",
            report->load);
}

/* ---- nets -------------------------------------------------------------- */

static void
print_head (const RwBenchReport *report)
{
  const RwBenchSettings *s = &report->settings;

  printf ("reweave bench, threads: %d; picture %d x %d; rounds: %d",
          s->n_threads, s->width, s->height, report->n_rounds);
  printf ("\n\n%-12s %8s %8s %8s %8s %8s %8s %8s %8s %8s", "net", "kMAC/px",
          "ms", "p10", "Mpx/s", "GFLOP/s", "x peak", "GB/s", "x DRAM", "MiB");
  if (s->train)
    printf (" %8s %8s %8s %8s", "batch", "ms", "patch/s", "x peak");
  putchar ('\n');
}

static void
print_training (const RwBenchCase *bench)
{
  const RwRecipe *recipe = bench->recipe;
  const double seconds = rw_bench_case_seconds (bench, RW_BENCH_TRAIN);
  g_autofree char *batch =
      g_strdup_printf ("%dx%d^2", recipe->batch, recipe->patch);

  printf (" %8s", batch);
  print_cell (seconds * 1e3, " %8.1f");
  print_cell (recipe->batch / seconds, " %8.1f");
  print_cell (rw_bench_case_share (bench, RW_BENCH_TRAIN,
                                   rw_bench_case_train_flops (bench)),
              " %8.2f");
}

static void
print_shares (const RwBenchCase *bench)
{
  const RwBenchTrainShares shares = rw_bench_train_get_shares (bench->trainer);

  printf ("%12s of a training step: %.1f %% patches and gradient, %.1f %% %s, "
          "%.1f %% packing weights\n",
          "", 100 * shares.gradient, 100 * shares.optimiser,
          bench->recipe->optimizer, 100 * shares.packing);
}

static void
print_row (const RwBenchReport *report, const RwBenchCase *bench)
{
  const RwBenchSettings *s = &bench->settings;
  const double seconds = rw_bench_case_seconds (bench, RW_BENCH_INFER),
               flops = rw_bench_case_infer_flops (bench),
               bytes = rw_bench_case_infer_bytes (bench);

  g_autofree char *shown = rw_cli_show (bench->name);
  printf ("%-12s %8.1f", shown, rw_net_get_macs_per_pixel (bench->net) / 1e3);
  print_cell (seconds * 1e3, " %8.2f");
  print_cell (rw_bench_case_seconds_p10 (bench, RW_BENCH_INFER) * 1e3,
              " %8.2f");
  print_cell ((double) s->width * s->height / seconds / 1e6, " %8.2f");
  print_cell (flops / seconds / 1e9, " %8.1f");
  print_cell (rw_bench_case_share (bench, RW_BENCH_INFER, flops), " %8.2f");
  print_cell (bytes / seconds / 1e9, " %8.1f");
  print_cell (bytes / seconds / 1e9 / dram_copy (report), " %8.2f");
  print_cell ((double) bench->bytes / 1048576, " %8.1f");
  if (s->train)
    print_training (bench);
  putchar ('\n');
}

static void
print_rival (const RwBenchCase *bench,
             RwBenchKind ours,
             RwBenchKind theirs,
             const char *name,
             const RwBenchDifference *d)
{
  const double seconds = rw_bench_case_seconds (bench, theirs);

  if (!isfinite (seconds))
    return;
  printf ("%12s %s: %.2f ms (p10 %.2f), reweave is %.2f times as fast", "",
          name, seconds * 1e3, rw_bench_case_seconds_p10 (bench, theirs) * 1e3,
          rw_bench_case_ratio (bench, ours, theirs));
  if (d)
    printf ("; results differ by %.2g at most, %.2g rms", d->max, d->rms);
  putchar ('\n');
}

static void
print_int8 (const RwBenchCase *bench)
{
  const RwBenchInt8 *int8 = bench->int8;
  const double seconds = rw_bench_case_seconds (bench, RW_BENCH_INT8);

  printf ("%12s in 8 bits: %.2f ms (p10 %.2f), %.2f times as fast as in "
          "float (%.2f ms)\n",
          "", seconds * 1e3,
          rw_bench_case_seconds_p10 (bench, RW_BENCH_INT8) * 1e3,
          rw_bench_case_ratio (bench, RW_BENCH_INT8, RW_BENCH_FLOAT),
          rw_bench_case_seconds (bench, RW_BENCH_FLOAT) * 1e3);
  if (isfinite (int8->psnr[1]))
    printf ("%12s PSNR %.3f dB, in float %.3f: costs %.3f (level %g, %d "
            "pictures)\n",
            "", int8->psnr[1], int8->psnr[0], int8->psnr[0] - int8->psnr[1],
            int8->level, int8->n_pictures);
}

static void
print_rivals (const RwBenchCase *bench)
{
  print_rival (bench, RW_BENCH_INFER, RW_BENCH_ONEDNN_DIRECT, "oneDNN direct",
               &bench->differences[0]);
  print_rival (bench, RW_BENCH_INFER, RW_BENCH_ONEDNN_WINOGRAD,
               "oneDNN Winograd", &bench->differences[1]);
  print_rival (bench, RW_BENCH_INFER, RW_BENCH_TORCH_INFER, "PyTorch",
               &bench->torch_difference);
  print_rival (bench, RW_BENCH_TRAIN, RW_BENCH_TORCH_TRAIN,
               "PyTorch, training", NULL);
}

/* ---- layers ------------------------------------------------------------ */

static void
print_layer (const RwBenchReport *report,
             const RwBenchCase *bench,
             const RwBenchLayer *layer,
             double sum)
{
  const RwNodeView *v = &layer->view;
  g_autofree char *size =
      g_strdup_printf ("%d @ %dx%d", v->channels, v->width, v->height);
  const gboolean busy = layer->seconds > 0;
  const double rate = layer->flops / layer->seconds / 1e9;

  printf ("%-12s %15s %8.2f", v->name, size, v->macs_per_pixel / 1e3);
  print_cell (layer->seconds * 1e3, " %8.3f");
  print_cell (layer->seconds / sum * 100, " %7.1f%%");
  print_cell (busy ? rate : 0, " %8.1f");
  print_cell (busy ? rate / rw_bench_case_peak (bench) : 0, " %8.2f");
  print_cell (layer->bytes / 1e6, " %8.1f");
  print_cell (busy ? layer->bytes / layer->seconds / 1e9 : 0, " %8.1f");
  if (report->settings.onednn) {
    print_cell (layer->onednn[0] * 1e3, " %8.3f");
    print_cell (layer->onednn[1] * 1e3, " %8.3f");
  }
  putchar ('\n');
}

static void
print_layers (const RwBenchReport *report, const RwBenchCase *bench)
{
  const int n = rw_bench_layers_get_n (bench->layers);
  double sum = 0;

  for (int i = 0; i < n; i++)
    sum += rw_bench_layers_get (bench->layers, i).seconds;
  g_autofree char *shown = rw_cli_show (bench->name);
  printf ("\n%-12s %15s %8s %8s %8s %8s %8s %8s %8s", shown, "channels @ size",
          "kMAC/px", "ms", "share", "GFLOP/s", "x peak", "MB", "GB/s");
  if (report->settings.onednn)
    printf (" %8s %8s", "oneDNN", "Winograd");
  putchar ('\n');
  for (int i = 1; i < n; i++) {
    const RwBenchLayer layer = rw_bench_layers_get (bench->layers, i);
    print_layer (report, bench, &layer, sum);
  }
}

/* ---- the machine ------------------------------------------------------- */

static void
print_tail (const RwBenchReport *report, const GPtrArray *benches)
{
  double peak = 0;

  for (guint i = 0; i < benches->len; i++)
    peak += rw_bench_case_peak (g_ptr_array_index (benches, i)) / benches->len;
  printf ("\npeak of this machine: %.1f GFLOP/s (%s, multiply-adds in "
          "registers alone)\n",
          peak, rw_bench_peak_level ());
  for (int i = 0; i < RW_BENCH_N_BANDWIDTHS; i++) {
    const RwBenchBandwidth *b = &report->bandwidths[i];
    printf ("%s, arrays of %.0f MiB: reads %.1f GB/s, copies %.1f GB/s\n",
            b->name, b->bytes / 1048576, b->read, b->copy);
  }
  print_load (report);
  puts ("GFLOP/s are counted as direct convolution, so Winograd can exceed "
        "the peak;\nGB/s as if each layer read its inputs and wrote its "
        "result, so what stays in\ncaches can exceed DRAM's copying; medians "
        "over rounds, p10: one round in ten\nis faster");
}

void
rw_bench_report_text (const RwBenchReport *report, const GPtrArray *benches)
{
  print_head (report);
  for (guint i = 0; i < benches->len; i++) {
    const RwBenchCase *bench = g_ptr_array_index (benches, i);

    print_row (report, bench);
    if (bench->trainer)
      print_shares (bench);
    if (bench->int8)
      print_int8 (bench);
    print_rivals (bench);
  }
  for (guint i = 0; report->settings.layers && i < benches->len; i++)
    print_layers (report, g_ptr_array_index (benches, i));
  print_tail (report, benches);
}

/* ---- whole pictures ---------------------------------------------------- */

static void
print_picture (const RwBenchPicture *picture)
{
  const double seconds = rw_bench_median (picture->seconds),
               rate = picture->flops / seconds / 1e9;

  g_autofree char *shown = rw_cli_show (picture->name);
  printf ("%-12s", shown);
  print_cell (seconds, " %8.3f");
  print_cell (rw_bench_p10 (picture->seconds), " %8.3f");
  print_cell ((double) picture->width * picture->height / seconds / 1e6,
              " %8.2f");
  print_cell (rate, " %8.1f");
  print_cell (rate / rw_bench_median (picture->peaks), " %8.2f");
  print_cell ((double) picture->bytes / 1048576, " %8.1f");
  putchar ('\n');
}

void
rw_bench_report_pictures_text (const RwBenchReport *report,
                               const GPtrArray *pictures)
{
  printf ("reweave bench, threads: %d; restoring %d x %d; rounds: %d\n\n"
          "%-12s %8s %8s %8s %8s %8s %8s\n",
          report->settings.n_threads, report->settings.width,
          report->settings.height, report->n_rounds, "net", "seconds", "p10",
          "Mpx/s", "GFLOP/s", "x peak", "MiB");
  for (guint i = 0; i < pictures->len; i++)
    print_picture (g_ptr_array_index (pictures, i));
  putchar ('\n');
  print_load (report);
  puts ("From pixels to pixels in blocks with their halo, no files; MiB: "
        "the most that the\nengine had, the picture apart; GFLOP/s without "
        "what halo costs");
}

/* ---- damages ------------------------------------------------------------ */

void
rw_bench_report_damages_text (const RwBenchReport *report,
                              const GPtrArray *damages)
{
  printf ("reweave bench, one core; %d damaged patches of %d x %d a round; "
          "rounds: %d\n\n%-12s %8s\n",
          RW_BENCH_DAMAGE_DRAWS, RW_BENCH_DAMAGE_SIDE, RW_BENCH_DAMAGE_SIDE,
          report->n_rounds, "task", "Mpx/s");
  for (guint i = 0; i < damages->len; i++) {
    const RwBenchDamage *damage = g_ptr_array_index (damages, i);
    printf ("%-12s", damage->task);
    print_cell (rw_bench_damage_rate (damage) / 1e6, " %8.1f\n");
  }
  print_load (report);
}
