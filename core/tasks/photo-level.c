/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The noise of photographs is correlated, so that high frequencies tell little
 * of it.  In each square of 16 pixels the deviation from a plane is taken, of
 * lightness and of both colour differences; the tenth part of the squares with
 * the least is the flattest.  Texture raises lightness more than colour:
 *   least = min (1.3 Y, 3 (Cb + Cr) / 2).
 * Noise has no direction, grass and hair have one: turn, the mean over the
 * flattest squares of how much steeper one direction is than the other.
 *   level = least / (1 + 4 max (0, turn - 0.2)).
 * The numbers, those of rw_photo_level_judge too, are chosen by what denoise-m
 * makes of photographs that it is told them of, see weights/EXPERIMENTS.md.
 */
#include "tasks/photo-level.h"

#include "base/sort.h"

#include <glib.h>

#include <math.h>

enum { SIDE = 16, N = SIDE * SIDE };

#define SHARE 0.1 /* of the squares, the flattest */
#define CLIPPED_LOW 0.01
#define CLIPPED_HIGH 0.99

typedef struct {
  double luma, chroma; /* deviations in 1/255 */
  double turn;         /* |log (steepness along x / along y)| of lightness */
} Square;

/* Takes the plane that fits best out of SIDE x SIDE values.  Returns the
 * deviation of what is left. */
static double
flatten (double values[N])
{
  double mean = 0, along_x = 0, along_y = 0, norm = 0, squares = 0;

  for (int i = 0; i < N; i++) {
    const double x = i % SIDE - (SIDE - 1) / 2.0;
    const double y = (double) (i / SIDE) - (SIDE - 1) / 2.0;
    mean += values[i] / N;
    along_x += x * values[i];
    along_y += y * values[i];
    norm += x * x;
  }
  for (int i = 0; i < N; i++) {
    const double x = i % SIDE - (SIDE - 1) / 2.0;
    const double y = (double) (i / SIDE) - (SIDE - 1) / 2.0;
    values[i] -= mean + (along_x * x + along_y * y) / norm;
    squares += values[i] * values[i];
  }
  return sqrt (squares / (N - 3));
}

static double
measure_turn (const double values[N])
{
  const double least = 1e-3 / (255 * 255); /* for squares without steps */
  double along_x = 0, along_y = 0;

  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE - 1; x++) {
      const double *row = values + y * SIDE + x;
      const double *column = values + x * SIDE + y;
      along_x += (row[1] - row[0]) * (row[1] - row[0]);
      along_y += (column[SIDE] - column[0]) * (column[SIDE] - column[0]);
    }
  const double n = SIDE * (SIDE - 1);
  return fabs (log ((along_x / n + least) / (along_y / n + least)));
}

/* The square at @rgb in Y, Cb and Cr (Rec. 601).  FALSE if it is clipped to
 * black or white, where noise does not show. */
static gboolean
measure_square (const float *rgb, int width, Square *square)
{
  double planes[3][N], mean = 0;

  for (int i = 0; i < N; i++) {
    const float *p =
        rgb + 3 * ((gsize) (i / SIDE) * (gsize) width + (gsize) (i % SIDE));
    const double r = (double) p[0], g = (double) p[1], b = (double) p[2];
    planes[0][i] = 0.299 * r + 0.587 * g + 0.114 * b;
    planes[1][i] = (b - planes[0][i]) / 1.772;
    planes[2][i] = (r - planes[0][i]) / 1.402;
    mean += planes[0][i] / N;
  }
  square->luma = 255 * flatten (planes[0]);
  square->chroma = 255 * (flatten (planes[1]) + flatten (planes[2])) / 2;
  square->turn = measure_turn (planes[0]);
  return mean > CLIPPED_LOW && mean < CLIPPED_HIGH;
}

static int
compare_luma (gconstpointer a, gconstpointer b)
{
  return rw_compare (((const Square *) a)->luma, ((const Square *) b)->luma);
}

static int
compare_chroma (gconstpointer a, gconstpointer b)
{
  return rw_compare (((const Square *) a)->chroma,
                     ((const Square *) b)->chroma);
}

static double
combine (Square *squares, gsize n)
{
  const gsize at = (gsize) (SHARE * (double) (n - 1));
  double turn = 0;

  rw_sort (squares, n, sizeof *squares, compare_luma);
  for (gsize i = 0; i <= at; i++)
    turn += squares[i].turn / (double) (at + 1);
  const double luma = squares[at].luma;
  rw_sort (squares, n, sizeof *squares, compare_chroma);
  const double least = MIN (1.3 * luma, 3 * squares[at].chroma);

  return least / (1 + 4 * MAX (0, turn - 0.2));
}

double
rw_photo_level_estimate (const float *rgb, int n, int height, int width)
{
  const gsize n_most =
      (gsize) n * (gsize) (height / SIDE) * (gsize) (width / SIDE);
  g_autofree Square *squares = g_new (Square, n_most);
  gsize n_squares = 0;

  for (int i = 0; i < n; i++)
    for (int y = 0; y + SIDE <= height; y += SIDE)
      for (int x = 0; x + SIDE <= width; x += SIDE) {
        const gsize row = (gsize) i * (gsize) height + (gsize) y;
        const float *at = rgb + 3 * (row * (gsize) width + (gsize) x);

        if (measure_square (at, width, &squares[n_squares]))
          n_squares++;
      }
  return n_squares > 0 ? combine (squares, n_squares) : 0;
}

double
rw_photo_level_judge (double measured, double change)
{
  const double raised = MIN (2 * measured, measured + 2.5);
  const double least = change * CLAMP (0.9 * change - 0.1, 0.8, 1.5);

  return CLAMP (raised, least, 2 * change);
}
