/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/photo-level.c: planes have no noise, noise of known deviation on
 * lightness and colour is found in flat places beside texture, and grey
 * texture is not taken for noise.
 */
#include "tasks/photo-level.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { N = 8, EDGE = 48, N_PIXELS = N * EDGE * EDGE };

/* A slope of each colour; the last half of the samples has texture. */
static float *
make_picture (gboolean texture)
{
  float *rgb = g_new (float, 3 * N_PIXELS);

  for (int i = 0; i < N_PIXELS; i++)
    for (int c = 0; c < 3; c++) {
      const int x = i % EDGE, y = i / EDGE % EDGE;
      const gboolean busy = texture && i >= N_PIXELS / 2;
      rgb[3 * i + c] = 0.3f + 0.003f * (float) (x * (c + 1)) / 3 +
                       0.002f * (float) y +
                       (busy ? 0.2f * rw_random_uniform (1, (guint64) i) : 0);
    }
  return rgb;
}

static void
add_noise (float *rgb, double level)
{
  g_autofree float *noise = g_new (float, 3 * N_PIXELS);

  rw_random_gaussian (7, 0, noise, 3 * N_PIXELS);
  for (int i = 0; i < 3 * N_PIXELS; i++)
    rgb[i] += (float) (level / 255) * noise[i];
}

static void
test_plane (void)
{
  g_autofree float *rgb = make_picture (FALSE);

  g_assert_cmpfloat (rw_photo_level_estimate (rgb, N, EDGE, EDGE), <, 0.01);
}

/* White noise of deviation 1 on each colour is 0.669 on lightness, and 0.49
 * and 0.53 on Cb and Cr. */
static void
test_noise (void)
{
  for (double level = 4; level <= 20; level += 8) {
    g_autofree float *rgb = make_picture (TRUE);
    add_noise (rgb, level);
    const double found = rw_photo_level_estimate (rgb, N, EDGE, EDGE);
    g_assert_cmpfloat (fabs (found / (1.3 * 0.669 * level) - 1), <, 0.15);
  }
}

static void
test_grey_texture (void)
{
  g_autofree float *rgb = make_picture (TRUE);

  g_assert_cmpfloat (
      rw_photo_level_estimate (rgb + 3 * N_PIXELS / 2, N / 2, EDGE, EDGE), <,
      0.01);
}

/* Values of columns, steep along x and not along y, or such values anywhere. */
static float *
make_stripes (float strength, gboolean random)
{
  float *rgb = g_new (float, 3 * N_PIXELS);

  for (int i = 0; i < N_PIXELS; i++) {
    const float x = random ? (float) rw_random_uniform (2, (guint64) i)
                           : (float) (i % EDGE * 7 % 5) / 5;

    for (int c = 0; c < 3; c++)
      rgb[3 * i + c] = 0.5f + strength * (float) (c - 1) * x;
  }
  return rgb;
}

/* What has a direction is texture: less than a fifth of what the same values
 * would count without one. */
static void
test_direction (void)
{
  g_autofree float *stripes = make_stripes (0.05f, FALSE);
  g_autofree float *noise = make_stripes (0.05f, TRUE);

  g_assert_cmpfloat (rw_photo_level_estimate (stripes, N, EDGE, EDGE), <,
                     0.2 * rw_photo_level_estimate (noise, N, EDGE, EDGE));
}

/* Black where nothing can be seen says nothing of the rest. */
static void
test_clipped (void)
{
  g_autofree float *rgb = make_picture (FALSE);
  add_noise (rgb, 8);
  const double found = rw_photo_level_estimate (rgb, N, EDGE, EDGE);
  memset (rgb, 0, 3 * N_PIXELS / 2 * sizeof *rgb);

  g_assert_cmpfloat (
      fabs (rw_photo_level_estimate (rgb, N, EDGE, EDGE) / found - 1), <,
      0.05);
  memset (rgb, 0, 3 * N_PIXELS * sizeof *rgb);
  g_assert_cmpfloat (rw_photo_level_estimate (rgb, N, EDGE, EDGE), ==, 0);
}

static void
test_judge (void)
{
  static const struct {
    double measured, change, level;
  } cases[] = {
    { 0, 0, 0 },     /* nothing there */
    { 2, 3, 4.5 },   /* twice what was measured lies below 1.5 times */
    { 2.4, 3, 4.8 }, /* twice what was measured */
    { 7, 5.5, 9.5 }, /* 2.5 above it */
    { 12, 3, 6 },    /* sand: what is measured is not trusted */
    { 0, 0.5, 0.4 }, /* hardly any: careful */
    { 0, 10, 15 },   /* calm shadows */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpfloat_with_epsilon (
        rw_photo_level_judge (cases[i].measured, cases[i].change),
        cases[i].level, 1e-9);
}

static void
test_small (void)
{
  const float rgb[3 * 100] = { 0 };

  g_assert_cmpfloat (rw_photo_level_estimate (rgb, 1, 10, 10), ==, 0);
  g_assert_cmpfloat (rw_photo_level_estimate (rgb, 0, 48, 48), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/photo-level/plane", test_plane);
  g_test_add_func ("/photo-level/noise", test_noise);
  g_test_add_func ("/photo-level/grey-texture", test_grey_texture);
  g_test_add_func ("/photo-level/direction", test_direction);
  g_test_add_func ("/photo-level/clipped", test_clipped);
  g_test_add_func ("/photo-level/judge", test_judge);
  g_test_add_func ("/photo-level/small", test_small);
  return g_test_run ();
}
