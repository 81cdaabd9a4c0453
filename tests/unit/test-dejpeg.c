/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/dejpeg.c: what training draws, pairs that fit each other, and how much
 * of the source they need.
 */
#include "tasks/dejpeg.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { SEED = 77, WIDTH = 48, HEIGHT = 40, N = WIDTH * HEIGHT * 3 };

static RwSample
make_sample (int width, int height)
{
  return (RwSample){ .width = width,
                     .height = height,
                     .rgb = g_new (float, width *height * 3) };
}

/* Smooth colour with an edge and a little noise, or grey. */
static RwSample
make_source (int width, int height, gboolean grey)
{
  RwSample source = make_sample (width, height);

  for (int i = 0; i < width * height; i++)
    for (int c = 0; c < 3; c++) {
      const int x = i % width - width / 2, y = i / width - height / 2;
      const int k = grey ? 0 : c;
      const float noise =
          rw_random_uniform (SEED, (guint64) (3 * i + k)) - 0.5f;
      source.rgb[3 * i + c] = 0.5f + 0.2f * sinf (0.2f * (float) (x + k)) +
                              (x + 2 * y > 7 ? 0.15f : -0.1f) + 0.04f * noise;
    }
  return source;
}

typedef struct {
  RwDamage damage;
  RwSample source, clean, input;
} Pair;

static Pair
make_pair (guint64 key)
{
  Pair pair = { 0 };

  rw_dejpeg_draw (rw_random_key (SEED, key), &pair.damage);
  pair.source =
      make_source (rw_dejpeg_extent (&pair.damage, WIDTH),
                   rw_dejpeg_extent (&pair.damage, HEIGHT), pair.damage.grey);
  pair.clean = make_sample (WIDTH, HEIGHT);
  pair.input = make_sample (WIDTH, HEIGHT);
  rw_dejpeg_degrade (&pair.source, &pair.clean, &pair.input, &pair.damage);
  return pair;
}

static void
clear_pair (Pair *pair)
{
  g_free (pair->source.rgb);
  g_free (pair->clean.rgb);
  g_free (pair->input.rgb);
}

/* Root of the mean square, in 1/255. */
static double
get_distance (const RwSample *a, const RwSample *b)
{
  double sum = 0;

  for (int i = 0; i < N; i++)
    sum += pow ((double) (a->rgb[i] - b->rgb[i]) * 255, 2);
  return sqrt (sum / N);
}

static gboolean
is_close (double share, double expected)
{
  return fabs (share - expected) <= 0.012;
}

static void
test_draw (void)
{
  const double n = 20000;
  int n_none = 0, n_fixed = 0, n_ten = 0, n_good = 0, n_low = 0;
  int n_grey = 0, n_blind = 0, n_mistold = 0, n_larger = 0;
  double sum = 0, squares = 0;

  for (guint64 i = 0; i < (guint64) n; i++) {
    RwDamage damage = { 0 };
    rw_dejpeg_draw (rw_random_key (SEED, i), &damage);
    const double quality = damage.values[0], told = log (damage.told);
    g_assert_true (quality == 100 || (quality >= 5 && quality <= 98));
    n_none += quality == 100;
    n_fixed += quality == rint (quality) && quality <= 70;
    n_ten += quality == 10;
    n_good += quality > 95 && quality < 100;
    n_low += quality < 10;
    n_grey += damage.grey;
    n_blind += damage.blind;
    n_mistold += damage.told != 1;
    n_larger += rw_dejpeg_extent (&damage, WIDTH) != WIDTH + 16;
    g_assert_true (damage.clip);
    sum += told;
    squares += told * told;
  }
  g_assert_true (is_close (n_none / n, 0.05));
  g_assert_true (is_close (n_fixed / n, 0.70 * 0.75));
  g_assert_true (is_close (n_ten / n, 0.70 * 0.75 / 7));
  g_assert_true (is_close (n_good / n, 0.25 * 3 / 13));
  g_assert_true (is_close (n_low / n, 0.70 * 0.25 * 5 / 90));
  g_assert_true (is_close (n_grey / n, 0.3));
  g_assert_true (is_close (n_blind / n, 0.3));
  g_assert_true (is_close (n_mistold / n, 0.2));
  g_assert_true (is_close (n_larger / n, 0.95 * 0.5 * 0.25));
  g_assert_cmpfloat (fabs (sum / n), <=, 0.002);
  g_assert_cmpfloat (fabs (sqrt (squares / n / 0.2) - 0.1), <=, 0.005);
}

/* The same key gives the same pair, also after degrade wrote its quality. */
static void
test_pure (void)
{
  for (guint64 key = 0; key < 40; key++) {
    Pair pair = make_pair (key), other = make_pair (key + 1000);
    g_autofree float *clean = g_memdup2 (pair.clean.rgb, N * sizeof (float));
    g_autofree float *input = g_memdup2 (pair.input.rgb, N * sizeof (float));
    const double quality = pair.damage.values[0];
    rw_dejpeg_degrade (&pair.source, &pair.clean, &pair.input, &pair.damage);
    g_assert_cmpmem (clean, N * sizeof (float), pair.clean.rgb,
                     N * sizeof (float));
    g_assert_cmpmem (input, N * sizeof (float), pair.input.rgb,
                     N * sizeof (float));
    g_assert_cmpfloat (quality, ==, pair.damage.values[0]);
    g_assert_true (memcmp (input, other.input.rgb, N * sizeof (float)) != 0);
    clear_pair (&pair);
    clear_pair (&other);
  }
}

/* Input is bytes / 255 and shows what clean shows; grey stays grey; the source
 * is just as large as was asked for, so that memory checkers see more. */
static void
test_pairs (void)
{
  for (guint64 key = 0; key < 500; key++) {
    Pair pair = make_pair (key);
    const double quality = pair.damage.values[0];
    g_assert_true (quality >= 1 && quality <= 100);
    for (int i = 0; i < N; i++) {
      const double value = (double) pair.input.rgb[i] * 255;
      g_assert_cmpfloat (fabs (value - rint (value)), <=, 1e-4);
      if (pair.damage.grey) {
        g_assert_cmpfloat (pair.input.rgb[i], ==, pair.input.rgb[i / 3 * 3]);
        g_assert_cmpfloat (pair.clean.rgb[i], ==, pair.clean.rgb[i / 3 * 3]);
      }
    }
    g_assert_cmpfloat (get_distance (&pair.clean, &pair.input), <=, 40);
    clear_pair (&pair);
  }
}

/* Clean is the source's middle unless there is a resize; then a ramp comes out
 * with its slope divided by the zoom, its middle where it was, to a tenth of a
 * pixel. */
static void
test_clean (void)
{
  int n_resized = 0;

  for (guint64 key = 0; key < 100; key++) {
    Pair pair = make_pair (key);
    const int width = pair.source.width, height = pair.source.height;
    const float middle = (float) (width - 1) / 2;
    for (int i = 0; i < width * height * 3; i++)
      pair.source.rgb[i] = 0.5f + 0.002f * ((float) (i / 3 % width) - middle);
    rw_dejpeg_degrade (&pair.source, &pair.clean, &pair.input, &pair.damage);
    const float *first = pair.clean.rgb;
    const float slope = (first[3 * (WIDTH - 1)] - first[0]) / (WIDTH - 1);
    const float zoom = 0.002f / slope;
    const gboolean resized = width != WIDTH + 16;
    g_assert_true (zoom > 0.499f && zoom < 1.501f);
    n_resized += resized;
    if (!resized)
      g_assert_cmpfloat (fabsf (zoom - 1), <=, 1e-3f);
    for (int i = 0; i < N; i++) {
      const float x = (float) (i / 3 % WIDTH) - (WIDTH - 1) / 2.0f;
      g_assert_cmpfloat (fabsf (first[i] - 0.5f - x * slope), <=, 2e-4f);
    }
    clear_pair (&pair);
  }
  g_assert_cmpint (n_resized, >, 4);
}

/* Evaluation: good qualities change little, and the worse the more. */
static void
test_plain (void)
{
  RwSample source = make_source (WIDTH, HEIGHT, FALSE);
  RwSample clean = make_sample (WIDTH, HEIGHT);
  RwSample input = make_sample (WIDTH, HEIGHT);
  double last = 0;

  for (int quality = 100; quality >= 5; quality -= 19) {
    rw_dejpeg_degrade_plain (&source, &clean, &input, quality, RW_CHROMA_444);
    const double distance = get_distance (&clean, &input);
    g_assert_cmpmem (clean.rgb, N * sizeof (float), source.rgb,
                     N * sizeof (float));
    g_assert_cmpfloat (distance, >, last);
    g_assert_cmpfloat (distance, <, quality == 100 ? 1 : 40);
    last = distance;
  }
  rw_dejpeg_degrade_plain (&source, &clean, &input, 95, RW_CHROMA_444);
  g_assert_cmpfloat (get_distance (&clean, &input), <, 3);
  g_free (source.rgb);
  g_free (clean.rgb);
  g_free (input.rgb);
}

static void
test_nan (void)
{
  for (guint64 key = 0; key < 60; key++) {
    Pair pair = make_pair (key);
    pair.source.rgb[pair.source.width * 70] = NAN;
    rw_dejpeg_degrade (&pair.source, &pair.clean, &pair.input, &pair.damage);
    if (pair.damage.values[0] < 98)
      for (int i = 0; i < N; i++)
        g_assert_true (pair.input.rgb[i] >= 0 && pair.input.rgb[i] <= 1);
    clear_pair (&pair);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dejpeg/draw", test_draw);
  g_test_add_func ("/dejpeg/pure", test_pure);
  g_test_add_func ("/dejpeg/pairs", test_pairs);
  g_test_add_func ("/dejpeg/clean", test_clean);
  g_test_add_func ("/dejpeg/plain", test_plain);
  g_test_add_func ("/dejpeg/nan", test_nan);
  return g_test_run ();
}
