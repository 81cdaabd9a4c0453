/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "tasks/light-level.h"

#include "tasks/curves.h"

#include <glib.h>
#include <math.h>

/* Of 133 good photographs, as powers of 2. */
#define USUAL_MEAN -2.1
#define USUAL_HIGH -0.7
#define HIGH 0.95 /* which percentile that is */
#define MOST 5.6  /* EV */

/* Bins are finer where pictures are dark: they count square roots of light. */
enum { BINS = 4096 };

static float
get_light (const float *rgb)
{
  const RwCurve *decode = rw_curve_decode_srgb ();
  float light[3];

  for (int c = 0; c < 3; c++)
    light[c] = rw_curve_at (decode, CLAMP (rgb[c], 0.0f, 1.0f));
  return 0.2126f * light[0] + 0.7152f * light[1] + 0.0722f * light[2];
}

double
rw_light_level_estimate (const float *rgb, int n, int height, int width)
{
  const gsize count = (gsize) n * (gsize) height * (gsize) width;
  g_autofree guint *bins = g_new0 (guint, BINS);
  double sum = 0;
  gsize seen = 0;
  int high = 0;

  for (gsize i = 0; i < count; i++) {
    const float light = get_light (rgb + 3 * i);
    sum += (double) light;
    bins[MIN ((int) (sqrtf (light) * BINS), BINS - 1)]++;
  }
  while (high < BINS - 1 &&
         (double) (seen += bins[high]) < HIGH * (double) count)
    high++;
  const double root = (high + 0.5) / BINS;
  const double ev = USUAL_MEAN - log2 (fmax (sum / (double) count, 1e-6)) +
                    USUAL_HIGH - 2 * log2 (root);
  return CLAMP (0.5 * ev, 0, MOST);
}
