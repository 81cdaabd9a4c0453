/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Changing a picture's size: rows first, then columns, each a weighted sum of
 * a few that lie around.
 */
#include "tasks/resize.h"

#include <math.h>

#include <string.h>

#define TAPS_MAX 44 /* a cubic's 4 times a reduction to a tenth, and edges */

typedef float Vector
    __attribute__ ((vector_size (16), aligned (4), may_alias));

enum { LANES = 4 };

/* What each result along one axis is a sum of: n that follow one another, from
 * first on, which may lie beyond the edge. */
typedef struct {
  int n, stride;  /* the latter a multiple of LANES */
  int *first;     /* [result], ascending */
  float *weights; /* [result][stride], 0 from n on */
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
make_taps (int n_in, int n_out, RwResize kind, double scale)
{
  if (scale == 0)
    scale = (double) n_out / n_in;
  const double shrink = kind == RW_RESIZE_AREA ? scale : fmin (scale, 1);
  const double reach =
      0.5 * get_width (kind) / shrink + (kind == RW_RESIZE_AREA ? 0.5 : 0);
  const int n = MIN ((int) ceil (2 * reach - 1e-9) + 1, TAPS_MAX);
  Taps taps = { .n = n, .stride = (n + LANES - 1) / LANES * LANES };

  taps.first = g_new (int, (gsize) n_out);
  taps.weights = g_new0 (float, (gsize) taps.stride *(gsize) n_out);
  for (int i = 0; i < n_out; i++) {
    const double centre = (i + 0.5 - 0.5 * n_out) / scale + 0.5 * n_in - 0.5;
    const int first = (int) ceil (centre - reach - 1e-9);
    float *weights = taps.weights + (gsize) i * (gsize) taps.stride;
    double exact[TAPS_MAX], sum = 0;
    for (int j = 0; j < n; j++) {
      exact[j] = weigh (kind, (centre - (first + j)) * shrink, 0.5 * shrink);
      sum += exact[j];
    }
    for (int j = 0; j < n; j++)
      weights[j] = (float) (exact[j] / sum);
    taps.first[i] = first;
  }
  return taps;
}

static void
free_taps (Taps *taps)
{
  g_free (taps->first);
  g_free (taps->weights);
}

/* @line: a pixel's colours in three lanes at once; one more float is read. */
static void
resize_colours (const float *line, const Taps *taps, int n, float *out)
{
  for (int i = 0; i < n; i++) {
    const float *from = line + 3 * taps->first[i];
    const float *weights = taps->weights + i * taps->stride;
    Vector even = { 0 }, odd = { 0 };
    for (int j = 0; j < taps->n; j += 2) {
      even += weights[j] * *(const Vector *) (from + 3 * j);
      odd += weights[j + 1] * *(const Vector *) (from + 3 * j + 3);
    }
    even += odd;
    memcpy (out + 3 * i, &even, 3 * sizeof (float));
  }
}

static void
resize_plane (const float *line, const Taps *taps, int n, float *out)
{
  for (int i = 0; i < n; i++) {
    const float *from = line + taps->first[i];
    const float *weights = taps->weights + i * taps->stride;
    Vector sum = { 0 };
    for (int j = 0; j < taps->stride; j += LANES)
      sum += *(const Vector *) (weights + j) * *(const Vector *) (from + j);
    out[i] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

void
rw_resize (const RwPlanes *in, RwResize kind, double scale, RwPlanes *out)
{
  const gsize channels = (gsize) in->channels;
  const gsize n_in = (gsize) in->width * channels;
  const gsize n_out = (gsize) out->width * channels;
  Taps down = make_taps (in->height, out->height, kind, scale);
  Taps across = make_taps (in->width, out->width, kind, scale);
  const int before = MAX (0, -across.first[0]);
  const int last = across.first[out->width - 1] + across.stride;
  const int after = MAX (0, last - in->width);
  g_autofree float *memory =
      g_new0 (float, n_in + (gsize) (before + after) * channels + 1);
  float *line = memory + (gsize) before * channels;
  const float *rows[TAPS_MAX];

  for (int y = 0; y < out->height; y++) {
    for (int j = 0; j < down.n; j++)
      rows[j] = in->pixels +
                (gsize) rw_mirror (down.first[y] + j, in->height) * n_in;
    rw_weigh_rows (rows, down.weights + y * down.stride, down.n, line, n_in);
    for (int i = -before; i < in->width + after; i++)
      if (i < 0 || i >= in->width)
        memcpy (line + i * (int) channels,
                line + rw_mirror (i, in->width) * (int) channels,
                channels * sizeof (float));
    (channels == 3 ? resize_colours : resize_plane) (
        line, &across, out->width, out->pixels + (gsize) y * n_out);
  }
  free_taps (&down);
  free_taps (&across);
}
