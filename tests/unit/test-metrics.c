/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/loss/metrics.c: PSNR, blocks and SSIM against slow twins that follow the
 * formula.
 */
#include "train/loss/metrics.h"

#include "reweave.h"
#include "base/parallel.h"
#include "base/random.h"

#include <math.h>

enum { SEED = 13 };

static float *
draw (int n, guint64 stream)
{
  float *values = g_new (float, n);

  for (int i = 0; i < n; i++)
    values[i] = rw_random_uniform (rw_random_key (SEED, stream), (guint64) i);
  return values;
}

/* A picture and a noisy copy. */
static void
make_pair (int width, int height, int channels, float **a, float **b)
{
  const int n = width * height * channels;

  *a = draw (n, 1);
  *b = draw (n, 2);
  for (int i = 0; i < n; i++) {
    (*a)[i] = 0.5f + 0.4f * sinf (0.05f * (float) i) + 0.1f * (*a)[i];
    (*b)[i] = (*a)[i] + 0.2f * ((*b)[i] - 0.5f);
  }
}

/* ---- PSNR --------------------------------------------------------------- */

static void
test_psnr (void)
{
  float a[64], b[64];

  for (int i = 0; i < 64; i++) {
    a[i] = (float) i / 64;
    b[i] = a[i] + (i % 2 ? 0.125f : -0.125f);
  }
  g_assert_cmpfloat (rw_mse (a, b, 64), ==, 0.015625);
  g_assert_cmpfloat (fabs (rw_psnr (0.015625) - 18.061799739838871), <=, 1e-9);
  g_assert_cmpfloat (fabs (rw_psnr (1e-3) - 30), <=, 1e-9);
  g_assert_true (isinf (rw_psnr (rw_mse (a, a, 64))));
}

/* A million equal terms: single precision would lose them. */
static void
test_mse_precision (void)
{
  const gsize n = 1 << 20;
  g_autofree float *a = g_new (float, n), *b = g_new0 (float, n);

  for (gsize i = 0; i < n; i++)
    a[i] = 0.1f;
  g_assert_cmpfloat (fabs (rw_mse (a, b, n) / (0.1 * 0.1) - 1), <=, 1e-6);
}

/* ---- blocks ------------------------------------------------------------- */

/* Squares of 8 x 8 of which each has one value: steps are at edges alone. */
static void
test_blocks (void)
{
  enum { WIDTH = 32, HEIGHT = 24 };
  float a[HEIGHT][WIDTH][3], far[HEIGHT][WIDTH][3];
  double sums[2] = { 0 }, counts[2] = { 0 };

  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++) {
        a[y][x][c] = (x / 8 + y / 8) % 2 ? 0.75f : 0.25f;
        far[y][x][c] = 0.01f * (float) (x + y);
      }
  g_assert_cmpfloat_with_epsilon (rw_blocking (a[0][0], WIDTH, HEIGHT, 3, 0),
                                  0.25 * 3 / log2 (HEIGHT), 1e-12);
  /* blocks that begin elsewhere: steps lie within them alone */
  g_assert_cmpfloat (rw_blocking (a[0][0], WIDTH, HEIGHT, 3, 4), ==, 0);
  g_assert_cmpfloat_with_epsilon (rw_blocking (far[0][0], WIDTH, HEIGHT, 3, 0),
                                  0, 1e-6);
  g_assert_cmpfloat (rw_blocking (a[0][0], 1, 1, 3, 0), ==, 0);

  /* the formula, with noise */
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++)
        a[y][x][c] += 0.1f * rw_random_uniform (3, (guint64) (y * WIDTH + x));
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++)
        for (int down = 0; down < 2; down++) {
          const int y2 = y + down, x2 = x + 1 - down;
          if (y2 == HEIGHT || x2 == WIDTH)
            continue;
          const int edge = (down ? y2 : x2) % 8 == 0;
          const double d = (double) (a[y2][x2][c] - a[y][x][c]);
          sums[edge] += d * d;
          counts[edge]++;
        }
  g_assert_cmpfloat_with_epsilon (
      rw_blocking (a[0][0], WIDTH, HEIGHT, 3, 0),
      (sums[1] / counts[1] - sums[0] / counts[0]) * 3 / log2 (HEIGHT), 1e-7);
}

/* ---- SSIM --------------------------------------------------------------- */

static int
window_side (int side)
{
  int odd = 11;

  while (odd > side)
    odd -= 2;
  return odd;
}

/* One place of the window, as the paper writes it. */
static double
naive_place (const float *a,
             const float *b,
             int width,
             int channels,
             int x,
             int y,
             int nx,
             int ny)
{
  double mean_a = 0, mean_b = 0, var_a = 0, var_b = 0, cov = 0, sum = 0;

  for (int pass = 0; pass < 2; pass++) {
    for (int j = 0; j < ny; j++) {
      for (int i = 0; i < nx; i++) {
        const double dx = i - nx / 2, dy = j - ny / 2;
        const double w = exp (-(dx * dx + dy * dy) / (2 * 1.5 * 1.5));
        const double p = a[((y + j) * width + x + i) * channels];
        const double q = b[((y + j) * width + x + i) * channels];
        if (pass == 0) {
          sum += w;
          mean_a += w * p;
          mean_b += w * q;
        } else {
          var_a += w / sum * (p - mean_a) * (p - mean_a);
          var_b += w / sum * (q - mean_b) * (q - mean_b);
          cov += w / sum * (p - mean_a) * (q - mean_b);
        }
      }
    }
    if (pass == 0) {
      mean_a /= sum;
      mean_b /= sum;
    }
  }
  return (2 * mean_a * mean_b + 1e-4) * (2 * cov + 9e-4) /
         ((mean_a * mean_a + mean_b * mean_b + 1e-4) * (var_a + var_b + 9e-4));
}

static double
naive_ssim (
    const float *a, const float *b, int width, int height, int channels)
{
  const int nx = window_side (width), ny = window_side (height);
  double sum = 0;
  int n = 0;

  for (int c = 0; c < channels; c++)
    for (int y = 0; y + ny <= height; y++)
      for (int x = 0; x + nx <= width; x++, n++)
        sum += naive_place (a + c, b + c, width, channels, x, y, nx, ny);
  return sum / n;
}

static void
test_ssim (void)
{
  static const int sizes[][3] = { { 40, 150, 3 }, { 11, 11, 3 }, { 12, 11, 1 },
                                  { 5, 20, 3 },   { 20, 4, 1 },  { 1, 1, 3 },
                                  { 1, 30, 1 },   { 13, 64, 3 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const int *s = sizes[i];
    g_autofree float *a = NULL, *b = NULL;
    make_pair (s[0], s[1], s[2], &a, &b);
    const double expected = naive_ssim (a, b, s[0], s[1], s[2]);
    const double got = rw_ssim (a, b, s[0], s[1], s[2]);
    g_test_message ("%d x %d x %d: %.9f, expected %.9f", s[0], s[1], s[2], got,
                    expected);
    g_assert_cmpfloat (fabs (got - expected), <=, 1e-9);
    g_assert_cmpfloat (fabs (rw_ssim (a, a, s[0], s[1], s[2]) - 1), <=, 1e-9);
  }
}

static void
test_ssim_order (void)
{
  g_autofree float *a = NULL, *b = NULL;
  make_pair (64, 64, 3, &a, &b);
  g_autofree float *worse = g_memdup2 (b, 64 * 64 * 3 * sizeof (float));

  for (int i = 0; i < 64 * 64 * 3; i++)
    worse[i] = a[i] + 2 * (b[i] - a[i]);
  const double near = rw_ssim (a, b, 64, 64, 3);
  g_assert_cmpfloat (near, <, 1);
  g_assert_cmpfloat (rw_ssim (a, worse, 64, 64, 3), <, near);
  g_assert_cmpfloat (fabs (rw_ssim (b, a, 64, 64, 3) - near), <=, 1e-12);
}

static void
test_threads (void)
{
  g_autofree float *a = NULL, *b = NULL;
  double first = 0;

  make_pair (70, 200, 3, &a, &b);
  for (int n = 1; n <= 3; n++) {
    rw_parallel_set_threads (n);
    const double ssim = rw_ssim (a, b, 70, 200, 3);
    if (n == 1)
      first = ssim;
    g_assert_cmpfloat (ssim, ==, first);
  }
  rw_parallel_set_threads (0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/psnr", test_psnr);
  g_test_add_func ("/metrics/mse-precision", test_mse_precision);
  g_test_add_func ("/metrics/blocks", test_blocks);
  g_test_add_func ("/metrics/ssim", test_ssim);
  g_test_add_func ("/metrics/ssim-order", test_ssim_order);
  g_test_add_func ("/metrics/threads", test_threads);
  return g_test_run ();
}
