/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The blind noise level on synthesised pictures: flat, shaded, textured, with
 * edges; noise as it is, or clipped and rounded to 8 bits.
 */
#include "tasks/noise-level.h"

#include "base/random.h"

#include <glib.h>
#include <math.h>

enum { N = 16, EDGE = 48 };

typedef float (*SceneFunc) (double x, double y, int channel);

/* A picture of 4 x 4 samples side by side. */
static float
shade (double x, double y, int channel)
{
  return (float) (0.3 + 0.001 * x + 0.0015 * y + 0.05 * channel);
}

/* A quarter covered with a fine weave, and edges. */
static float
weave (double x, double y, int channel)
{
  const double base = fmod (x / 40, 2) < 1 ? 0.35 : 0.6;

  return (float) (x + y < 200 ? base + 0.15 * sin (1.9 * x) * sin (2.3 * y)
                              : base);
}

/* Three quarters are black or white. */
static float
slide (double x, double y, int channel)
{
  return x < 96 ? 0 : y < 96 ? 1 : 0.5f;
}

static float
flat (double x, double y, int channel)
{
  return 0.5f;
}

/* (transfer full) [N][EDGE][EDGE][3] */
static float *
make (
    SceneFunc scene, double level, gboolean clip, gboolean grey, guint64 seed)
{
  const gsize n = (gsize) N * EDGE * EDGE;
  g_autofree float *noise = g_new (float, 3 * n);
  float *rgb = g_new (float, 3 * n);

  rw_random_gaussian (rw_random_key (seed, 1), 0, noise, 3 * n);
  for (gsize i = 0; i < 3 * n; i++) {
    const gsize pixel = i / 3, image = pixel / (EDGE * EDGE);
    const double x = (double) (pixel % EDGE + EDGE * (image % 4));
    const double y = (double) (pixel / EDGE % EDGE + EDGE * (image / 4));
    float v = scene (x, y, grey ? 0 : (int) (i % 3)) +
              (float) (level / 255) * noise[grey ? pixel : i];
    if (clip)
      v = roundf (255 * CLAMP (v, 0, 1)) / 255;
    rgb[i] = v;
  }
  return rgb;
}

static double
estimate (
    SceneFunc scene, double level, gboolean clip, gboolean grey, guint64 seed)
{
  g_autofree float *rgb = make (scene, level, clip, grey, seed);

  return rw_noise_level_estimate (rgb, N, EDGE, EDGE);
}

static void
check (SceneFunc scene, gboolean clip, gboolean grey, double tolerance)
{
  static const double levels[] = { 5, 10, 15, 25, 35, 50 };

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    for (guint64 seed = 0; seed < 3; seed++) {
      const double found = estimate (scene, levels[i], clip, grey, seed);
      g_test_message ("level %g seed %d: %g", levels[i], (int) seed, found);
      g_assert_true (fabs (found / levels[i] - 1) <= tolerance);
    }
}

static void
test_shade (void)
{
  check (shade, FALSE, FALSE, 0.05);
}

static void
test_clipped (void)
{
  check (shade, TRUE, FALSE, 0.06);
}

static void
test_weave (void)
{
  check (weave, TRUE, FALSE, 0.08);
}

static void
test_slide (void)
{
  check (slide, TRUE, FALSE, 0.08);
}

static void
test_grey (void)
{
  check (shade, TRUE, TRUE, 0.08);
}

static void
test_clean (void)
{
  g_assert_cmpfloat (estimate (flat, 0, FALSE, FALSE, 0), ==,
                     RW_NOISE_LEVEL_MIN);
  g_assert_cmpfloat (estimate (shade, 0, TRUE, FALSE, 0), <, 1);
  g_assert_cmpfloat (estimate (slide, 0, TRUE, FALSE, 0), <, 1);
}

static void
test_range (void)
{
  g_assert_cmpfloat (estimate (flat, 300, FALSE, FALSE, 0), ==,
                     RW_NOISE_LEVEL_MAX);
  const double clipped = estimate (flat, 75, TRUE, FALSE, 0);
  g_assert_cmpfloat (clipped, >, 65);
  g_assert_cmpfloat (clipped, <=, RW_NOISE_LEVEL_MAX);
}

/* Nothing to go by: no window fits, or there is no sample at all. */
static void
test_small (void)
{
  g_autofree float *rgb = make (shade, 25, FALSE, FALSE, 0);

  for (int height = 1; height < 8; height++)
    g_assert_cmpfloat (rw_noise_level_estimate (rgb, 1, height, 40), ==,
                       RW_NOISE_LEVEL_MIN);
  g_assert_cmpfloat (rw_noise_level_estimate (rgb, 0, 40, 40), ==,
                     RW_NOISE_LEVEL_MIN);
  const double found = rw_noise_level_estimate (rgb, 1, 8, 8);
  g_assert_cmpfloat (found, >, 12);
  g_assert_cmpfloat (found, <, 50);
}

/* Far out of range, as a float picture may be; never NaN. */
static void
test_wild (void)
{
  float rgb[3 * 16 * 16];

  for (guint i = 0; i < G_N_ELEMENTS (rgb); i++)
    rgb[i] = (i & 1 ? 1e30f : -1e30f);
  const double found = rw_noise_level_estimate (rgb, 1, 16, 16);
  g_assert_true (found >= RW_NOISE_LEVEL_MIN && found <= RW_NOISE_LEVEL_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/noise-level/shade", test_shade);
  g_test_add_func ("/noise-level/clipped", test_clipped);
  g_test_add_func ("/noise-level/weave", test_weave);
  g_test_add_func ("/noise-level/slide", test_slide);
  g_test_add_func ("/noise-level/grey", test_grey);
  g_test_add_func ("/noise-level/clean", test_clean);
  g_test_add_func ("/noise-level/range", test_range);
  g_test_add_func ("/noise-level/small", test_small);
  g_test_add_func ("/noise-level/wild", test_wild);
  return g_test_run ();
}
