/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The noise of photographs is correlated, so that high frequencies tell little
 * of it.  In each square of 16 pixels the deviation from a plane is taken, of
 * lightness and of both colour differences; the tenth part of the squares with
 * the least is the flattest.  Texture raises lightness more than colour:
 *   level = min (1.3 Y, 3 (Cb + Cr) / 2).
 */
#include "tasks/photo-level.h"

#include <glib.h>

#include <math.h>
#include <stdlib.h>

enum { SIDE = 16, N = SIDE * SIDE };

#define SHARE 0.1 /* of the squares, the flattest */

/* Deviation of SIDE x SIDE values from the plane that fits them best. */
static double
measure_square (const double values[N])
{
  double mean = 0, along_x = 0, along_y = 0, squares = 0, norm = 0;

  for (int i = 0; i < N; i++) {
    const double x = i % SIDE - (SIDE - 1) / 2.0;
    const double y = (double) (i / SIDE) - (SIDE - 1) / 2.0;
    mean += values[i] / N;
    along_x += x * values[i];
    along_y += y * values[i];
    squares += values[i] * values[i];
    norm += x * x;
  }
  const double rest = squares - N * mean * mean -
                      (along_x * along_x + along_y * along_y) / norm;
  return sqrt (MAX (rest, 0) / (N - 3));
}

/* Y, Cb and Cr (Rec. 601) of the square at @rgb. */
static void
measure_colours (const float *rgb, int width, double deviations[3])
{
  double planes[3][N];

  for (int i = 0; i < N; i++) {
    const float *p =
        rgb + 3 * ((gsize) (i / SIDE) * (gsize) width + (gsize) (i % SIDE));
    const double r = (double) p[0], g = (double) p[1], b = (double) p[2];
    planes[0][i] = 0.299 * r + 0.587 * g + 0.114 * b;
    planes[1][i] = (b - planes[0][i]) / 1.772;
    planes[2][i] = (r - planes[0][i]) / 1.402;
  }
  for (int c = 0; c < 3; c++)
    deviations[c] = 255 * measure_square (planes[c]);
}

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
rw_photo_level_estimate (const float *rgb, int n, int height, int width)
{
  const gsize n_most =
      (gsize) n * (gsize) (height / SIDE) * (gsize) (width / SIDE);
  g_autofree double *luma = g_new (double, n_most);
  g_autofree double *chroma = g_new (double, n_most);
  gsize n_squares = 0;

  for (int i = 0; i < n; i++)
    for (int y = 0; y + SIDE <= height; y += SIDE)
      for (int x = 0; x + SIDE <= width; x += SIDE) {
        double deviations[3];
        measure_colours (rgb + 3 * (((gsize) i * (gsize) height + (gsize) y) *
                                        (gsize) width +
                                    (gsize) x),
                         width, deviations);
        luma[n_squares] = deviations[0];
        chroma[n_squares++] = (deviations[1] + deviations[2]) / 2;
      }
  if (n_squares == 0)
    return 0;
  qsort (luma, n_squares, sizeof *luma, compare);
  qsort (chroma, n_squares, sizeof *chroma, compare);
  const gsize at = (gsize) (SHARE * (double) (n_squares - 1));
  return MIN (1.3 * luma[at], 3 * chroma[at]);
}
