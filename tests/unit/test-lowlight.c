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

/* ---- how much is missing ------------------------------------------------ */

static double
estimate (const RwSample *sample)
{
  return rw_light_level_estimate (sample->rgb, 1, sample->height,
                                  sample->width);
}

/* What was taken is found again, on the mean of many cameras nearly, with lamps
 * or without, and nothing is missed in the picture before. */
static void
check_estimate (double ev, gboolean lamps, double most)
{
  const int side = lamps ? 256 : 96;
  double sum = 0;
  int n = 0;

  for (int key = 0; key < 60; key++) {
    RwDamage damage;
    rw_lowlight_draw (rw_random_key (8, (guint64) key), &damage);
    damage.values[0] = ev;
    Pair pair = make_pair (&lowlight, damage, side, side);
    if (has_lamps (&pair) == lamps) {
      if (!lamps)
        g_assert_cmpfloat (estimate (&pair.clean), <, 0.1);
      sum += estimate (&pair.input) - ev;
      n++;
    }
    clear_pair (&pair);
  }
  g_test_message ("%.1f EV, %s: %.2f more on the mean of %d", ev,
                  lamps ? "lamps" : "no lamps", sum / n, n);
  g_assert_cmpint (n, >, 8);
  g_assert_cmpfloat (fabs (sum / n), <, most);
}

static void
test_estimate (void)
{
  for (double ev = 1; ev < 5.1; ev += 1) {
    check_estimate (ev, FALSE, 0.4);
    check_estimate (ev, TRUE, 0.8);
  }
}

/* A ramp of grey from black to @white, of which the share @lit is white. */
static double
estimate_ramp (double white, double lit)
{
  enum { N = 4000 };
  float rgb[3 * N];

  for (int i = 0; i < N; i++)
    for (int c = 0; c < 3; c++)
      rgb[3 * i + c] = i < lit * N ? 1.f : (float) (white * (i + 0.5) / N);
  return rw_light_level_estimate (rgb, 1, N / 50, 50);
}

/* Darker ramps miss more, one that reaches white misses nothing, and lamps in
 * a dark one hide little of it. */
static void
test_ramps (void)
{
  double last = 0;

  for (double white = 1; white > 0.05; white -= 0.05) {
    const double ev = estimate_ramp (white, 0);
    g_assert_cmpfloat (ev, >=, last);
    last = ev;
  }
  g_assert_cmpfloat (last, >, 4);
  g_assert_cmpfloat (estimate_ramp (1, 0), <, 0.3);
  g_assert_cmpfloat (estimate_ramp (0.9, 0), <, 0.7);
  g_assert_cmpfloat (estimate_ramp (0.2, 0), >, 3);
  g_assert_cmpfloat (estimate_ramp (0.2, 0.005), >, 3);
  g_assert_cmpfloat (estimate_ramp (0.2, 0.03), >, 2);
  g_assert_cmpfloat (estimate_ramp (1, 0.03), <, 0.3);
}

/* A colour as bright as it gets is not dark, though its luma is. */
static void
test_ends (void)
{
  const float black[12] = { 0 }, blue[3] = { 0, 0, 1 };
  const float white[12] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  const float beyond[6] = { 4, 4, 4, -1, -1, -1 };

  g_assert_cmpfloat (rw_light_level_estimate (black, 1, 2, 2), ==, 5.6);
  g_assert_cmpfloat (rw_light_level_estimate (white, 4, 1, 1), ==, 0);
  g_assert_cmpfloat (rw_light_level_estimate (blue, 1, 1, 1), ==, 0);
  g_assert_cmpfloat (rw_light_level_estimate (beyond, 1, 2, 1), <, 0.1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lowlight/exposure", test_exposure);
  g_test_add_func ("/lowlight/nothing", test_nothing);
  g_test_add_func ("/lowlight/estimate", test_estimate);
  g_test_add_func ("/lowlight/ramps", test_ramps);
  g_test_add_func ("/lowlight/ends", test_ends);
  g_test_add_func ("/lowlight/lamps", test_lamps);
  g_test_add_func ("/lowlight/shares", test_shares);
  return g_test_run ();
}
