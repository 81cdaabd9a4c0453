/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The transforms of Winograd together are a convolution, and NaN stays in its
 * channel, at every CPU level.  Each transform alone is test-kernels.c's.
 */
#include "kernels/kernels.h"

#include "reference/reference.h"

#include <math.h>

/* y = A' [(G w G') . (B' x B)] A is the 3x3 correlation of one tile.  Winograd
 * has its own bound: relative to the rms of the result, F(4x4,3x3) was
 * measured at 1.2e-6 rms and 1.2e-5 at most; here at most 2.5 times that. */
static void
check_convolution (const RwKernels *k, guint64 seed)
{
  enum { C = 64 };
  g_autoptr (RefFence) x = ref_fence_random (36 * C, &seed),
                       w = ref_fence_random (9 * C, &seed);
  float u[36 * C], v[36 * C], y[16 * C];
  double squares = 0, errors = 0, worst = 0;

  k->winograd_weights (u, w->v, 1, C);
  k->winograd_input (v, C, x->v, 6 * C, C, x->v);
  for (int i = 0; i < 36 * C; i++)
    v[i] *= u[i];
  k->winograd_output (y, 4 * C, v, C, C, NULL, NULL, RW_STORE_PLAIN, y);
  for (int i = 0; i < 16 * C; i++) {
    const int c = i % C, row = i / C / 4, col = i / C % 4;
    double want = 0;
    for (int j = 0; j < 9; j++)
      want += (double) x->v[((row + j / 3) * 6 + col + j % 3) * C + c] *
              (double) w->v[j * C + c];
    const double error = fabs ((double) y[i] - want);
    squares += want * want;
    errors += error * error;
    worst = fmax (worst, error);
  }
  const double rms = sqrt (squares / (16 * C));
  g_assert_cmpfloat (sqrt (errors / (16 * C)), <=, 3e-6 * rms);
  g_assert_cmpfloat (worst, <=, 3e-5 * rms);
}

/* A NaN in one channel of one pixel stays in that channel. */
static void
check_nan (const RwKernels *k)
{
  enum { C = 32, BAD = 13 };
  float x[36 * C] = { 0 }, v[36 * C], y[16 * C];
  x[14 * C + BAD] = NAN;
  k->winograd_input (v, C, x, 6 * C, C, x);
  k->winograd_output (y, 4 * C, v, C, C, NULL, NULL, RW_STORE_PLAIN, y);
  for (int i = 0; i < 36 * C; i++)
    g_assert_true (i % C == BAD || v[i] == 0);
  for (int i = 0; i < 16 * C; i++)
    g_assert_true (i % C == BAD ? isnan (y[i]) : y[i] == 0);
  k->winograd_output (y, 4 * C, v, C, C, NULL, NULL, RW_STORE_RELU, y);
  for (int i = 0; i < 16 * C; i++)
    g_assert_true (y[i] == 0);
}

static void
test_level (gconstpointer data)
{
  const RwKernels *k = rw_kernels_for_level ((RwLevel) GPOINTER_TO_INT (data));
  if (!k) {
    g_test_skip ("this machine or build has no such level");
    return;
  }
  for (guint64 seed = 1; seed <= 20; seed++)
    check_convolution (k, seed);
  check_nan (k);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int level = 0; level < RW_N_LEVELS; level++) {
    g_autofree char *path =
        g_strdup_printf ("/winograd/%s", rw_level_get_name ((RwLevel) level));
    g_test_add_data_func (path, GINT_TO_POINTER (level), test_level);
  }
  return g_test_run ();
}
