/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What reweave bench tells programs.  README and others rely on the names.
 */
#include "bench/bench-report.h"

#include "bench/bench-figures.h"
#include "cli/cli.h"

#include <math.h>

static void
begin (JsonBuilder *json, const char *name)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_object (json);
}

/* ---- a net ------------------------------------------------------------- */

static void
add_against (JsonBuilder *json, const RwBenchCase *bench)
{
  const double direct = rw_bench_case_ratio (bench, RW_BENCH_INFER,
                                             RW_BENCH_ONEDNN_DIRECT),
               winograd = rw_bench_case_ratio (bench, RW_BENCH_INFER,
                                               RW_BENCH_ONEDNN_WINOGRAD);

  begin (json, "against");
  rw_cli_json_number (json, "onednn_best", fmin (direct, winograd));
  rw_cli_json_number (json, "onednn_direct", direct);
  rw_cli_json_number (json, "onednn_winograd", winograd);
  rw_cli_json_number (
      json, "pytorch",
      rw_bench_case_ratio (bench, RW_BENCH_TRAIN, RW_BENCH_TORCH_TRAIN));
  rw_cli_json_number (
      json, "pytorch_infer",
      rw_bench_case_ratio (bench, RW_BENCH_INFER, RW_BENCH_TORCH_INFER));
  json_builder_end_object (json);
}

static void
add_torch (JsonBuilder *json, const RwBenchCase *bench)
{
  static const RwBenchKind kinds[] = { RW_BENCH_TORCH_INFER,
                                       RW_BENCH_TORCH_TRAIN };
  static const char *const names[] = { "infer", "train" };

  begin (json, "pytorch");
  for (int i = 0; i < 2; i++) {
    begin (json, names[i]);
    rw_cli_json_number (json, "seconds",
                        rw_bench_case_seconds (bench, kinds[i]));
    rw_cli_json_number (json, "seconds_p10",
                        rw_bench_case_seconds_p10 (bench, kinds[i]));
    json_builder_end_object (json);
  }
  rw_cli_json_number (json, "max_difference", bench->torch_difference.max);
  rw_cli_json_number (json, "rms_difference", bench->torch_difference.rms);
  json_builder_end_object (json);
}

static void
add_onednn (JsonBuilder *json, const RwBenchCase *bench)
{
  static const char *const names[] = { "direct", "winograd" };

  begin (json, "onednn");
  for (int i = 0; i < 2; i++) {
    const RwBenchDifference *d = &bench->differences[i];
    const RwBenchKind kind = (RwBenchKind) (RW_BENCH_ONEDNN_DIRECT + i);
    begin (json, names[i]);
    rw_cli_json_number (json, "seconds", rw_bench_case_seconds (bench, kind));
    rw_cli_json_number (json, "seconds_p10",
                        rw_bench_case_seconds_p10 (bench, kind));
    rw_cli_json_number (json, "max_difference", d->max);
    rw_cli_json_number (json, "rms_difference", d->rms);
    rw_cli_json_integer (json, "n_winograd", (gint64) d->n_winograd);
    json_builder_end_object (json);
  }
  json_builder_end_object (json);
}

static void
add_layer (JsonBuilder *json, const RwBenchLayer *layer, double peak)
{
  const RwNodeView *v = &layer->view;
  const double rate = layer->flops / layer->seconds / 1e9;

  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", v->name);
  rw_cli_json_string (json, "kind", v->kind);
  rw_cli_json_integer (json, "channels", v->channels);
  rw_cli_json_integer (json, "width", v->width);
  rw_cli_json_integer (json, "height", v->height);
  rw_cli_json_number (json, "macs_per_pixel", v->macs_per_pixel);
  rw_cli_json_number (json, "bytes", layer->bytes);
  rw_cli_json_number (json, "seconds", layer->seconds);
  rw_cli_json_number (json, "gflops", rate);
  rw_cli_json_number (json, "share_of_peak", rate / peak);
  rw_cli_json_number (json, "gb_per_s", layer->bytes / layer->seconds / 1e9);
  rw_cli_json_number (json, "onednn_direct_seconds", layer->onednn[0]);
  rw_cli_json_number (json, "onednn_winograd_seconds", layer->onednn[1]);
  json_builder_end_object (json);
}

static void
add_layers (JsonBuilder *json, const RwBenchCase *bench)
{
  json_builder_set_member_name (json, "layers");
  json_builder_begin_array (json);
  for (int i = 1; i < rw_bench_layers_get_n (bench->layers); i++) {
    const RwBenchLayer layer = rw_bench_layers_get (bench->layers, i);
    add_layer (json, &layer, rw_bench_case_peak (bench));
  }
  json_builder_end_array (json);
}

static void
add_inference (JsonBuilder *json,
               const RwBenchReport *report,
               const RwBenchCase *bench)
{
  const double seconds = rw_bench_case_seconds (bench, RW_BENCH_INFER),
               flops = rw_bench_case_infer_flops (bench),
               rate = rw_bench_case_infer_bytes (bench) / seconds / 1e9,
               dram = report->bandwidths[RW_BENCH_N_BANDWIDTHS - 1].copy;

  rw_cli_json_number (json, "seconds", seconds);
  rw_cli_json_number (json, "seconds_p10",
                      rw_bench_case_seconds_p10 (bench, RW_BENCH_INFER));
  rw_cli_json_number (json, "mpix_per_s",
                      (double) bench->settings.width * bench->settings.height /
                          seconds / 1e6);
  rw_cli_json_number (json, "gflops", flops / seconds / 1e9);
  rw_cli_json_number (json, "share_of_peak",
                      rw_bench_case_share (bench, RW_BENCH_INFER, flops));
  rw_cli_json_number (json, "gb_per_s", rate);
  rw_cli_json_number (json, "share_of_bandwidth", rate / dram);
  rw_cli_json_integer (json, "peak_bytes", (gint64) bench->bytes);
}

static void
add_training (JsonBuilder *json, const RwBenchCase *bench)
{
  const double seconds = rw_bench_case_seconds (bench, RW_BENCH_TRAIN),
               flops = rw_bench_case_train_flops (bench);

  rw_cli_json_integer (json, "batch", bench->recipe->batch);
  rw_cli_json_integer (json, "patch", bench->recipe->patch);
  rw_cli_json_number (json, "patches_per_s", bench->recipe->batch / seconds);
  rw_cli_json_number (json, "train_gflops", flops / seconds / 1e9);
  rw_cli_json_number (json, "train_share_of_peak",
                      rw_bench_case_share (bench, RW_BENCH_TRAIN, flops));
  if (!bench->trainer)
    return;
  const RwBenchTrainShares shares = rw_bench_train_get_shares (bench->trainer);
  rw_cli_json_string (json, "optimizer", bench->recipe->optimizer);
  rw_cli_json_number (json, "train_share_of_gradient", shares.gradient);
  rw_cli_json_number (json, "train_share_of_optimizer", shares.optimiser);
  rw_cli_json_number (json, "train_share_of_packing", shares.packing);
}

static void
add_int8 (JsonBuilder *json, const RwBenchCase *bench)
{
  const RwBenchInt8 *int8 = bench->int8;

  begin (json, "int8");
  rw_cli_json_string (json, "layers", int8->layers);
  rw_cli_json_number (json, "seconds",
                      rw_bench_case_seconds (bench, RW_BENCH_INT8));
  rw_cli_json_number (json, "float_seconds",
                      rw_bench_case_seconds (bench, RW_BENCH_FLOAT));
  rw_cli_json_number (
      json, "against_float",
      rw_bench_case_ratio (bench, RW_BENCH_INT8, RW_BENCH_FLOAT));
  rw_cli_json_number (json, "psnr", int8->psnr[1]);
  rw_cli_json_number (json, "float_psnr", int8->psnr[0]);
  rw_cli_json_number (json, "psnr_cost", int8->psnr[0] - int8->psnr[1]);
  json_builder_end_object (json);
}

static void
add_case (JsonBuilder *json,
          const RwBenchReport *report,
          const RwBenchCase *bench)
{
  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", bench->name);
  rw_cli_json_number (json, "macs_per_pixel",
                      rw_net_get_macs_per_pixel (bench->net));
  rw_cli_json_integer (json, "width", bench->settings.width);
  rw_cli_json_integer (json, "height", bench->settings.height);
  add_inference (json, report, bench);
  add_training (json, bench);
  add_against (json, bench);
  if (bench->torch)
    add_torch (json, bench);
  if (bench->onednn)
    add_onednn (json, bench);
  if (bench->int8)
    add_int8 (json, bench);
  if (bench->layers)
    add_layers (json, bench);
  json_builder_end_object (json);
}

/* ---- a run of bench ---------------------------------------------------- */

static void
add_bandwidths (JsonBuilder *json, const RwBenchReport *report)
{
  begin (json, "bandwidth");
  for (int i = 0; i < RW_BENCH_N_BANDWIDTHS; i++) {
    const RwBenchBandwidth *b = &report->bandwidths[i];
    begin (json, b->name);
    rw_cli_json_number (json, "bytes", b->bytes);
    rw_cli_json_number (json, "read_gb_per_s", b->read);
    rw_cli_json_number (json, "copy_gb_per_s", b->copy);
    json_builder_end_object (json);
  }
  json_builder_end_object (json);
}

static JsonBuilder *
begin_report (const RwBenchReport *report, double peak)
{
  JsonBuilder *json = json_builder_new ();

  json_builder_begin_object (json);
  rw_cli_json_integer (json, "threads", report->settings.n_threads);
  rw_cli_json_integer (json, "rounds", report->n_rounds);
  rw_cli_json_number (json, "load", report->load);
  rw_cli_json_string (json, "peak_level", rw_bench_peak_level ());
  rw_cli_json_number (json, "peak_gflops", peak);
  return json;
}

static void
end_report (JsonBuilder *json)
{
  json_builder_end_array (json);
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
}

void
rw_bench_report_json (const RwBenchReport *report, const GPtrArray *benches)
{
  g_autoptr (JsonBuilder) json = begin_report (
      report, rw_bench_case_peak (g_ptr_array_index (benches, 0)));

  add_bandwidths (json, report);
  json_builder_set_member_name (json, "nets");
  json_builder_begin_array (json);
  for (guint i = 0; i < benches->len; i++)
    add_case (json, report, g_ptr_array_index (benches, i));
  end_report (json);
}

static void
add_picture (JsonBuilder *json, const RwBenchPicture *picture)
{
  const double seconds = rw_bench_median (picture->seconds),
               rate = picture->flops / seconds / 1e9;

  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", picture->name);
  rw_cli_json_integer (json, "width", picture->width);
  rw_cli_json_integer (json, "height", picture->height);
  rw_cli_json_number (json, "seconds", seconds);
  rw_cli_json_number (json, "seconds_p10", rw_bench_p10 (picture->seconds));
  rw_cli_json_number (json, "mpix_per_s",
                      (double) picture->width * picture->height / seconds /
                          1e6);
  rw_cli_json_number (json, "gflops", rate);
  rw_cli_json_number (json, "share_of_peak",
                      rate / rw_bench_median (picture->peaks));
  rw_cli_json_integer (json, "peak_bytes", (gint64) picture->bytes);
  json_builder_end_object (json);
}

void
rw_bench_report_pictures_json (const RwBenchReport *report,
                               const GPtrArray *pictures)
{
  const RwBenchPicture *first = g_ptr_array_index (pictures, 0);
  g_autoptr (JsonBuilder) json =
      begin_report (report, rw_bench_median (first->peaks));

  json_builder_set_member_name (json, "nets");
  json_builder_begin_array (json);
  for (guint i = 0; i < pictures->len; i++)
    add_picture (json, g_ptr_array_index (pictures, i));
  end_report (json);
}

void
rw_bench_report_damages_json (const RwBenchReport *report,
                              const GPtrArray *damages)
{
  g_autoptr (JsonBuilder) json = begin_report (report, NAN);

  json_builder_set_member_name (json, "damage");
  json_builder_begin_array (json);
  for (guint i = 0; i < damages->len; i++) {
    const RwBenchDamage *damage = g_ptr_array_index (damages, i);
    json_builder_begin_object (json);
    rw_cli_json_string (json, "task", damage->task);
    rw_cli_json_number (json, "mpix_per_s",
                        rw_bench_damage_rate (damage) / 1e6);
    json_builder_end_object (json);
  }
  end_report (json);
}
