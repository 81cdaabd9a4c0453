/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * White noise is as strong in each coefficient of an orthonormal transform,
 * and independent in them.  So windows of 8x8 are chosen by how little they
 * hold at low frequencies, where pictures live, and the noise is read from the
 * high ones, on which that choice has no influence. Source: Ponomarenko,
 * Lukin, Zriakhov, Kaarna, Astola 2007, section 2; the margins against
 * clipping are ours. Measured on Kodak24, noise clipped and rounded: median
 * error 2 % at level 10, below 1 % from 15 to 50, 5 % too little at 75;
 * pictures as they are give 1.6.
 */
#include "tasks/noise-level.h"

#include "base/sort.h"

#include <glib.h>

#include <math.h>

#define SIZE 8    /* of a window */
#define SPLIT 7   /* coefficients with u + v below it choose windows */
#define N_HIGH 36 /* those with u + v >= SPLIT */
#define WINDOWS_MAX 65536
#define ENOUGH 64 /* windows to rely on */

typedef struct {
  gsize first; /* float at the window's corner, channel included */
  float low;   /* energy below SPLIT, without the mean */
  float mean;
} Window;

typedef struct {
  const float *rgb;
  int width;
  float cosines[SIZE][SIZE]; /* [frequency][place] */
  GArray *windows;           /* of Window, by rising energy */
} Sample;

static void
fill_cosines (Sample *sample)
{
  for (int u = 0; u < SIZE; u++)
    for (int x = 0; x < SIZE; x++)
      sample->cosines[u][x] =
          (float) (sqrt ((u == 0 ? 1.0 : 2.0) / SIZE) *
                   cos (G_PI * u * (2 * x + 1) / (2 * SIZE)));
}

/* Orthonormal cosine transform of a window of one channel. */
static void
transform (const Sample *sample, const float *corner, float out[SIZE][SIZE])
{
  float rows[SIZE][SIZE];

  for (int y = 0; y < SIZE; y++)
    for (int u = 0; u < SIZE; u++) {
      rows[y][u] = 0;
      for (int x = 0; x < SIZE; x++)
        rows[y][u] += sample->cosines[u][x] *
                      corner[3 * ((gsize) y * sample->width + x)];
    }
  for (int v = 0; v < SIZE; v++)
    for (int u = 0; u < SIZE; u++) {
      out[v][u] = 0;
      for (int y = 0; y < SIZE; y++)
        out[v][u] += sample->cosines[v][y] * rows[y][u];
    }
}

static void
add_window (Sample *sample, gsize first)
{
  float c[SIZE][SIZE], low = 0, high = 0;

  transform (sample, sample->rgb + first, c);
  for (int v = 0; v < SIZE; v++)
    for (int u = 0; u < SIZE; u++)
      if (u + v >= SPLIT)
        high += c[v][u] * c[v][u];
      else if (u + v > 0)
        low += c[v][u] * c[v][u];
  const Window window = { .first = first, .low = low, .mean = c[0][0] / SIZE };
  if (low + high > 1e-9f) /* painted, not photographed */
    g_array_append_val (sample->windows, window);
}

static int
compare_windows (const void *a, const void *b)
{
  const Window *x = a, *y = b;

  if (x->low != y->low)
    return x->low < y->low ? -1 : 1;
  return x->first < y->first ? -1 : x->first > y->first;
}

static gboolean
is_grey (const float *rgb, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (rgb[3 * i] != rgb[3 * i + 1] || rgb[3 * i] != rgb[3 * i + 2])
      return FALSE;
  return TRUE;
}

/* Places of windows in @n images of @height x @width, no more than about
 * WINDOWS_MAX of them. */
static void
add_windows (Sample *sample, int n, int height, int width)
{
  const gsize image = (gsize) height * width;
  const int channels = is_grey (sample->rgb, n * image) ? 1 : 3;
  int step = 4;

  while (n * image / ((gsize) step * step) > WINDOWS_MAX)
    step++;
  for (int i = 0; i < n; i++)
    for (int y = 0; y + SIZE <= height; y += step)
      for (int x = 0; x + SIZE <= width; x += step)
        for (int c = 0; c < channels; c++)
          add_window (sample, 3 * (i * image + (gsize) y * width + x) + c);
}

/* The flattest tenth of the windows whose mean keeps @margin from black and
 * white: their indices, in @chosen.  Returns how many. */
static int
choose (const Sample *sample, float margin, guint *chosen)
{
  guint n_fit = 0;

  for (guint i = 0; i < sample->windows->len; i++) {
    const Window *window = &g_array_index (sample->windows, Window, i);
    if (window->mean >= margin && window->mean <= 1 - margin)
      chosen[n_fit++] = i;
  }
  return (int) MAX (n_fit / 10, MIN (n_fit, ENOUGH));
}

/* Deviation of the high coefficients: the median over them of each one's mean
 * square, since a texture disturbs some and not all. */
static double
measure (const Sample *sample, const guint *chosen, int n)
{
  double squares[N_HIGH] = { 0 };
  float c[SIZE][SIZE];

  for (int i = 0; i < n; i++) {
    const Window *window = &g_array_index (sample->windows, Window, chosen[i]);
    int k = 0;
    transform (sample, sample->rgb + window->first, c);
    for (int v = 0; v < SIZE; v++)
      for (int u = 0; u < SIZE; u++)
        if (u + v >= SPLIT)
          squares[k++] += (double) c[v][u] * c[v][u];
  }
  rw_sort_doubles (squares, N_HIGH);
  return sqrt ((squares[N_HIGH / 2 - 1] + squares[N_HIGH / 2]) / 2 / n);
}

/* Windows far enough from black and white not to be clipped much, where there
 * are any; the margin follows the estimate. */
static double
estimate (const Sample *sample)
{
  g_autofree guint *chosen = g_new (guint, sample->windows->len + 1);
  double sigma = 0, margin = 0.1;

  for (int round = 0; round < 4; round++) {
    int n = choose (sample, (float) margin, chosen);
    while (n < ENOUGH && margin > 0) {
      margin = margin < 0.02 ? -1 : margin / 2;
      n = choose (sample, (float) margin, chosen);
    }
    if (n == 0)
      break;
    sigma = measure (sample, chosen, n);
    margin = CLAMP (2 * sigma, 0.02, 0.4);
  }
  return sigma;
}

double
rw_noise_level_estimate (const float *rgb, int n, int height, int width)
{
  Sample sample = { .rgb = rgb, .width = width };

  fill_cosines (&sample);
  sample.windows = g_array_new (FALSE, FALSE, sizeof (Window));
  add_windows (&sample, n, height, width);
  rw_sort (sample.windows->data, sample.windows->len, sizeof (Window),
           compare_windows);
  const double sigma = 255 * estimate (&sample);
  g_array_free (sample.windows, TRUE);
  return sigma > RW_NOISE_LEVEL_MIN ? MIN (sigma, RW_NOISE_LEVEL_MAX)
                                    : RW_NOISE_LEVEL_MIN;
}
