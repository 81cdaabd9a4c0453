/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/lowlight.c: how much light is missing, and how noisy the rest is.
 */
#include "damages.h"

#include "tasks/light-level.h"
#include "tasks/lowlight.h"

static const Damager lowlight = { "lowlight", 1, rw_lowlight_draw,
                                  rw_lowlight_extent, rw_lowlight_degrade };

static double
get_light (double coded)
{
  return coded <= 0.04045 ? coded / 12.92 : pow ((coded + 0.055) / 1.055, 2.4);
}

static double
get_brightness (const RwSample *sample)
{
  double sum = 0;

  for (gsize i = 0; i < count (sample); i += 3)
    sum += 0.2126 * get_light ((double) sample->rgb[i]) +
           0.7152 * get_light ((double) sample->rgb[i + 1]) +
           0.0722 * get_light ((double) sample->rgb[i + 2]);
  return sum / (double) (count (sample) / 3);
}

/* 2^-EV of the light, on the mean of many cameras nearly and for each roughly:
 * noise below black is lost. */
static void
test_exposure (void)
{
  const int n = 40;

  for (double ev = 0; ev < 5.7; ev += 0.8) {
    double mean = 0;
    for (int key = 0; key < n; key++) {
      RwDamage damage;
      rw_lowlight_draw (rw_random_key (6, (guint64) key), &damage);
      damage.values[0] = ev;
      Pair pair = make_pair (&lowlight, damage, 96, 96);
      const double ratio = get_brightness (&pair.input) /
                           get_brightness (&pair.clean) * exp2 (ev);
      g_assert_cmpfloat (fabs (ratio - 1), <=, 0.15);
      mean += ratio / n;
      g_assert_cmpfloat (pair.damage.values[0], ==, ev);
      clear_pair (&pair);
    }
    g_test_message ("%.1f EV: ratio %.3f", ev, mean);
    g_assert_cmpfloat (fabs (mean - 1), <=, 0.1);
  }
}

static double
get_error (const Pair *pair)
{
  double sum = 0;

  for (gsize i = 0; i < count (&pair->input); i++) {
    const double d = (double) (pair->input.rgb[i] - pair->clean.rgb[i]);
    sum += d * d;
  }
  return 255 * sqrt (sum / (double) count (&pair->input));
}

/* With nothing missing, a little noise and softness remain: of
 * colours most, as this picture has sharp edges of colour. */
static void
test_nothing (void)
{
  for (int key = 0; key < 40; key++) {
    RwDamage damage;
    rw_lowlight_draw (rw_random_key (7, (guint64) key), &damage);
    damage.values[0] = 0;
    Pair pair = make_pair (&lowlight, damage, 64, 64);
    g_assert_cmpfloat (get_error (&pair), <, 18);
    clear_pair (&pair);
  }
}

static void
test_shares (void)
{
  const int n = 5000;
  double sum = 0;

  for (int i = 0; i < n; i++) {
    RwDamage damage;
    rw_lowlight_draw (rw_random_key (4, (guint64) i), &damage);
    g_assert_true (damage.values[0] >= 0 && damage.values[0] < 5.6);
    sum += damage.values[0];
    g_assert_false (damage.blind);
  }
  g_assert_cmpfloat (fabs (sum / n - 2.8), <, 0.1);
}

/* The darker, the more is missing; what is told brings the mean back. */
static void
test_estimate (void)
{
  for (double ev = 1; ev < 4.1; ev += 1) {
    RwDamage damage;
    rw_lowlight_draw (rw_random_key (8, 1), &damage);
    damage.values[0] = ev;
    Pair pair = make_pair (&lowlight, damage, 96, 96);
    const double light = rw_light_level_estimate (pair.clean.rgb, 1, 96, 96);
    const double dark = rw_light_level_estimate (pair.input.rgb, 1, 96, 96);
    g_test_message ("%.1f EV: %.2f before, %.2f after", ev, light, dark);
    g_assert_cmpfloat (fabs (dark - light - ev), <, 0.35);
    clear_pair (&pair);
  }
  const float black[12] = { 0 },
              white[12] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  g_assert_cmpfloat (rw_light_level_estimate (black, 1, 2, 2), ==, 5.6);
  g_assert_cmpfloat (rw_light_level_estimate (white, 4, 1, 1), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lowlight/exposure", test_exposure);
  g_test_add_func ("/lowlight/nothing", test_nothing);
  g_test_add_func ("/lowlight/estimate", test_estimate);
  g_test_add_func ("/lowlight/shares", test_shares);
  return g_test_run ();
}
