/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What nets are measured with.
 */
#include "bench/bench-fill.h"

#include "base/random.h"

#define SEED 1
/* Numbers in turn: drawing each anew takes longer than a small net. */
#define PERIOD 65521

void
rw_bench_fill_params (const RwNet *net, float *params)
{
  rw_net_init_params (net, params, SEED, NULL);
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    const guint64 key = rw_random_key (SEED, (guint64) i);
    g_autofree float *values = g_new (float, param->n_values);

    rw_net_export_param (net, i, params, values);
    for (gsize k = 0; k < param->n_values; k++)
      if (values[k] == 0)
        values[k] = 0.1f * (rw_random_uniform (key, k) - 0.5f);
    rw_net_import_param (net, i, params, values);
  }
}

void
rw_bench_fill_input (float *input, gsize n_pixels, int channels, int stride)
{
  g_autofree float *values = g_new (float, PERIOD);
  gsize next = 0;

  for (gsize i = 0; i < PERIOD; i++)
    values[i] = rw_random_uniform (SEED, i);
  for (gsize i = 0; i < n_pixels; i++)
    for (int c = 0; c < channels; c++) {
      input[i * (gsize) stride + (gsize) c] = values[next];
      next = next + 1 < PERIOD ? next + 1 : 0;
    }
}
