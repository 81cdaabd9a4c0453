/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "tasks/light-level.h"

#include "tasks/curves.h"

#include <glib.h>
#include <math.h>

#define MOST 5.6   /* EV */
#define FLOOR 1e-3 /* light below which pixels tell nothing */

/* Bins are finer where pictures are dark: they count square roots of light. */
enum { BINS = 4096, N_SHARES = 3, N_GUESSES = 2 };

static const double shares[N_SHARES] = { 0.8, 0.95, 0.999 };

/* EV = base + slopes . log2 of the light below which these shares of the pixels
 * lie, of which the larger is taken: the first for pictures whose brightest
 * places should be white, the second for those with lamps, whose brightest
 * places are white already.  Fitted to 186 photographs as they are and to 1116
 * darkened copies and parts of them, a third with lamps, by least absolute (near
 * 0: squared) errors.  Good photographs count 1 of 4, and much below 1 EV too
 * much costs 1.5 times as much as too little: it would spoil good pictures. */
static const struct {
  double base, slopes[N_SHARES];
} guesses[N_GUESSES] = {
  { -0.086, { 0, 0, -0.861 } },
  { 0, { 1.776, -2.635, 0 } },
};

/* A third guess, for the night: how far the mean of light and the 95th percentile
 * lie below those of good photographs, in the mean of both, less what hardly any
 * good one lacks. */
#define NIGHT_BASE -2.8
#define NIGHT_SLOPE -0.5
#define NIGHT_SHARE 1 /* of shares */

/* Of the brightest channel, which is white in most good photographs' brightest
 * places, whatever their colour. */
static void
count_light (const float *rgb, gsize count, guint bins[BINS])
{
  const RwCurve *decode = rw_curve_decode_srgb ();

  for (gsize i = 0; i < count; i++, rgb += 3) {
    const float light =
        rw_curve_at (decode, MAX (MAX (rgb[0], rgb[1]), rgb[2]));

    bins[MIN ((int) (sqrtf (light) * BINS), BINS - 1)]++;
  }
}

/* log2 of the light above which 1 - @share of the pixels lie. */
static double
find_light (const guint bins[BINS], gsize count, double share)
{
  double seen = 0;
  int i = 0;

  while (i < BINS - 1 && (seen += bins[i]) < share * (double) count)
    i++;
  const double root = (i + 0.5) / BINS;
  return log2 (root * root + FLOOR);
}

static double
find_mean (const guint bins[BINS], gsize count)
{
  double sum = 0;

  for (int i = 0; i < BINS; i++)
    sum += bins[i] * ((i + 0.5) / BINS) * ((i + 0.5) / BINS);
  return log2 (sum / (double) count + FLOOR);
}

double
rw_light_level_estimate (const float *rgb, int n, int height, int width)
{
  const gsize count = (gsize) n * (gsize) height * (gsize) width;
  g_autofree guint *bins = g_new0 (guint, BINS);
  double lights[N_SHARES];

  count_light (rgb, count, bins);
  for (int i = 0; i < N_SHARES; i++)
    lights[i] = find_light (bins, count, shares[i]);
  double ev = NIGHT_BASE +
              NIGHT_SLOPE * (find_mean (bins, count) + lights[NIGHT_SHARE]);
  for (int g = 0; g < N_GUESSES; g++) {
    double guess = guesses[g].base;

    for (int i = 0; i < N_SHARES; i++)
      guess += guesses[g].slopes[i] * lights[i];
    ev = MAX (ev, guess);
  }
  return CLAMP (ev, 0, MOST);
}
