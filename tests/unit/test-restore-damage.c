/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/restore-damage.c: what is left undamaged, what loses its colours, and
 * how far pictures get from what they were.
 */
#include "damages.h"

#include "tasks/restore-damage.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restore-damage/pairs", test_pairs);
  return g_test_run ();
}
