/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Whether a window is flat.  Of each channel a plane is taken away.  What bends
 * then, x², xy and y², has to be little beside the rest, and the rest has to be
 * the same in all four quarters, and in no sixteenth much more than in most, as
 * it is where an edge goes through.  Coarse noise differs more between quarters
 * than fine noise does, since a quarter has less of it: n values that correlate
 * by rho have a deviation that is itself uncertain by
 *
 *   r = sqrt (sum of rho² over all distances / 2 n)     of it.
 */
#include "train/data/noise-window.h"

#include "base/sort.h"

#include <math.h>

#define MEAN_LOW (16 / 255.0)
#define MEAN_HIGH (239 / 255.0)
#define LEAST_DEVIATION (0.25 / 255) /* less than rounding to 8 bits leaves */
#define MOST_BENT 0.15               /* of the rest's energy */
#define MOST_UNEVEN 1.25  /* largest by smallest deviation of quarters */
#define MOST_PEAKED 1.35  /* largest by 5th smallest of 16 parts */
#define MOST_EXCUSED 0.26 /* what coarse noise may add to that */

enum { SIDE = RW_NOISE_SIDE, PIXELS = RW_NOISE_PIXELS, HALF = SIDE / 2 };

const int rw_noise_lags[RW_NOISE_N_LAGS] = { 1, 2, 4, 8 };

/* How many pixels lie about so far away as each lag: rings of 8 r pixels, each
 * shared out between the two lags around it. */
static const double ring[RW_NOISE_N_LAGS] = { 8, 28, 112, 140 };

static double
centre (int i)
{
  return i - (SIDE - 1) / 2.0;
}

/* Means of the channels; FALSE when a value is cut or a mean out of range. */
static gboolean
take_means (const float *rgb, gsize stride, double means[3])
{
  double sums[3] = { 0 };

  for (int y = 0; y < SIDE; y++)
    for (int i = 0; i < 3 * SIDE; i++) {
      const float value = rgb[(gsize) y * stride + (gsize) i];
      if (!(value > 0 && value < 1)) /* nor a NaN */
        return FALSE;
      sums[i % 3] += (double) value;
    }
  for (int c = 0; c < 3; c++) {
    means[c] = sums[c] / PIXELS;
    if (means[c] < MEAN_LOW || means[c] > MEAN_HIGH)
      return FALSE;
  }
  return TRUE;
}

/* What a plane leaves of channel @c. */
static void
take_plane (
    const float *rgb, gsize stride, int c, double mean, float rest[PIXELS])
{
  const double norm = SIDE * (SIDE * (SIDE * SIDE - 1) / 12.0);
  double along_x = 0, along_y = 0;

  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      const double value =
          (double) rgb[(gsize) y * stride + 3 * (gsize) x + (gsize) c];
      along_x += centre (x) * value;
      along_y += centre (y) * value;
    }
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      const double value =
          (double) rgb[(gsize) y * stride + 3 * (gsize) x + (gsize) c];
      rest[y * SIDE + x] =
          (float) (value - mean - along_x / norm * centre (x) -
                   along_y / norm * centre (y));
    }
}

static double
get_energy (const float rest[PIXELS])
{
  double sum = 0;

  for (int i = 0; i < PIXELS; i++)
    sum += (double) rest[i] * (double) rest[i];
  return sum;
}

/* Energy of what bends: the part along x², xy and y², less their means. */
static double
get_bent (const float rest[PIXELS])
{
  const double mean = (SIDE * SIDE - 1) / 12.0; /* of x² */
  double sums[3] = { 0 }, norms[3] = { 0 }, energy = 0;

  for (int i = 0; i < PIXELS; i++) {
    const double x = centre (i % SIDE), y = centre (i / SIDE);
    const double bends[3] = { x * x - mean, x * y, y * y - mean };
    for (int k = 0; k < 3; k++) {
      sums[k] += bends[k] * (double) rest[i];
      norms[k] += bends[k] * bends[k];
    }
  }
  for (int k = 0; k < 3; k++)
    energy += sums[k] * sums[k] / norms[k];
  return energy;
}

/* Deviation in the square of @side px whose corner is (@left, @top). */
static double
get_deviation (const float rest[PIXELS], int left, int top, int side)
{
  double sum = 0, squares = 0;

  for (int y = top; y < top + side; y++)
    for (int x = left; x < left + side; x++) {
      const double value = (double) rest[y * SIDE + x];
      sum += value;
      squares += value * value;
    }
  const double mean = sum / (side * side);
  return sqrt (MAX (0, squares / (side * side) - mean * mean));
}

/* Deviations of the @n squares that @rest is cut into, sorted. */
static void
sort_deviations (const float rest[PIXELS], int n, double *deviations)
{
  const int row = (int) sqrt (n), side = SIDE / row;

  for (int i = 0; i < n; i++)
    deviations[i] = get_deviation (rest, i % row * side, i / row * side, side);
  rw_sort_doubles (deviations, (gsize) n);
}

/* Correlation with what is @dx and @dy px away. */
static double
correlate (const float rest[PIXELS], int dx, int dy)
{
  double product = 0, here = 0, there = 0;

  for (int y = 0; y + dy < SIDE; y++)
    for (int x = 0; x + dx < SIDE; x++) {
      const double a = (double) rest[y * SIDE + x];
      const double b = (double) rest[(y + dy) * SIDE + x + dx];
      product += a * b;
      here += a * a;
      there += b * b;
    }
  return here > 0 && there > 0 ? product / sqrt (here * there) : 0;
}

/* By how much the quarters of such noise differ by chance. */
static double
get_excuse (const RwNoiseWindow *window)
{
  double sum = 1;

  for (int i = 0; i < RW_NOISE_N_LAGS; i++) {
    const double rho =
        0.5 * ((double) window->along[i] + (double) window->down[i]);
    sum += ring[i] * rho * rho;
  }
  return MIN (MOST_EXCUSED, 2 * sqrt (sum / (2.0 * HALF * HALF)));
}

static gboolean
is_flat (const float rest[PIXELS], double excuse)
{
  const double bent = get_bent (rest);
  double parts[16];

  if (bent >= MOST_BENT * (get_energy (rest) - bent))
    return FALSE;
  sort_deviations (rest, 4, parts);
  if (parts[3] >= (MOST_UNEVEN + excuse) * parts[0])
    return FALSE;
  sort_deviations (rest, 16, parts);
  return parts[15] < (MOST_PEAKED + 2 * excuse) * parts[4];
}

gboolean
rw_noise_window_take (RwNoiseWindow *window, const float *rgb, gsize stride)
{
  static const double luma[3] = { 0.299, 0.587, 0.114 };
  float rests[3][PIXELS], light[PIXELS];
  double means[3];

  if (!take_means (rgb, stride, means))
    return FALSE;
  window->brightness = 0;
  for (int c = 0; c < 3; c++) {
    take_plane (rgb, stride, c, means[c], rests[c]);
    window->brightness += (float) (luma[c] * means[c]);
    window->deviations[c] = (float) sqrt (get_energy (rests[c]) / PIXELS);
  }
  for (int i = 0; i < PIXELS; i++)
    light[i] = (float) (luma[0] * (double) rests[0][i] +
                        luma[1] * (double) rests[1][i] +
                        luma[2] * (double) rests[2][i]);
  window->lightness = (float) sqrt (get_energy (light) / PIXELS);
  if ((double) window->lightness < LEAST_DEVIATION)
    return FALSE;
  for (int i = 0; i < RW_NOISE_N_LAGS; i++) {
    window->along[i] = (float) correlate (light, rw_noise_lags[i], 0);
    window->down[i] = (float) correlate (light, 0, rw_noise_lags[i]);
  }
  const double excuse = get_excuse (window);
  window->grey = TRUE;
  for (int c = 0; c < 3; c++) {
    if (!is_flat (rests[c], excuse))
      return FALSE;
    for (int i = 0; i < PIXELS; i++) {
      const float scaled = rests[c][i] / RW_NOISE_UNIT;
      window->noise[3 * i + c] =
          (gint16) lrintf (CLAMP (scaled, -32767.0f, 32767.0f));
      window->grey &= window->noise[3 * i + c] == window->noise[3 * i];
    }
  }
  return TRUE;
}
