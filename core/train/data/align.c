/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Phase correlation.
 */
#include "train/data/align.h"

#include "base/alloc.h"

#include <complex.h>
#include <math.h>

#define MOST_SIDE 1024

typedef float complex Number;

/* ---- the Fourier transform ---------------------------------------------- */

static void
swap_bits (Number *values, int n, gsize stride)
{
  for (int i = 1, j = 0; i < n; i++) {
    int bit = n >> 1;
    for (; (j & bit) != 0; bit >>= 1)
      j ^= bit;
    j ^= bit;
    if (i < j) {
      const Number spare = values[(gsize) i * stride];
      values[(gsize) i * stride] = values[(gsize) j * stride];
      values[(gsize) j * stride] = spare;
    }
  }
}

/* Of @n values, a power of two, @stride apart, by halves (Cooley and Tukey
 * 1965); @roots: exp (-2 pi i k / n) for k below n / 2. */
static void
transform_line (Number *values, int n, gsize stride, const Number *roots)
{
  swap_bits (values, n, stride);
  for (int half = 1; half < n; half *= 2)
    for (int first = 0; first < n; first += 2 * half)
      for (int k = 0; k < half; k++) {
        Number *a = values + (gsize) (first + k) * stride;
        Number *b = a + (gsize) half * stride;
        const Number turned = *b * roots[k * (n / (2 * half))];
        *b = *a - turned;
        *a = *a + turned;
      }
}

/* Of [n][n]. */
static void
transform (Number *values, int n, const Number *roots)
{
  for (int i = 0; i < n; i++)
    transform_line (values + (gsize) i * (gsize) n, n, 1, roots);
  for (int i = 0; i < n; i++)
    transform_line (values + i, n, (gsize) n, roots);
}

/* ---- pictures ----------------------------------------------------------- */

/* The light in the middle, [n][n], without its mean and fading to 0 at the
 * border, where both do not show the same. */
static void
read_light (const RwPicture *picture, int n, Number *values)
{
  const gsize left = (gsize) (picture->width - n) / 2;
  const gsize top = (gsize) (picture->height - n) / 2;
  const gsize side = (gsize) n;
  double sum = 0;

  for (gsize y = 0; y < side; y++)
    for (gsize x = 0; x < side; x++) {
      const gsize at = 3 * ((top + y) * (gsize) picture->width + left + x);
      const float light =
          (float) (rw_picture_get_sample (picture, at) +
                   2 * rw_picture_get_sample (picture, at + 1) +
                   rw_picture_get_sample (picture, at + 2)) /
          (4 * (float) rw_picture_get_peak (picture));
      values[y * side + x] = light;
      sum += (double) light;
    }
  const float mean = (float) (sum / ((double) n * n));
  for (gsize y = 0; y < side; y++)
    for (gsize x = 0; x < side; x++) {
      const double wave_x = sin (G_PI * ((double) x + 0.5) / n);
      const double wave_y = sin (G_PI * ((double) y + 0.5) / n);
      values[y * side + x] = (values[y * side + x] - mean) *
                             (float) (wave_x * wave_x * wave_y * wave_y);
    }
}

/* Leaves the phase of a conj (b) in @a. */
static void
keep_phase (Number *a, const Number *b, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    const Number product = a[i] * conjf (b[i]);
    const float size = cabsf (product);
    a[i] = size > 0 ? product / size : 0;
  }
}

static int
get_side (const RwPicture *picture)
{
  const int most = MIN (picture->width, picture->height);
  int n = 32;

  while (2 * n <= most && n < MOST_SIDE)
    n *= 2;
  return n;
}

/* @place: of the highest value, 0 .. n - 1, of a surface that goes round. */
static int
unwrap (int place, int n)
{
  return place < n / 2 ? place : place - n;
}

gboolean
rw_align_find (const RwPicture *first,
               const RwPicture *second,
               RwShift *shift,
               GError **error)
{
  const int n = get_side (first);
  const gsize n_values = (gsize) n * (gsize) n;
  Number *a = rw_try_alloc (2 * n_values + (gsize) n / 2, sizeof (Number),
                            "the alignment of two shots", error);
  gsize best = 0;

  if (a == NULL)
    return FALSE;
  Number *b = a + n_values, *roots = b + n_values;
  for (int k = 0; k < n / 2; k++)
    roots[k] = (float) cos (2 * G_PI * k / n) -
               (float) sin (2 * G_PI * k / n) * (Number) I;
  read_light (first, n, a);
  read_light (second, n, b);
  transform (a, n, roots);
  transform (b, n, roots);
  keep_phase (a, b, n_values);
  transform (a, n, roots); /* forward once more: the place is mirrored */
  for (gsize i = 1; i < n_values; i++)
    if (crealf (a[i]) > crealf (a[best]))
      best = i;
  shift->x = unwrap ((int) (best % (gsize) n), n);
  shift->y = unwrap ((int) (best / (gsize) n), n);
  rw_free (a);
  return TRUE;
}
