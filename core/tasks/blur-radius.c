/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An edge of a picture that a Gaussian of deviation s has blurred loses
 * steepness when another Gaussian of deviation 1 blurs it again: by
 *   ratio = sqrt (1 + 1 / s^2).
 * The ratio is taken on the ridges of steepness, where this is highest; texture
 * has ratios above that of edges, so their upper quartile counts.  A picture of
 * a good lens has s = SHARP already.  Source of the ratio: Zhuo and Sim 2011,
 * "Defocus map estimation from a single image".
 */
#include "tasks/blur-radius.h"

#include "base/sort.h"
#include "tasks/chroma.h"
#include "tasks/filter.h"

#include <math.h>

#define SHARP 0.38        /* px: deviation of a sharp picture's edges */
#define RIDGE_SHARE 0.02  /* of all pixels, the steepest */
#define STEEP_LEAST 0.03f /* of white, a pixel */
#define QUARTILE 0.75
#define SPREAD 2.4 /* radius of a deviation; 2 for a disc, and texture */

enum { MARGIN = 4, N_LEAST = 20 };

typedef struct {
  float steepness, ratio;
} Place;

static float
get_steepness (const RwPlanes *luma, int x, int y)
{
  const float *at = luma->pixels + (gsize) y * (gsize) luma->width + (gsize) x;

  return hypotf (at[1] - at[-1], at[luma->width] - at[-luma->width]) / 2;
}

/* Whether none of its neighbours is steeper. */
static gboolean
is_ridge (const RwPlanes *luma, int x, int y, float steepness)
{
  for (int dy = -1; dy <= 1; dy++)
    for (int dx = -1; dx <= 1; dx++)
      if (get_steepness (luma, x + dx, y + dy) > steepness)
        return FALSE;
  return TRUE;
}

/* Places of one sample that are steep enough; those beside ridges with a ratio
 * of 0. */
static void
list_places (const RwPlanes *luma, const RwPlanes *again, GArray *places)
{
  for (int y = MARGIN; y < luma->height - MARGIN; y++)
    for (int x = MARGIN; x < luma->width - MARGIN; x++) {
      Place place = { get_steepness (luma, x, y), 0 };

      if (place.steepness < STEEP_LEAST)
        continue;
      if (is_ridge (luma, x, y, place.steepness))
        place.ratio =
            place.steepness / MAX (get_steepness (again, x, y), 1e-6f);
      g_array_append_val (places, place);
    }
}

/* The steepest first. */
static int
compare_steepness (gconstpointer a, gconstpointer b)
{
  return rw_compare ((double) ((const Place *) b)->steepness,
                     (double) ((const Place *) a)->steepness);
}

static int
compare_ratios (gconstpointer a, gconstpointer b)
{
  return rw_compare ((double) ((const Place *) a)->ratio,
                     (double) ((const Place *) b)->ratio);
}

/* @n_pixels: all that were looked at. */
static double
find_radius (GArray *places, gsize n_pixels)
{
  Place *all = (Place *) (gpointer) places->data;
  const gsize n_most = (gsize) (RIDGE_SHARE * (double) n_pixels);
  const gsize n_steep = MIN (places->len, n_most);
  gsize n = 0;

  rw_sort (all, places->len, sizeof *all, compare_steepness);
  for (gsize i = 0; i < n_steep; i++)
    if (all[i].ratio > 0)
      all[n++] = all[i];
  if (n < N_LEAST)
    return 0;
  rw_sort (all, n, sizeof *all, compare_ratios);
  const double ratio = (double) all[(gsize) (QUARTILE * (double) n)].ratio;
  const double s_2 = 1 / MAX (ratio * ratio - 1, 1e-3);
  return SPREAD * sqrt (MAX (s_2 - SHARP * SHARP, 0));
}

double
rw_blur_radius_estimate (const float *rgb, int n, int height, int width)
{
  const gsize n_pixels = (gsize) height * (gsize) width;
  g_autofree float *memory = g_new (float, 2 * n_pixels);
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  const RwPlanes luma = { width, height, 1, memory };
  RwPlanes again = { width, height, 1, memory + n_pixels };
  const RwBlur blur = rw_blur_gaussian (1);

  for (int i = 0; i < n; i++) {
    rw_chroma_luma (rgb + 3 * (gsize) i * n_pixels, n_pixels, 1, memory);
    rw_blur (&luma, &blur, 1, &again);
    list_places (&luma, &again, places);
  }
  const gsize inside = (gsize) MAX (width - 2 * MARGIN, 0) *
                       (gsize) MAX (height - 2 * MARGIN, 0);
  return find_radius (places, (gsize) n * inside);
}
