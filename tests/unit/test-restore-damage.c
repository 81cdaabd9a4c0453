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

/* The clean picture is the source's middle, or that in grey. */
static void
check_target (const Pair *pair, gboolean grey)
{
  const RwSample *source = &pair->source, *clean = &pair->clean;
  const int margin = (source->width - clean->width) / 2;

  for (int y = 0; y < clean->height; y++) {
    for (int x = 0; x < clean->width; x++) {
      const float *from =
          source->rgb + ((y + margin) * source->width + x + margin) * 3;
      const float *to = clean->rgb + (y * clean->width + x) * 3;
      const double luma = 0.299 * (double) from[0] + 0.587 * (double) from[1] +
                          0.114 * (double) from[2];
      for (int c = 0; c < 3; c++)
        g_assert_cmpfloat (
            fabs ((double) to[c] - (grey ? luma : (double) from[c])), <, 1e-6);
    }
  }
}

static void
test_pairs (void)
{
  const int n = 1200;
  int n_undamaged = 0, n_grey = 0, n_tinted = 0;
  double sum = 0;

  for (int key = 0; key < n; key++) {
    RwDamage damage;
    double squares = 0;
    rw_restore_draw (rw_random_key (12, (guint64) key), &damage);
    damage.grey = FALSE;
    Pair pair = make_pair (&restore, damage, 48, 40);
    const gboolean grey = is_grey (&pair.clean);
    check_target (&pair, grey);
    for (gsize i = 0; i < count (&pair.clean); i++) {
      const double d = (double) (pair.input.rgb[i] - pair.clean.rgb[i]);
      squares += d * d;
    }
    n_undamaged += largest_change (&pair) <= 0.501 / 255;
    n_grey += grey;
    n_tinted += grey && !is_grey (&pair.input);
    sum += sqrt (squares / (double) count (&pair.clean));
    clear_pair (&pair);
  }
  /* 12 %, of which 60 % are no JPEG; besides: no step, no fading, no mark,
   * seldom all of it */
  g_assert_cmpfloat (fabs (n_undamaged / (double) n - 0.12 * 0.6), <, 0.02);
  g_assert_cmpfloat (fabs (n_grey / (double) n - 0.88 * 0.28), <, 0.04);
  g_assert_cmpint (n_tinted, >, n_grey / 2);
  g_assert_cmpint (n_tinted, <, n_grey);
  g_test_message ("mean error %.3f", sum / n);
  g_assert_cmpfloat (sum / n, >, 0.05);
  g_assert_cmpfloat (sum / n, <, 0.25);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restore-damage/pairs", test_pairs);
  return g_test_run ();
}
