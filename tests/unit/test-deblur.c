/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/deblur.c, tasks/blur-kernel.c and tasks/grain.c: the radius that was
 * asked, what is left undamaged, the noise's deviation and correlation.
 */
#include "damages.h"

#include "tasks/blur-kernel.h"
#include "tasks/chroma.h"
#include "tasks/deblur.h"
#include "tasks/grain.h"

static const Damager deblur = { "deblur", 1, rw_deblur_draw, rw_deblur_extent,
                                rw_deblur_degrade };

/* The definition once more, on the weights as a picture. */
static double
measure (const RwKernel *kernel)
{
  double sum = 0, mean[2] = { 0 }, squares[2] = { 0 };

  for (int i = 0; i < kernel->n; i++)
    sum += (double) kernel->weights[i];
  g_assert_cmpfloat (fabs (sum - 1), <, 1e-5);
  for (int i = 0; i < kernel->n; i++) {
    mean[0] += (double) kernel->weights[i] * kernel->x[i];
    mean[1] += (double) kernel->weights[i] * kernel->y[i];
  }
  for (int i = 0; i < kernel->n; i++) {
    squares[0] +=
        (double) kernel->weights[i] * pow (kernel->x[i] - mean[0], 2);
    squares[1] +=
        (double) kernel->weights[i] * pow (kernel->y[i] - mean[1], 2);
  }
  g_assert_cmpfloat (hypot (mean[0], mean[1]), <, 0.3);
  return 2 * sqrt ((squares[0] + squares[1]) / 2);
}

static void
test_kernels (void)
{
  for (int kind = RW_BLUR_DISC; kind <= RW_BLUR_PLATEAU; kind++) {
    for (int i = 0; i < 120; i++) {
      const double radius = 0.3 + 3.7 * i / 119;
      const RwKernel kernel =
          rw_blur_kernel_make ((RwBlurKind) kind, radius, (guint64) i);
      const int reach = rw_blur_kernel_reach (radius);
      const double got = measure (&kernel);
      g_assert_cmpfloat (fabs (got / radius - 1), <, 0.05);
      g_assert_cmpfloat (fabs (rw_blur_kernel_measure (&kernel) - got), <,
                         1e-6);
      for (int j = 0; j < kernel.n; j++) {
        g_assert_true (kernel.weights[j] >= 0);
        g_assert_cmpint (ABS (kernel.x[j]), <=, reach);
        g_assert_cmpint (ABS (kernel.y[j]), <=, reach);
      }
    }
  }
}

/* A disc's inside is even and its edge lies at the radius. */
static void
test_disc (void)
{
  const RwKernel kernel = rw_blur_kernel_make (RW_BLUR_DISC, 3.5, 0);

  for (int i = 0; i < kernel.n; i++) {
    const double distance = hypot (kernel.x[i], kernel.y[i]);
    const double weight = (double) kernel.weights[i] * G_PI * 3.5 * 3.5;
    g_assert_cmpfloat (distance, <, 4.5);
    if (distance < 2.5)
      g_assert_cmpfloat (fabs (weight - 1), <, 0.06);
  }
}

static void
test_shares (void)
{
  const int n = 3000;
  int n_undamaged = 0, n_blind = 0, n_more = 0, n_kept = 0, n_exact = 0;

  for (int i = 0; i < n; i++) {
    RwDamage damage;
    rw_deblur_draw (rw_random_key (4, (guint64) i), &damage);
    g_assert_true (damage.values[0] >= 0 && damage.values[0] <= 4);
    n_undamaged += damage.values[0] < 0.3;
    n_blind += damage.blind;
    n_more += damage.told > 1;
    if (i >= 300)
      continue;
    const double asked = damage.values[0];
    Pair pair = make_pair (&deblur, damage, 40, 32);
    g_assert_cmpfloat (fabs (pair.damage.values[0] - asked), <=, 0.05 * asked);
    if (asked < 0.3) {
      g_assert_cmpmem (pair.clean.rgb, count (&pair.clean) * 4,
                       pair.source.rgb, count (&pair.source) * 4);
      const double most = largest_change (&pair);
      g_assert_cmpfloat (most, <, 0.25); /* a good JPEG, at a coloured edge */
      n_exact += most <= 0.501 / 255;
      n_kept++;
    }
    clear_pair (&pair);
  }
  g_assert_cmpfloat (fabs (n_undamaged / (double) n - 0.12), <, 0.02);
  g_assert_cmpfloat (fabs (n_exact / (double) n_kept - 0.6), <, 0.25);
  g_assert_cmpfloat (fabs (n_blind / (double) n - 0.3), <, 0.03);
  g_assert_cmpfloat (fabs (n_more / (double) n - 0.6), <, 0.03);
}

/* Gaussian blur of deviation s: neighbours d apart correlate by
 * exp (-d^2 / 4 s^2). */
static void
test_grain (void)
{
  const int side = 200;
  RwPlanes rgb = rw_planes_make (side, side, 3);
  g_autofree float *memory = g_new (float, 3 * side * side);
  RwPlanes ycc[3];
  const RwGrain grain = { .sigma_luma = 0.02,
                          .sigma_chroma = 0.01,
                          .size_luma = 0.67,
                          .size_chroma = 1.5,
                          .gains = { 0.5f, 1, 1, 0.5f },
                          .key = 3 };
  double squares[2] = { 0 }, pairs[2] = { 0 };

  for (int i = 0; i < side * side * 3; i++)
    rgb.pixels[i] = i < side * side * 3 / 2 ? 0.45f : 0;
  rw_grain_add (&rgb, &grain);
  rw_chroma_set (ycc, side, side, memory);
  rw_chroma_split (&rgb, ycc);
  for (int i = 1; i < side * side / 2; i++) {
    const double y = (double) ycc[0].pixels[i] - 0.45;
    const double cb = (double) ycc[1].pixels[i];
    squares[0] += y * y;
    squares[1] += cb * cb;
    pairs[0] += y * ((double) ycc[0].pixels[i - 1] - 0.45);
    pairs[1] += cb * (double) ycc[1].pixels[i - 1];
  }
  g_assert_cmpfloat (fabs (sqrt (squares[0] * 2) / side / 0.02 - 1), <, 0.05);
  g_assert_cmpfloat (fabs (sqrt (squares[1] * 2) / side / 0.01 - 1), <, 0.07);
  g_assert_cmpfloat (fabs (pairs[0] / squares[0] - 0.57), <, 0.04);
  g_assert_cmpfloat (fabs (pairs[1] / squares[1] - 0.89), <, 0.03);
  double dark = 0;
  for (int i = side * side / 2; i < side * side; i++)
    dark += (double) ycc[0].pixels[i] * (double) ycc[0].pixels[i];
  g_assert_cmpfloat (fabs (sqrt (dark * 2) / side / 0.01 - 1), <, 0.05);
  g_free (rgb.pixels);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deblur/kernels", test_kernels);
  g_test_add_func ("/deblur/disc", test_disc);
  g_test_add_func ("/deblur/shares", test_shares);
  g_test_add_func ("/deblur/grain", test_grain);
  return g_test_run ();
}
