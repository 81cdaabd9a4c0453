/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/restore-damage.c: what is left undamaged, what loses its colours, and
 * how far pictures get from what they were.
 */
#include "damages.h"

#include "tasks/restore-damage.h"
#include "tasks/typical-error.h"

static const Damager restore = { "restore", 1, rw_restore_draw,
                                 rw_restore_extent, rw_restore_degrade };

static gboolean
is_grey (const RwSample *sample)
{
  for (gsize i = 0; i < count (sample); i += 3)
    if (sample->rgb[i] != sample->rgb[i + 1] ||
        sample->rgb[i] != sample->rgb[i + 2])
      return FALSE;
  return TRUE;
}

/* Colours in the mean: the damage leaves them, so that no net learns to change
 * them.  Returns the largest difference. */
static double
get_shift (const Pair *pair)
{
  const gsize n = count (&pair->clean);
  double largest = 0;

  for (gsize c = 0; c < 3; c++) {
    double sum = 0;
    for (gsize i = c; i < n; i += 3)
      sum += (double) (pair->input.rgb[i] - pair->clean.rgb[i]);
    largest = fmax (largest, fabs (sum / (double) (n / 3)));
  }
  return largest;
}

/* Whether the clean picture is the source's middle as it was. */
static gboolean
is_as_new (const Pair *pair)
{
  const RwSample *source = &pair->source, *clean = &pair->clean;
  const int margin = (source->width - clean->width) / 2;

  for (int y = 0; y < clean->height; y++)
    if (memcmp (source->rgb + ((y + margin) * source->width + margin) * 3,
                clean->rgb + y * clean->width * 3,
                (gsize) clean->width * 3 * sizeof (float)) != 0)
      return FALSE;
  return TRUE;
}

static void
test_pairs (void)
{
  const int n = 1200;
  int n_undamaged = 0, n_grey = 0, n_aged = 0, n_shifted = 0;
  double sum = 0;

  for (int key = 0; key < n; key++) {
    RwDamage damage;
    double squares = 0;
    rw_restore_draw (rw_random_key (12, (guint64) key), &damage);
    damage.grey = FALSE;
    Pair pair = make_pair (&restore, damage, 48, 40);
    for (gsize i = 0; i < count (&pair.clean); i++) {
      const double d = (double) (pair.input.rgb[i] - pair.clean.rgb[i]);
      squares += d * d;
    }
    n_undamaged += is_as_new (&pair) && largest_change (&pair) <= 0.501 / 255;
    n_grey += is_grey (&pair.clean);
    n_aged += !is_as_new (&pair);
    n_shifted += get_shift (&pair) > 0.03;
    sum += sqrt (squares / (double) count (&pair.clean));
    clear_pair (&pair);
  }
  g_test_message ("undamaged %d, grey %d, aged %d, shifted %d of %d; mean "
                  "error %.3f",
                  n_undamaged, n_grey, n_aged, n_shifted, n, sum / n);
  /* 20 %, of which 60 % are no JPEG */
  g_assert_cmpfloat (fabs (n_undamaged / (double) n - 0.2 * 0.6), <, 0.02);
  g_assert_cmpfloat (fabs (n_grey / (double) n - 0.8 * 0.8 * 0.1 * 0.7), <,
                     0.02);
  g_assert_cmpfloat (n_aged / (double) n, >, 0.65);
  g_assert_cmpfloat (n_shifted / (double) n, <, 0.03);
  g_assert_cmpfloat (sum / n, >, 0.02);
  g_assert_cmpfloat (sum / n, <, 0.1);
}

/* What comes out grows with what is aimed at, and what a net is told is what
 * came out. */
static void
test_amounts (void)
{
  double last = 0;

  for (double aim = 1; aim <= 16; aim *= 16) {
    double sum = 0;
    for (guint64 key = 0; key < 100; key++) {
      RwDamage damage = { .values = { aim }, .told = 1, .plain = TRUE };
      damage.key = rw_random_key (5, key);
      Pair pair = make_pair (&restore, damage, 48, 48);
      g_assert_cmpfloat_with_epsilon (
          pair.damage.values[0], rw_typical_error (&pair.clean, &pair.input),
          1e-9);
      sum += pair.damage.values[0] / 100;
      clear_pair (&pair);
    }
    g_test_message ("aimed at %g, came out %.2f", aim, sum);
    g_assert_cmpfloat (sum, >, 1.3 * last);
    last = sum;
  }
  g_assert_cmpfloat (last, >, 4);
}

/* A few squares full of marks are not most places. */
static void
test_marks (void)
{
  float a[3 * 48 * 48], b[3 * 48 * 48];
  const RwSample clean = { 48, 48, a, NULL }, input = { 48, 48, b, NULL };

  for (int i = 0; i < 3 * 48 * 48; i++) {
    a[i] = 0.5f;
    b[i] = 0.5f + (i % 2 == 0 ? 3.0f : -3.0f) / 255;
  }
  g_assert_cmpfloat_with_epsilon (rw_typical_error (&clean, &input), 3, 1e-4);
  for (int i = 0; i < 3 * 48 * 12; i++)
    b[i] = 1; /* 4 squares of 16 */
  g_assert_cmpfloat_with_epsilon (rw_typical_error (&clean, &input), 3, 1e-4);
  for (int i = 0; i < 3 * 48 * 48; i++)
    b[i] = 1;
  g_assert_cmpfloat_with_epsilon (rw_typical_error (&clean, &input), 127.5,
                                  1e-3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restore-damage/pairs", test_pairs);
  g_test_add_func ("/restore-damage/amounts", test_amounts);
  g_test_add_func ("/restore-damage/marks", test_marks);
  return g_test_run ();
}
