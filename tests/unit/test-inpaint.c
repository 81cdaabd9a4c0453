/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/inpaint.c and tasks/scratches.c: how much is covered, and that nothing
 * else changes.
 */
#include "damages.h"

#include "tasks/inpaint.h"
#include "tasks/scratches.h"

static const Damager inpaint = { "inpaint", 1, rw_inpaint_draw,
                                 rw_inpaint_extent, rw_inpaint_degrade };

static void
test_holes (void)
{
  const int n = 600, width = 96, height = 80;
  int n_small = 0, n_large = 0;

  for (int key = 0; key < n; key++) {
    RwDamage damage;
    int n_holes = 0;
    rw_inpaint_draw (rw_random_key (8, (guint64) key), &damage);
    Pair pair = make_pair (&inpaint, damage, width, height);
    g_assert_cmpmem (pair.clean.rgb, count (&pair.clean) * 4, pair.source.rgb,
                     count (&pair.source) * 4);
    for (int i = 0; i < width * height; i++) {
      const float *in = pair.input.rgb + 3 * i;
      const gboolean hole = pair.input.mask[i] == 1;
      g_assert_true (hole || pair.input.mask[i] == 0);
      n_holes += hole;
      for (int c = 0; c < 3; c++)
        g_assert_cmpfloat (in[c], ==, hole ? 0.5f : pair.clean.rgb[3 * i + c]);
    }
    const double share = (double) n_holes / (width * height);
    g_assert_cmpfloat (share, >=, 0.03);
    g_assert_cmpfloat (share, <=, 0.35);
    n_small += share < 0.1;
    n_large += share > 0.2;
    clear_pair (&pair);
  }
  g_assert_cmpint (n_small, >=, n * 2 / 5);
  g_assert_cmpint (n_large, >=, n / 20);
}

/* Small and narrow pictures, and a sample without a mask. */
static void
test_sizes (void)
{
  for (int key = 0; key < 200; key++) {
    RwDamage damage;
    const int width = 1 + key % 40, height = 1 + key % 7 * 9;
    RwSample source = make_sample (width, height);
    RwSample clean = make_sample (width, height);
    RwSample input = { width, height, g_new (float, count (&source)), NULL };
    paint (&source, FALSE);
    rw_inpaint_draw ((guint64) key, &damage);
    rw_inpaint_degrade (&source, &clean, &input, &damage);
    clear_sample (&source);
    clear_sample (&clean);
    clear_sample (&input);
  }
}

/* Each kind covers what it says, with edges that fade, and counts right. */
static void
test_marks (void)
{
  for (int kind = 0; kind < RW_N_MARK_KINDS; kind++) {
    int n_drawn = 0;
    for (guint64 key = 0; key < 40; key++) {
      RwPlanes cover = rw_planes_make (120, 90, 1);
      memset (cover.pixels, 0, rw_planes_count (&cover) * sizeof (float));
      const RwMark mark = { .kind = (RwMarkKind) kind,
                            .width = 3,
                            .length = 60,
                            .soft = 1.5,
                            .opacity = key % 2 ? 1 : 0.4,
                            .key = key };
      const int n_half = rw_mark_draw (&cover, &mark);
      int n_found = 0;
      for (gsize i = 0; i < rw_planes_count (&cover); i++) {
        g_assert_true (cover.pixels[i] >= 0 &&
                       (double) cover.pixels[i] <= mark.opacity + 1e-6);
        n_found += cover.pixels[i] > 0.5f;
        n_drawn += cover.pixels[i] > 0;
      }
      g_assert_cmpint (n_half, ==, n_found);
      g_free (cover.pixels);
    }
    g_assert_cmpint (n_drawn, >, 40 * 3);
    g_assert_cmpint (n_drawn, <, 40 * 120 * 90 / 5);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inpaint/holes", test_holes);
  g_test_add_func ("/inpaint/sizes", test_sizes);
  g_test_add_func ("/inpaint/marks", test_marks);
  return g_test_run ();
}
