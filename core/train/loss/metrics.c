/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PSNR, blocks and SSIM.  Work is cut into fixed bands whose sums are added in order,
 * so the result does not depend on threads.
 */
#include "train/loss/metrics.h"

#include "base/parallel.h"
#include "train/loss/ssim.h"

#include <math.h>

double
rw_mse (const float *a, const float *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++) {
    const double d = (double) a[i] - (double) b[i];
    sum += d * d;
  }
  return sum / (double) n;
}

double
rw_psnr (double mse)
{
  return -10 * log10 (mse);
}

/* ---- blocks ------------------------------------------------------------- */

enum { BLOCK = 8 };

/* Squares of what neighbours differ by, within blocks and across their edges. */
typedef struct {
  double sums[2];
  gsize counts[2];
} Steps;

static void
add_steps (const float *a, const float *b, int channels, int across, Steps *s)
{
  for (int c = 0; c < channels; c++) {
    const double d = (double) a[c] - (double) b[c];
    s->sums[across] += d * d;
  }
  s->counts[across] += (gsize) channels;
}

double
rw_blocking (const float *a, int width, int height, int channels, int first)
{
  const gsize line = (gsize) width * (gsize) channels;
  Steps s = { { 0 }, { 0 } };

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const float *p = a + (gsize) y * line + (gsize) (x * channels);

      if (x > 0)
        add_steps (p, p - channels, channels, (x + first) % BLOCK == 0, &s);
      if (y > 0)
        add_steps (p, p - line, channels, (y + first) % BLOCK == 0, &s);
    }
  if (s.counts[0] == 0 || s.counts[1] == 0)
    return 0;
  const double more =
      s.sums[1] / (double) s.counts[1] - s.sums[0] / (double) s.counts[0];
  return more > 0 ? more * log2 (BLOCK) / log2 (MIN (width, height)) : 0;
}

/* ---- SSIM --------------------------------------------------------------- */

#define BAND 64 /* rows of results an item */

/* Local means of a, b, a^2, b^2, a b. */
enum { MEAN_A, MEAN_B, SQUARE_A, SQUARE_B, PRODUCT, N_MOMENTS };

typedef struct {
  int n;
  double weights[RW_SSIM_WINDOW]; /* sum 1 */
} Window;

typedef struct {
  const float *a, *b;
  int width, height, channels;
  Window across, down;
  int out_width, out_height; /* places of the window */
  int n_bands;
  double *sums; /* [channels][n_bands] */
} Comparison;

static Window
make_window (int side)
{
  Window window;

  window.n = rw_ssim_window (side, window.weights);
  return window;
}

/* Moments of row @y of channel @c, filtered across: [N_MOMENTS][out_width]. */
static void
filter_row (const Comparison *p, int y, int c, double *row)
{
  const gsize first = (gsize) y * (gsize) p->width * (gsize) p->channels;

  for (int x = 0; x < p->out_width; x++) {
    double sums[N_MOMENTS] = { 0 };
    for (int k = 0; k < p->across.n; k++) {
      const gsize at =
          first + (gsize) (x + k) * (gsize) p->channels + (gsize) c;
      const double w = p->across.weights[k], a = p->a[at], b = p->b[at];
      sums[MEAN_A] += w * a;
      sums[MEAN_B] += w * b;
      sums[SQUARE_A] += w * a * a;
      sums[SQUARE_B] += w * b * b;
      sums[PRODUCT] += w * a * b;
    }
    for (int m = 0; m < N_MOMENTS; m++)
      row[m * p->out_width + x] = sums[m];
  }
}

static double
similarity (const double *m)
{
  const double variances = m[SQUARE_A] - m[MEAN_A] * m[MEAN_A] + m[SQUARE_B] -
                           m[MEAN_B] * m[MEAN_B];
  const double covariance = m[PRODUCT] - m[MEAN_A] * m[MEAN_B];

  return (2 * m[MEAN_A] * m[MEAN_B] + RW_SSIM_C1) *
         (2 * covariance + RW_SSIM_C2) /
         ((m[MEAN_A] * m[MEAN_A] + m[MEAN_B] * m[MEAN_B] + RW_SSIM_C1) *
          (variances + RW_SSIM_C2));
}

/* The sum of one row of places, whose filtered rows lie in @ring. */
static double
sum_row (const Comparison *p, const double *ring, gsize n_row, int y)
{
  double sum = 0;

  for (int x = 0; x < p->out_width; x++) {
    double moments[N_MOMENTS] = { 0 };
    for (int k = 0; k < p->down.n; k++) {
      const double *row = ring + (gsize) ((y + k) % p->down.n) * n_row;
      for (int m = 0; m < N_MOMENTS; m++)
        moments[m] += p->down.weights[k] * row[m * p->out_width + x];
    }
    sum += similarity (moments);
  }
  return sum;
}

static void
compare_band (int item, int worker, void *data)
{
  Comparison *p = data;
  const int c = item / p->n_bands, first = item % p->n_bands * BAND;
  const int end = MIN (first + BAND, p->out_height);
  const gsize n_row = (gsize) N_MOMENTS * (gsize) p->out_width;
  g_autofree double *ring = g_new (double, (gsize) p->down.n *n_row);

  for (int y = first; y < first + p->down.n - 1; y++)
    filter_row (p, y, c, ring + (gsize) (y % p->down.n) * n_row);
  for (int y = first; y < end; y++) {
    const int last = y + p->down.n - 1;
    filter_row (p, last, c, ring + (gsize) (last % p->down.n) * n_row);
    p->sums[item] += sum_row (p, ring, n_row, y);
  }
}

double
rw_ssim (const float *a, const float *b, int width, int height, int channels)
{
  Comparison p = { .a = a,
                   .b = b,
                   .width = width,
                   .height = height,
                   .channels = channels,
                   .across = make_window (width),
                   .down = make_window (height) };
  p.out_width = width - p.across.n + 1;
  p.out_height = height - p.down.n + 1;
  p.n_bands = (p.out_height + BAND - 1) / BAND;
  g_autofree double *sums =
      g_new0 (double, (gsize) p.n_bands *(gsize) channels);
  double sum = 0;

  p.sums = sums;
  rw_parallel_for (p.n_bands * channels, compare_band, &p);
  for (int i = 0; i < p.n_bands * channels; i++)
    sum += sums[i];
  return sum / ((double) p.out_width * p.out_height * channels);
}
