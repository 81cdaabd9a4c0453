/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a weight file says without a picture.
 */
#include "explain/explain-weights.h"

#include "base/parallel.h"
#include "base/random.h"
#include "bench/bench-layers.h"
#include "cli/cli.h"
#include "explain/inspect.h"

#include <math.h>

#define TIMED_SIDE 256 /* pixels, that layers are timed at */
#define N_ROUNDS 7
#define KERNEL_SIDE 48 /* pixels that a kernel is drawn wide, about */

typedef struct {
  const RwModel *model;
  const RwNet *net;
  RwCliPage *page; /* or NULL */
  JsonBuilder *json;
  GArray *reports;
} Work;

/* ---- the first layer ------------------------------------------------------ */

static gboolean
show_kernels (const Work *work, GError **error)
{
  int n, side;
  g_autofree float *kernels =
      rw_inspect_first_kernels (work->net, work->model->weights->params,
                                work->model->feed.rgb, &n, &side);

  if (!work->page || !kernels)
    return TRUE;
  const int zoom = MAX (KERNEL_SIDE / side, 1), width = side * zoom;
  const int columns = rw_cli_tiles_columns (n, width);
  RwPicture *sheet = rw_cli_tiles_new (n, columns, width, width, error);
  const gsize stride = sheet ? rw_picture_get_stride (sheet) : 0;

  for (int k = 0; sheet && k < n; k++) {
    const float *kernel = kernels + (gsize) (k * side * side) * 3;
    guint8 *to = rw_cli_tiles_at (sheet, columns, width, width, k);
    float most = 1e-30f;
    for (int i = 0; i < 3 * side * side; i++)
      most = MAX (most, fabsf (kernel[i]));
    for (int y = 0; y < width; y++)
      for (int i = 0; i < 3 * width; i++)
        to[stride * (gsize) y + (gsize) i] =
            (guint8) (127.5f +
                      127.5f *
                          kernel[3 * (y / zoom * side + i / 3 / zoom) +
                                 i % 3] /
                          most);
  }
  rw_cli_page_heading (work->page, 2, "Kernels of the first layer");
  return rw_cli_page_figure (
      work->page, sheet, "kernels.png", 1, error,
      "The %d kernels as they lie on %d x %d pixels of the picture, each "
      "scaled by itself: grey is weight 0, lighter colours are added, darker "
      "ones taken off, so that stripes look for edges and colours for colour.",
      n, side, side);
}

/* ---- layers ---------------------------------------------------------------- */

static char *
list_dead (const GArray *dead)
{
  GString *text = g_string_new (dead->len > 0 ? NULL : "none");

  for (guint i = 0; i < dead->len; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? ", " : "",
                            g_array_index (dead, int, i));
  return g_string_free (text, FALSE);
}

static void
tell_layer (const Work *work, const RwLayerReport *r)
{
  JsonBuilder *json = work->json;

  json_builder_begin_object (json);
  rw_cli_json_string (json, "name", rw_net_get_node_name (work->net, r->node));
  rw_cli_json_integer (json, "channels", (gint64) r->n_outputs);
  rw_cli_json_integer (json, "weights", (gint64) r->n_values);
  rw_cli_json_number (json, "norm_least", r->norm_least);
  rw_cli_json_number (json, "norm_mean", r->norm_mean);
  rw_cli_json_number (json, "norm_most", r->norm_most);
  rw_cli_json_number (json, "rms", r->rms);
  rw_cli_json_number (json, "most", r->most);
  rw_cli_json_number (json, "int8_error", r->int8_error);
  rw_cli_json_number (json, "f16_error", r->f16_error);
  json_builder_set_member_name (json, "dead");
  json_builder_begin_array (json);
  for (guint i = 0; i < r->dead->len; i++)
    json_builder_add_int_value (json, g_array_index (r->dead, int, i));
  json_builder_end_array (json);
  json_builder_set_member_name (json, "histogram");
  json_builder_begin_array (json);
  for (int i = 0; i < RW_INSPECT_BINS; i++)
    json_builder_add_int_value (json, (gint64) r->bins[i]);
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static void
tabulate (const Work *work)
{
  rw_cli_page_heading (work->page, 2, "Channels and numbers of fewer bits");
  rw_cli_page_text (
      work->page,
      "A norm is that of all weights of one output channel; a channel is dead "
      "when its norm is below %g of the layer's largest, so that it says the "
      "same of every picture. The last columns are what rounding would "
      "change, "
      "as a share of the weights' rms: below 0.01 it is hardly ever seen.",
      RW_INSPECT_DEAD);
  rw_cli_page_begin_table (work->page,
                           "layer|channels|weights|norm, least|mean|most|dead "
                           "channels|rounded to int8|to f16");
  for (guint i = 0; i < work->reports->len; i++) {
    const RwLayerReport *r = &g_array_index (work->reports, RwLayerReport, i);
    g_autofree char *dead = list_dead (r->dead);
    rw_cli_page_row (work->page,
                     "%s|%" G_GSIZE_FORMAT "|%" G_GSIZE_FORMAT
                     "|%.3g|%.3g|%.3g|%s|%.2g|%.2g",
                     rw_net_get_node_name (work->net, r->node), r->n_outputs,
                     r->n_values, r->norm_least, r->norm_mean, r->norm_most,
                     dead, r->int8_error, r->f16_error);
  }
  rw_cli_page_end_table (work->page);
}

static void
show_bins (const Work *work)
{
  rw_cli_page_heading (work->page, 2, "Weights");
  rw_cli_page_text (work->page,
                    "How many weights of each layer have which value, from "
                    "minus to plus the largest: a lone peak at 0 is a layer "
                    "that could be smaller, bars at the ends are weights "
                    "that stand out.");
  rw_cli_page_begin_row (work->page);
  for (guint i = 0; i < work->reports->len; i++) {
    const RwLayerReport *r = &g_array_index (work->reports, RwLayerReport, i);
    g_autofree char *low = g_strdup_printf ("%.3g", -r->most);
    g_autofree char *high = g_strdup_printf ("%.3g", r->most);
    g_autofree char *caption = g_strdup_printf (
        "%s, rms %.3g", rw_net_get_node_name (work->net, r->node), r->rms);
    rw_cli_page_bins (work->page, r->bins, RW_INSPECT_BINS, low, high,
                      caption);
  }
  rw_cli_page_end_row (work->page);
}

/* ---- time ------------------------------------------------------------------ */

static void
fill_noise (RwRun *run, gsize n_pixels, int channels)
{
  const int stride = rw_channel_stride (channels);
  float *input = rw_run_get_input (run);

  for (gsize i = 0; i < n_pixels; i++)
    for (int c = 0; c < channels; c++)
      input[i * (gsize) stride + (gsize) c] =
          rw_random_uniform (1, i * (gsize) channels + (gsize) c);
}

static gboolean
time_layers (const Work *work, RwBenchLayers *layers, int side, GError **error)
{
  RwNet *net = work->model->weights->net;
  g_autoptr (RwRun) run =
      rw_run_new (net, RW_RUN_INFER, rw_parallel_get_workers ());

  if (!rw_run_prepare (run, 1, side, side, error))
    return FALSE;
  fill_noise (run, (gsize) side * (gsize) side, rw_net_get_in_channels (net));
  for (int i = 0; i <= N_ROUNDS; i++) {
    if (i == 1) /* the first round warms up */
      rw_bench_layers_forget (layers);
    if (!rw_bench_layers_round (layers, run, work->model->pack, NULL, error))
      return FALSE;
  }
  return TRUE;
}

static void
tell_times (const Work *work, const RwBenchLayers *layers, int side)
{
  const int n = rw_bench_layers_get_n (layers);
  double all = 0;

  for (int i = 1; i < n; i++)
    all += rw_bench_layers_get (layers, i).seconds;
  rw_cli_json_number (work->json, "seconds", all);
  json_builder_set_member_name (work->json, "times");
  json_builder_begin_array (work->json);
  for (int i = 1; i < n; i++) {
    const RwBenchLayer layer = rw_bench_layers_get (layers, i);
    json_builder_begin_object (work->json);
    rw_cli_json_string (work->json, "name", layer.view.name);
    rw_cli_json_number (work->json, "macs_per_pixel",
                        layer.view.macs_per_pixel);
    rw_cli_json_number (work->json, "seconds", layer.seconds);
    json_builder_end_object (work->json);
    if (work->page)
      rw_cli_page_row (work->page, "%s|%.0f|%.3f|%.1f %%|%.1f",
                       layer.view.name, layer.view.macs_per_pixel,
                       1e3 * layer.seconds,
                       all > 0 ? 100 * layer.seconds / all : 0,
                       layer.seconds > 0 ? layer.view.macs_per_pixel * side *
                                               side / layer.seconds / 1e9
                                         : 0);
  }
  json_builder_end_array (work->json);
}

static gboolean
show_times (const Work *work, GError **error)
{
  const int align = rw_net_get_align (work->net);
  const int side = (TIMED_SIDE + align - 1) / align * align;
  RwBenchLayers *layers = rw_bench_layers_new (work->net, side, side);
  const gboolean ok = time_layers (work, layers, side, error);

  if (ok && work->page) {
    rw_cli_page_heading (work->page, 2, "Work and time");
    rw_cli_page_text (work->page,
                      "Multiply-adds for a pixel of the picture, and the "
                      "median time of %d rounds at %d x %d pixels on this "
                      "machine; 0 is work that another layer does on its "
                      "way.",
                      N_ROUNDS, side, side);
    rw_cli_page_begin_table (
        work->page, "layer|MAC per pixel|ms|share of time|10^9 MAC per s");
  }
  if (ok)
    tell_times (work, layers, side);
  if (ok && work->page)
    rw_cli_page_end_table (work->page);
  rw_bench_layers_free (layers);
  return ok;
}

/* ---- all of it -------------------------------------------------------------- */

static void
introduce (const Work *work)
{
  const RwModel *model = work->model;
  const char *title = rw_model_get_metadata (model, "title");

  rw_cli_json_string (work->json, "task", model->task->info.name);
  rw_cli_json_string (work->json, "sha256", model->weights->digest);
  if (!work->page)
    return;
  rw_cli_page_begin_table (work->page, "what|found");
  rw_cli_page_row (work->page, "title|%s", title ? title : "untitled");
  rw_cli_page_row (work->page, "task|%s", model->task->info.name);
  rw_cli_page_row (work->page, "parameters|%" G_GSIZE_FORMAT,
                   rw_net_get_n_values (work->net));
  rw_cli_page_row (work->page, "MAC per pixel|%.0f",
                   rw_net_get_macs_per_pixel (work->net));
  rw_cli_page_row (work->page, "layers could reach|%d pixels",
                   rw_net_get_halo (work->net));
  rw_cli_page_row (work->page, "SHA-256|%s", model->weights->digest);
  rw_cli_page_end_table (work->page);
}

gboolean
rw_cli_explain_weights (const RwModel *model,
                        RwCliPage *page,
                        JsonBuilder *json,
                        GError **error)
{
  g_autoptr (GArray) reports =
      rw_inspect_weights (model->weights->net, model->weights->params);
  const Work work = { model, model->weights->net, page, json, reports };

  introduce (&work);
  if (!show_kernels (&work, error))
    return FALSE;
  json_builder_set_member_name (json, "layers");
  json_builder_begin_array (json);
  for (guint i = 0; i < reports->len; i++)
    tell_layer (&work, &g_array_index (reports, RwLayerReport, i));
  json_builder_end_array (json);
  if (page) {
    tabulate (&work);
    show_bins (&work);
  }
  return show_times (&work, error);
}
