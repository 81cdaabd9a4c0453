/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/scratch-damage.c: how many patches have marks, how much these cover,
 * and that the answer is where they are.
 */
#include "damages.h"

#include "tasks/scratch-damage.h"
#include "tasks/task.h"

static const Damager scratch = { "scratch", 1, rw_scratch_draw,
                                 rw_scratch_extent, rw_scratch_degrade };

enum { N = 600, WIDTH = 96, HEIGHT = 80 };

/* The share of the answer that is 1; all of it is 0 or 1, three times. */
static double
get_share (const RwSample *clean)
{
  int n = 0;

  for (int i = 0; i < clean->width * clean->height; i++) {
    const float *p = clean->rgb + 3 * i;
    g_assert_true (p[0] == 0 || p[0] == 1);
    g_assert_true (p[1] == p[0] && p[2] == p[0]);
    n += p[0] == 1;
  }
  return (double) n / (clean->width * clean->height);
}

static void
test_shares (void)
{
  int n_unmarked = 0, n_empty = 0, n_small = 0, n_large = 0;
  double sum = 0;

  for (int key = 0; key < N; key++) {
    RwDamage damage;
    rw_scratch_draw (rw_random_key (8, (guint64) key), &damage);
    Pair pair = make_pair (&scratch, damage, WIDTH, HEIGHT);
    const double share = get_share (&pair.clean);
    if (!rw_scratch_is_marked (&damage)) {
      n_unmarked++;
      g_assert_cmpfloat (share, ==, 0);
    } else {
      n_empty += share == 0;
      n_small += share > 0 && share < 0.05;
      n_large += share > 0.2;
      sum += share;
    }
    clear_pair (&pair);
  }
  const int n_marked = N - n_unmarked;
  g_test_message ("%d without marks, of %d with: %d not seen, %d small, %d "
                  "large, mean %.3f",
                  n_unmarked, n_marked, n_empty, n_small, n_large,
                  sum / n_marked);
  g_assert_cmpint (n_unmarked, >, N / 4);
  g_assert_cmpint (n_unmarked, <, N / 2);
  g_assert_cmpint (n_empty, <, n_marked / 4);
  g_assert_cmpint (n_small, >, n_marked / 3);
  g_assert_cmpint (n_large, <, n_marked / 20);
  g_assert_cmpfloat (sum / n_marked, >, 0.01);
  g_assert_cmpfloat (sum / n_marked, <, 0.08);
}

/* Mean over channels of what changed where the answer is @wanted. */
static double
get_change (const Pair *pair, const Pair *without, float wanted)
{
  double sum = 0;
  int n = 0;

  for (gsize i = 0; i < count (&pair->clean); i++)
    if (pair->clean.rgb[i] == wanted) {
      sum +=
          fabs ((double) pair->input.rgb[i] - (double) without->input.rgb[i]);
      n++;
    }
  return n > 0 ? sum / n : 0;
}

/* The same print without its marks differs in the answer and next to nowhere
 * else. */
static void
test_follows (void)
{
  double inside = 0, outside = 0;
  int n = 0;

  for (guint64 key = 0; key < N; key++) {
    RwDamage damage, unmarked;
    rw_scratch_draw (rw_random_key (9, key), &damage);
    if (rw_scratch_is_marked (&damage))
      continue;
    unmarked = damage;
    damage.plain = TRUE; /* has them whatever the key says */
    Pair with = make_pair (&scratch, damage, WIDTH, HEIGHT);
    Pair without = make_pair (&scratch, unmarked, WIDTH, HEIGHT);
    if (get_share (&with.clean) > 0.002) {
      inside += get_change (&with, &without, 1);
      outside += get_change (&with, &without, 0);
      n++;
    }
    clear_pair (&with);
    clear_pair (&without);
  }
  g_test_message ("changes by %.1f of 255 inside, %.2f outside",
                  255 * inside / n, 255 * outside / n);
  g_assert_cmpint (n, >, N / 6);
  g_assert_cmpfloat (255 * inside / n, >, 40);
  g_assert_cmpfloat (255 * outside / n, <, 2);
}

/* A protocol's patches have marks, and narrow ones can be damaged. */
static void
test_plain (void)
{
  for (guint64 key = 0; key < 60; key++) {
    const RwDamage damage = rw_task_pose (rw_task_find ("scratch", NULL), 0,
                                          rw_random_key (10, key));
    g_assert_true (rw_scratch_is_marked (&damage));
    Pair pair =
        make_pair (&scratch, damage, 1 + (int) key % 9, 1 + (int) key % 7 * 9);
    get_share (&pair.clean);
    clear_pair (&pair);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scratch-damage/shares", test_shares);
  g_test_add_func ("/scratch-damage/follows", test_follows);
  g_test_add_func ("/scratch-damage/plain", test_plain);
  return g_test_run ();
}
