/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For test-kernels.c: y[i] = sum over k of w[k] x[i + k step].
 */
#pragma once

static void
check_correlation (Check *t, int n, int n_taps, int step)
{
  g_autoptr (RefFence) x = random_fence (t, n + (n_taps - 1) * step);
  g_autoptr (RefFence) w = random_fence (t, n_taps);
  g_autoptr (RefFence) y = ref_fence_new (n);

  t->k->correlate (y->v, x->v, n, w->v, n_taps, step);
  for (int i = 0; i < n; i++) {
    double sum = 0, absolute = 0;
    for (int k = 0; k < n_taps; k++) {
      const double term = (double) w->v[k] * (double) x->v[i + k * step];
      sum += term;
      absolute += fabs (term);
    }
    expect (t, i, (double) y->v[i], sum, n_taps, absolute);
  }
}

static void
check_correlate (Check *t)
{
  static const int sizes[] = { 1, 7, 16, 31, 64, 65, 127, 128, 200 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (int n_taps = 1; n_taps <= 11; n_taps += 5) {
      check_correlation (t, sizes[i], n_taps, 1);
      check_correlation (t, sizes[i], n_taps, 4);
      check_correlation (t, sizes[i], n_taps, 100);
    }
}
