/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/eval/detail.c: all of it, none of it, a known part of it, and pictures
 * without structure.
 */
#include "train/eval/detail.h"

#include "base/parallel.h"

#include <math.h>

enum { WIDTH = 90, HEIGHT = 70, N = 3 * WIDTH * HEIGHT };

/* Stripes of @contrast that turn from column to column. */
static float *
make_stripes (float contrast)
{
  float *rgb = g_new (float, N);

  for (int i = 0; i < N; i++) {
    const int x = i / 3 % WIDTH;
    rgb[i] = 0.5f + contrast * (float) sin (1.5 * x);
  }
  return rgb;
}

static double
measure (const float *restored, const float *clean)
{
  double kept = -1;

  g_assert_true (rw_detail_kept (restored, clean, WIDTH, HEIGHT, &kept, NULL));
  return kept;
}

static void
test_shares (void)
{
  g_autofree float *clean = make_stripes (0.2f);
  g_autofree float *half = make_stripes (0.1f);
  g_autofree float *none = make_stripes (0);

  g_assert_cmpfloat (fabs (measure (clean, clean) - 1), <, 1e-12);
  g_assert_cmpfloat (fabs (measure (half, clean) - 0.25), <, 1e-5);
  g_assert_cmpfloat (measure (none, clean), <, 1e-9);
}

static void
test_flat (void)
{
  g_autofree float *none = make_stripes (0);

  g_assert_true (isnan (measure (none, none)));
}

static void
test_threads (void)
{
  g_autofree float *clean = make_stripes (0.2f);
  g_autofree float *half = make_stripes (0.13f);

  rw_parallel_set_threads (1);
  const double one = measure (half, clean);
  rw_parallel_set_threads (3);
  g_assert_true (measure (half, clean) == one);
  rw_parallel_set_threads (0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detail/shares", test_shares);
  g_test_add_func ("/detail/flat", test_flat);
  g_test_add_func ("/detail/threads", test_threads);
  return g_test_run ();
}
