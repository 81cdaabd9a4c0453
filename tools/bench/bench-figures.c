/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the rounds of a measurement say: medians, and medians of ratios within
 * a round, which a noisy machine disturbs least.
 */
#include "bench/bench-figures.h"

#include "base/sort.h"
#include "bench/bench-case.h"

#include <math.h>

/* The value at @share of the sorted ones, between two of them by line. */
static double
get_quantile (const GArray *values, double share)
{
  g_autoptr (GArray) sorted = g_array_copy ((GArray *) values);

  if (values->len == 0)
    return NAN;
  rw_sort_doubles ((double *) (gpointer) sorted->data, sorted->len);
  const double at = share * (sorted->len - 1);
  const guint below = (guint) at, above = MIN (below + 1, sorted->len - 1);
  const double low = g_array_index (sorted, double, below),
               high = g_array_index (sorted, double, above);
  return low + (at - below) * (high - low);
}

double
rw_bench_median (const GArray *values)
{
  return get_quantile (values, 0.5);
}

double
rw_bench_p10 (const GArray *values)
{
  return get_quantile (values, 0.1);
}

double
rw_bench_case_seconds (const RwBenchCase *bench, RwBenchKind kind)
{
  return rw_bench_median (bench->seconds[kind]);
}

double
rw_bench_case_seconds_p10 (const RwBenchCase *bench, RwBenchKind kind)
{
  return rw_bench_p10 (bench->seconds[kind]);
}

double
rw_bench_case_peak (const RwBenchCase *bench)
{
  return rw_bench_median (bench->peaks);
}

double
rw_bench_case_share (const RwBenchCase *bench, RwBenchKind kind, double flops)
{
  const GArray *seconds = bench->seconds[kind];
  g_autoptr (GArray) shares = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < seconds->len; i++) {
    const double share = flops / g_array_index (seconds, double, i) / 1e9 /
                         g_array_index (bench->peaks, double, i);
    g_array_append_val (shares, share);
  }
  return rw_bench_median (shares);
}

double
rw_bench_case_ratio (const RwBenchCase *bench,
                     RwBenchKind kind,
                     RwBenchKind other)
{
  const GArray *ours = bench->seconds[kind], *theirs = bench->seconds[other];
  g_autoptr (GArray) ratios = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < MIN (ours->len, theirs->len); i++) {
    const double ratio =
        g_array_index (theirs, double, i) / g_array_index (ours, double, i);
    g_array_append_val (ratios, ratio);
  }
  return rw_bench_median (ratios);
}

double
rw_bench_case_infer_flops (const RwBenchCase *bench)
{
  return 2 * rw_net_get_macs_per_pixel (bench->net) * bench->settings.width *
         bench->settings.height;
}

/* Backward costs twice forward: once for the data, once for the weights. */
double
rw_bench_case_train_flops (const RwBenchCase *bench)
{
  const RwRecipe *recipe = bench->recipe;

  return 3 * 2 * rw_net_get_macs_per_pixel (bench->net) * recipe->batch *
         recipe->patch * recipe->patch;
}

double
rw_bench_case_infer_bytes (const RwBenchCase *bench)
{
  static const char *const activations[] = { "relu", "leaky-relu", "prelu",
                                             "gelu", "sigmoid",    "tanh",
                                             NULL };
  const int n = rw_net_get_n_nodes (bench->net);
  g_autofree RwNodeView *views = g_new (RwNodeView, n);
  double sum = 0;

  rw_net_view (bench->net, bench->settings.height, bench->settings.width,
               views);
  for (int i = 1; i < n; i++)
    if (!g_strv_contains (activations, views[i].kind))
      sum += rw_bench_layer_bytes (bench->net, views, i);
  return sum;
}
