/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A decoded JPEG file has DCT coefficients near multiples of its quantisation
 * steps.  For each of the 63 AC coefficients, and each step s, the mean of
 * cos (2 pi c / s) is taken over the coefficients c that are not near 0: it is
 * near 1 at the true step and its divisors, near 0 or below elsewhere.  The
 * blocks' phase is the one with the most coefficients that are 0.
 */
#include "tasks/jpeg-quality.h"

#include "base/sort.h"
#include "tasks/chroma.h"
#include "tasks/jpeg-blocks.h"

#include <math.h>
#include <string.h>

enum {
  SIDE = 8,
  N = SIDE * SIDE,
  STEP_MAX = 255,
  FINE = 4, /* bins of a histogram in a coefficient of 1 */
  N_BINS = 1024 * FINE,
  N_LEAST = 16,      /* coefficients that a step is found by */
  N_STEPS_SURE = 20, /* that need not agree */
  N_STEPS_LEAST = 4, /* steps that a quality is found by */
  SEARCHED = 16,     /* samples that the phase is searched in */
  HIGH = 4 /* u + v of the coefficients that tell the phase, at least */
};

#define ZERO 0.6        /* |c| of a coefficient that may well have been 0 */
#define NEAR_ZERO 0.4   /* of a step */
#define SCORE_LEAST 0.6 /* of a step that is found */
#define AGREE 1.4       /* ratios that lie no further from the median */
#define SCORE_NEAR 0.1  /* a multiple may be as much worse */

typedef struct {
  const float *luma; /* [n][height][width], 0..255 */
  int n, height, width;
  float cosines[SIDE][SIDE]; /* [frequency][place] */
} Samples;

static void
init_cosines (float cosines[SIDE][SIDE])
{
  for (int u = 0; u < SIDE; u++)
    for (int x = 0; x < SIDE; x++)
      cosines[u][x] = (float) (cos ((2 * x + 1) * u * G_PI / (2 * SIDE)) *
                               (u == 0 ? sqrt (0.125) : 0.5));
}

/* Coefficient (u, v), u along x, at 8 v + u. */
static void
transform (const Samples *s, const float *at, float out[N])
{
  float rows[SIDE][SIDE];

  for (int y = 0; y < SIDE; y++)
    for (int u = 0; u < SIDE; u++) {
      float sum = 0;
      for (int x = 0; x < SIDE; x++)
        sum += at[y * s->width + x] * s->cosines[u][x];
      rows[y][u] = sum;
    }
  for (int v = 0; v < SIDE; v++)
    for (int u = 0; u < SIDE; u++) {
      float sum = 0;
      for (int y = 0; y < SIDE; y++)
        sum += rows[y][u] * s->cosines[v][y];
      out[SIDE * v + u] = sum;
    }
}

typedef void (*BlockFunc) (const float coefficients[N], gpointer data);

/* Calls @function with each whole block of the first @n samples where blocks
 * begin at (@phase_x, @phase_y). */
static void
for_each_block (const Samples *s,
                int n,
                int phase_x,
                int phase_y,
                BlockFunc function,
                gpointer data)
{
  float coefficients[N];

  for (int i = 0; i < n; i++)
    for (int y = phase_y; y + SIDE <= s->height; y += SIDE)
      for (int x = phase_x; x + SIDE <= s->width; x += SIDE) {
        const gsize row = (gsize) i * (gsize) s->height + (gsize) y;

        transform (s, s->luma + row * (gsize) s->width + (gsize) x,
                   coefficients);
        function (coefficients, data);
      }
}

typedef struct {
  int n_zeros, n;
} Zeros;

static void
count_zeros (const float coefficients[N], gpointer data)
{
  Zeros *zeros = data;

  for (int k = 0; k < N; k++)
    if (k / SIDE + k % SIDE >= HIGH) {
      zeros->n++;
      zeros->n_zeros += fabsf (coefficients[k]) < (float) ZERO;
    }
}

static void
find_phase (const Samples *s, int *phase_x, int *phase_y)
{
  double most = -1;

  *phase_x = *phase_y = 0;
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      Zeros zeros = { 0 };

      for_each_block (s, MIN (s->n, SEARCHED), x, y, count_zeros, &zeros);
      const double share = zeros.n > 0 ? (double) zeros.n_zeros / zeros.n : -1;
      if (share > most) {
        most = share;
        *phase_x = x;
        *phase_y = y;
      }
    }
}

static void
count_values (const float coefficients[N], gpointer data)
{
  guint32 (*histograms)[N_BINS] = data;

  for (int k = 1; k < N; k++) {
    const int bin = (int) lrintf (FINE * fabsf (coefficients[k]));
    histograms[k][MIN (bin, N_BINS - 1)]++;
  }
}

/* How near to multiples of @step those values are that are not near 0: a mean
 * of cosines, or -1 where there are too few. */
static double
score (const guint32 histogram[N_BINS], int last, int step)
{
  const int first = (int) ceil (NEAR_ZERO * FINE * step);
  double sum = 0;
  guint n = 0;

  for (int i = first; i <= last; i++)
    if (histogram[i] > 0) {
      sum += histogram[i] * cos (2 * G_PI * i / (FINE * step));
      n += histogram[i];
    }
  return n >= N_LEAST ? sum / n : -1;
}

/* 0: none.  A true step's divisors fit as well, so the largest is taken. */
static int
find_step (const guint32 histogram[N_BINS])
{
  double scores[STEP_MAX + 1], best = -1;
  int last = N_BINS - 1, step = 0;

  while (last > 0 && histogram[last] == 0)
    last--;
  for (int s = 2; s <= STEP_MAX; s++) {
    scores[s] = score (histogram, last, s);
    if (scores[s] > best) {
      best = scores[s];
      step = s;
    }
  }
  if (best < SCORE_LEAST)
    return 0;
  for (int s = STEP_MAX; s > step; s--) {
    const int rest = s % step;

    if ((rest <= 1 || rest == step - 1) && scores[s] >= best - SCORE_NEAR &&
        scores[s] >= scores[s - 1] &&
        (s == STEP_MAX || scores[s] >= scores[s + 1]))
      return s;
  }
  return step;
}

/* The median ratio of steps that are found to the usual ones of quality 50; 0
 * where they are few, unless most of them agree. */
static double
find_scale (const int steps[N], const guint16 usual[N])
{
  double ratios[N];
  gsize n = 0, n_near = 0;

  for (int k = 1; k < N; k++)
    if (steps[k] > 0)
      ratios[n++] = (double) steps[k] / usual[k];
  if (n < N_STEPS_LEAST)
    return 0;
  rw_sort_doubles (ratios, n);
  const double median = ratios[n / 2];
  for (gsize i = 0; i < n; i++)
    n_near += ratios[i] < AGREE * median && ratios[i] > median / AGREE;
  return 2 * n_near > n || n >= N_STEPS_SURE ? median : 0;
}

static double
find_quality (guint32 (*histograms)[N_BINS])
{
  guint16 usual[N], table[N];
  int steps[N] = { 0 };

  rw_jpeg_tables_from_quality (50, usual, table);
  for (int k = 1; k < N; k++)
    steps[k] = find_step (histograms[k]);
  const double scale = find_scale (steps, usual);
  if (scale == 0)
    return NAN;
  for (int k = 0; k < N; k++) {
    const double step = steps[k] > 0 ? steps[k] : rint (scale * usual[k]);
    table[k] = (guint16) CLAMP (step, 1, STEP_MAX);
  }
  return rw_jpeg_tables_get_quality (table);
}

double
rw_jpeg_quality_estimate (const float *rgb, int n, int height, int width)
{
  const gsize n_pixels = (gsize) n * (gsize) height * (gsize) width;
  g_autofree float *luma = g_new (float, n_pixels);
  guint32 (*histograms)[N_BINS] = g_malloc0_n (N, sizeof *histograms);
  Samples s = { luma, n, height, width, { { 0 } } };
  int phase_x, phase_y;

  rw_chroma_luma (rgb, n_pixels, 255, luma);
  init_cosines (s.cosines);
  find_phase (&s, &phase_x, &phase_y);
  for_each_block (&s, n, phase_x, phase_y, count_values, histograms);
  const double quality = find_quality (histograms);
  g_free (histograms);
  return quality;
}
