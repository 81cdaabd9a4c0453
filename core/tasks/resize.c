/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Changing a picture's size: rows first, then columns, each a weighted sum of
 * a few that lie around.
 */
#include "tasks/resize.h"

#include <math.h>

#define TAPS_MAX 44 /* a cubic's 4 times a reduction to a tenth, and edges */

/* What each result along one axis is a sum of. */
typedef struct {
  int n;          /* a result's taps */
  int *at;        /* [result][n] */
  float *weights; /* [result][n] */
} Taps;

static double
get_width (RwResize kind)
{
  switch (kind) {
  case RW_RESIZE_AREA:
    return 1;
  case RW_RESIZE_LINEAR:
    return 2;
  case RW_RESIZE_CUBIC:
    return 4;
  }
  return 0;
}

/* The kernel at distance @x in units of the wider pixels; @half: half a pixel
 * of the picture in these units. */
static double
weigh (RwResize kind, double x, double half)
{
  const double a = fabs (x);

  switch (kind) {
  case RW_RESIZE_AREA: /* the common part of both pixels */
    return fmax (0, fmin (a + half, 0.5) - fmax (a - half, -0.5));
  case RW_RESIZE_LINEAR:
    return fmax (0, 1 - a);
  case RW_RESIZE_CUBIC:
    if (a <= 1)
      return (1.5 * a - 2.5) * a * a + 1;
    return a < 2 ? ((-0.5 * a + 2.5) * a - 4) * a + 2 : 0;
  }
  return 0;
}

static Taps
make_taps (int n_in, int n_out, RwResize kind)
{
  const double scale = (double) n_out / n_in;
  const double shrink = kind == RW_RESIZE_AREA ? scale : fmin (scale, 1);
  const double reach =
      0.5 * get_width (kind) / shrink + (kind == RW_RESIZE_AREA ? 0.5 : 0);
  const int n = MIN ((int) ceil (2 * reach - 1e-9) + 1, TAPS_MAX);
  const gsize total = (gsize) n * (gsize) n_out;
  Taps taps = { n, g_new (int, total), g_new (float, total) };

  for (int i = 0; i < n_out; i++) {
    const double centre = (i + 0.5) / scale - 0.5;
    const int first = (int) ceil (centre - reach - 1e-9);
    double weights[TAPS_MAX], sum = 0;
    for (int j = 0; j < n; j++) {
      weights[j] = weigh (kind, (centre - (first + j)) * shrink, 0.5 * shrink);
      sum += weights[j];
    }
    for (int j = 0; j < n; j++) {
      taps.at[i * n + j] = rw_mirror (first + j, n_in);
      taps.weights[i * n + j] = (float) (weights[j] / sum);
    }
  }
  return taps;
}

static void
free_taps (Taps *taps)
{
  g_free (taps->at);
  g_free (taps->weights);
}

static void
resize_row (const float *in, const Taps *taps, int channels, int n, float *out)
{
  for (int i = 0; i < n; i++) {
    const int *at = taps->at + i * taps->n;
    const float *weights = taps->weights + i * taps->n;
    if (channels == 3) {
      float a = 0, b = 0, c = 0;
      for (int j = 0; j < taps->n; j++) {
        const float *pixel = in + (gsize) at[j] * 3;
        a += weights[j] * pixel[0];
        b += weights[j] * pixel[1];
        c += weights[j] * pixel[2];
      }
      *out++ = a;
      *out++ = b;
      *out++ = c;
      continue;
    }
    for (int c = 0; c < channels; c++) {
      float sum = 0;
      for (int j = 0; j < taps->n; j++)
        sum += weights[j] * in[(gsize) at[j] * (gsize) channels + (gsize) c];
      *out++ = sum;
    }
  }
}

void
rw_resize (const RwPlanes *in, RwResize kind, RwPlanes *out)
{
  const gsize n_in = (gsize) in->width * (gsize) in->channels;
  const gsize n_out = (gsize) out->width * (gsize) in->channels;
  Taps down = make_taps (in->height, out->height, kind);
  Taps across = make_taps (in->width, out->width, kind);
  g_autofree float *line = g_new (float, n_in);
  const float *rows[TAPS_MAX];

  for (int y = 0; y < out->height; y++) {
    for (int j = 0; j < down.n; j++)
      rows[j] = in->pixels + (gsize) down.at[y * down.n + j] * n_in;
    rw_weigh_rows (rows, down.weights + y * down.n, down.n, line, n_in);
    resize_row (line, &across, in->channels, out->width,
                out->pixels + (gsize) y * n_out);
  }
  free_taps (&down);
  free_taps (&across);
}
