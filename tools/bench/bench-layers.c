/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where a net's time goes.
 */
#include "bench/bench-layers.h"

#include "base/parallel.h"
#include "bench/bench-clock.h"
#include "bench/bench-figures.h"

#include <math.h>

enum { OURS, ONEDNN_DIRECT, ONEDNN_WINOGRAD, N_COLUMNS };

struct RwBenchLayers {
  const RwNet *net;
  RwNodeView *views;
  int n_nodes, n_workers, height, width;
  double *started;             /* by worker, the shared piece first */
  double *spent;               /* of this round: [worker][node] */
  GArray **seconds[N_COLUMNS]; /* by node; of doubles, a round each */
};

RwBenchLayers *
rw_bench_layers_new (const RwNet *net, int height, int width)
{
  RwBenchLayers *layers = g_new0 (RwBenchLayers, 1);
  const int n = rw_net_get_n_nodes (net),
            n_workers = rw_parallel_get_workers ();

  layers->net = net;
  layers->n_nodes = n;
  layers->n_workers = n_workers;
  layers->height = height;
  layers->width = width;
  layers->views = g_new (RwNodeView, n);
  rw_net_view (net, height, width, layers->views);
  layers->started = g_new0 (double, n_workers + 1);
  layers->spent = g_new0 (double, (gsize) (n_workers + 1) * (gsize) n);
  for (int k = 0; k < N_COLUMNS; k++) {
    layers->seconds[k] = g_new (GArray *, n);
    for (int i = 0; i < n; i++)
      layers->seconds[k][i] = g_array_new (FALSE, FALSE, sizeof (double));
  }
  return layers;
}

void
rw_bench_layers_free (RwBenchLayers *layers)
{
  if (!layers)
    return;
  for (int k = 0; k < N_COLUMNS; k++) {
    for (int i = 0; i < layers->n_nodes; i++)
      g_array_unref (layers->seconds[k][i]);
    g_free (layers->seconds[k]);
  }
  g_free (layers->views);
  g_free (layers->started);
  g_free (layers->spent);
  g_free (layers);
}

/* ---- rounds ------------------------------------------------------------ */

/* Workers write to rows of their own. */
static void
note (gpointer data, int node, int worker, gboolean begins)
{
  RwBenchLayers *layers = data;
  double *started = &layers->started[worker + 1];

  if (begins)
    *started = rw_bench_now ();
  else
    layers->spent[(worker + 1) * layers->n_nodes + node] +=
        rw_bench_now () - *started;
}

/* A piece of one worker takes its share of all of them. */
static void
append_round (RwBenchLayers *layers)
{
  const int n = layers->n_nodes;

  for (int i = 0; i < n; i++) {
    double seconds = layers->spent[i];
    for (int worker = 1; worker <= layers->n_workers; worker++)
      seconds += layers->spent[worker * n + i] / layers->n_workers;
    g_array_append_val (layers->seconds[OURS][i], seconds);
  }
}

static gboolean
ask_onednn (RwBenchLayers *layers,
            RwBenchRival *onednn,
            const char *question,
            int column,
            GError **error)
{
  g_autofree double *seconds = g_new (double, layers->n_nodes);

  if (!rw_bench_rival_ask (onednn, question, seconds, layers->n_nodes, error))
    return FALSE;
  for (int i = 0; i < layers->n_nodes; i++)
    g_array_append_val (layers->seconds[column][i], seconds[i]);
  return TRUE;
}

gboolean
rw_bench_layers_round (RwBenchLayers *layers,
                       RwRun *run,
                       const RwPack *pack,
                       RwBenchRival *onednn,
                       GError **error)
{
  const int n = (layers->n_workers + 1) * layers->n_nodes;

  for (int i = 0; i < n; i++)
    layers->spent[i] = 0;
  rw_run_set_probe (run, note, layers);
  rw_run_forward (run, pack);
  rw_run_set_probe (run, NULL, NULL);
  append_round (layers);
  return !onednn ||
         (ask_onednn (layers, onednn, "direct layers", ONEDNN_DIRECT, error) &&
          ask_onednn (layers, onednn, "winograd layers", ONEDNN_WINOGRAD,
                      error));
}

void
rw_bench_layers_forget (RwBenchLayers *layers)
{
  for (int k = 0; k < N_COLUMNS; k++)
    for (int i = 0; i < layers->n_nodes; i++)
      g_array_set_size (layers->seconds[k][i], 0);
}

/* ---- figures ----------------------------------------------------------- */

static double
n_values (const RwNodeView *view)
{
  return (double) view->height * view->width * view->channels;
}

double
rw_bench_layer_bytes (const RwNet *net, const RwNodeView *views, int node)
{
  const RwNodeView *view = &views[node];
  double values = n_values (view);

  for (int k = 0; k < view->n_inputs; k++)
    values += n_values (&views[view->inputs[k]]);
  for (int i = 0; i < view->n_params; i++)
    values += (double) rw_net_get_param (net, view->first_param + i)->n_values;
  return node > 0 ? values * sizeof (float) : 0;
}

int
rw_bench_layers_get_n (const RwBenchLayers *layers)
{
  return layers->n_nodes;
}

RwBenchLayer
rw_bench_layers_get (const RwBenchLayers *layers, int i)
{
  const RwNodeView *view = &layers->views[i];

  return (RwBenchLayer){
    .view = *view,
    .flops = 2 * view->macs_per_pixel * layers->height * layers->width,
    .bytes = rw_bench_layer_bytes (layers->net, layers->views, i),
    .seconds = rw_bench_median (layers->seconds[OURS][i]),
    .onednn = { rw_bench_median (layers->seconds[ONEDNN_DIRECT][i]),
                rw_bench_median (layers->seconds[ONEDNN_WINOGRAD][i]) },
  };
}
