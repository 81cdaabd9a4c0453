/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the rounds of a measurement say: medians, and medians of ratios within
 * a round, which a noisy machine disturbs least.
 */
#include "bench-case.h"

#include <math.h>

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
get_median (const GArray *values)
{
  g_autoptr (GArray) sorted =
      g_array_sized_new (FALSE, FALSE, sizeof (double), values->len);

  if (values->len == 0)
    return NAN;
  g_array_append_vals (sorted, values->data, values->len);
  g_array_sort (sorted, compare_doubles);
  const guint half = sorted->len / 2;
  const double upper = g_array_index (sorted, double, half);
  return sorted->len % 2
             ? upper
             : (upper + g_array_index (sorted, double, half - 1)) / 2;
}

double
rw_bench_case_seconds (const RwBenchCase *bench, RwBenchKind kind)
{
  return get_median (bench->seconds[kind]);
}

double
rw_bench_case_peak (const RwBenchCase *bench)
{
  return get_median (bench->peaks);
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
  return get_median (shares);
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
  return get_median (ratios);
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
  const RwBenchSettings *s = &bench->settings;

  return 3 * 2 * rw_net_get_macs_per_pixel (bench->net) * s->batch * s->patch *
         s->patch;
}
