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

/* The source, where @i of the answer comes from. */
static float
get_source (const Pair *pair, gsize i)
{
  const gsize row = (gsize) pair->clean.width * 3;
  const gsize x = (gsize) (pair->source.width - pair->clean.width) / 2;
  const gsize y = (gsize) (pair->source.height - pair->clean.height) / 2;
  const gsize wide = (gsize) pair->source.width * 3;

  return pair->source.rgb[(y + i / row) * wide + 3 * x + i % row];
}

static gboolean
has_lamps (const Pair *pair)
{
  for (gsize i = 0; i < count (&pair->clean); i++)
    if (pair->clean.rgb[i] != get_source (pair, i))
      return TRUE;
  return FALSE;
}

/* 2^-EV of the light, on the mean of many cameras nearly and for each roughly:
 * noise below black is lost. */
static void
test_exposure (void)
{
  for (double ev = 0; ev < 5.7; ev += 0.8) {
    double mean = 0;
    int n = 0;
    for (int key = 0; key < 56; key++) {
      RwDamage damage;
      rw_lowlight_draw (rw_random_key (6, (guint64) key), &damage);
      damage.values[0] = ev;
      Pair pair = make_pair (&lowlight, damage, 96, 96);
      g_assert_cmpfloat (pair.damage.values[0], ==, ev);
      if (has_lamps (&pair)) {
        clear_pair (&pair);
        continue;
      }
      const double ratio = get_brightness (&pair.input) /
                           get_brightness (&pair.clean) * exp2 (ev);
      g_assert_cmpfloat (fabs (ratio - 1), <=, 0.15);
      mean += ratio;
      n++;
      clear_pair (&pair);
    }
    mean /= n;
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

/* A third of the patches has lamps. They only add light to the answer, and what
 * is white in the dark picture is white in the answer. */
static void
test_lamps (void)
{
  const int n = 120;
  int n_lit = 0, n_white = 0;

  for (int key = 0; key < n; key++) {
    RwDamage damage;
    rw_lowlight_draw (rw_random_key (9, (guint64) key), &damage);
    damage.values[0] = 3;
    Pair pair = make_pair (&lowlight, damage, 96, 96);
    n_lit += has_lamps (&pair);
    for (gsize i = 0; i < count (&pair.clean); i++) {
      g_assert_cmpfloat (pair.clean.rgb[i], >=, get_source (&pair, i) - 1e-3f);
      g_assert_cmpfloat (pair.clean.rgb[i], <=, 1);
      if (pair.input.rgb[i] < 0.97f)
        continue;
      n_white++;
      g_assert_cmpfloat (pair.clean.rgb[i], >, 0.9);
    }
    clear_pair (&pair);
  }
  g_test_message ("%d of %d patches, %d white values", n_lit, n, n_white);
  g_assert_cmpint (n_lit, >, n / 6);
  g_assert_cmpint (n_lit, <, n / 2);
  g_assert_cmpint (n_white, >, 1000);
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
  g_test_add_func ("/lowlight/lamps", test_lamps);
  g_test_add_func ("/lowlight/shares", test_shares);
  return g_test_run ();
}
