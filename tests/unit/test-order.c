/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/data/order.c: permutations are permutations, an epoch has every
 * picture once, a picture keeps its place as long as it should.
 */
#include "train/data/order.h"

#include "base/random.h"
#include "scratch.h"

static RwDataset *
make_set (const char *what)
{
  RwDataset *set =
      rw_dataset_load (what, &(RwDatasetOptions){ .seed = 1 }, NULL, NULL);

  g_assert_nonnull (set);
  return set;
}

static void
test_permute (void)
{
  static const guint32 sizes[] = { 1, 2, 3, 4, 5, 16, 17, 100, 257, 5000 };

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    const guint32 n = sizes[s];
    g_autofree guint8 *seen = g_malloc0 (n);
    guint n_moved = 0, n_other = 0;
    for (guint32 i = 0; i < n; i++) {
      const guint32 to = rw_order_permute (5, i, n);
      g_assert_cmpuint (to, <, n);
      g_assert_cmpint (seen[to], ==, 0);
      seen[to] = 1;
      n_moved += to != i;
      n_other += to != rw_order_permute (6, i, n);
    }
    if (n >= 100) {
      g_assert_cmpuint (n_moved, >, n * 9 / 10);
      g_assert_cmpuint (n_other, >, n * 9 / 10);
    }
  }
}

/* Each place of five is as likely for each thing. */
static void
test_permute_even (void)
{
  int counts[5][5] = { { 0 } };
  const int n = 20000;

  for (guint64 key = 0; key < (guint64) n; key++)
    for (guint32 i = 0; i < 5; i++)
      counts[i][rw_order_permute (rw_random_key (3, key), i, 5)]++;
  for (int i = 0; i < 5; i++)
    for (int j = 0; j < 5; j++)
      g_assert_cmpint (abs (counts[i][j] - n / 5), <, n / 40);
}

static void
test_epochs (void)
{
  g_autoptr (RwDataset) set = make_set ("synth:10");
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();
  int first[3][10];

  recipe->epochs = 3;
  recipe->batch = 4; /* three steps an epoch, two patches over */
  g_assert_cmpuint (rw_recipe_count_steps (recipe, 10), ==, 9);
  for (guint64 epoch = 0; epoch < 3; epoch++) {
    int counts[10] = { 0 };
    for (int k = 0; k < 12; k++) {
      const int i =
          rw_order_pick (set, recipe, 3 * epoch + (guint64) (k / 4), k % 4);
      counts[i]++;
      if (k < 10)
        first[epoch][k] = i;
      if (k == 9)
        for (int j = 0; j < 10; j++)
          g_assert_cmpint (counts[j], ==, 1);
    }
  }
  g_assert_cmpint (memcmp (first[0], first[1], sizeof first[0]), !=, 0);
  g_assert_cmpint (memcmp (first[1], first[2], sizeof first[0]), !=, 0);
  recipe->epochs = 0;
  recipe->steps = 77;
  g_assert_cmpuint (rw_recipe_count_steps (recipe, 10), ==, 77);
}

/* In each place a picture stays for five steps, and the places change one
 * after the other. */
static void
test_reuse (void)
{
  g_autoptr (RwDataset) set = make_set ("synth:97");
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();
  int n_changes = 0, most_at_once = 0;
  guint8 seen[97] = { 0 };
  int n_seen = 0;

  recipe->batch = 5;
  recipe->reuse = 5;
  for (guint64 step = 1; step < 1000; step++) {
    int at_once = 0;
    for (int place = 0; place < 5; place++) {
      const int i = rw_order_pick (set, recipe, step, place);
      at_once += i != rw_order_pick (set, recipe, step - 1, place);
      n_seen += !seen[i];
      seen[i] = 1;
    }
    n_changes += at_once;
    most_at_once = MAX (most_at_once, at_once);
  }
  g_assert_cmpint (most_at_once, ==, 1);
  g_assert_cmpint (n_changes, >, 950);
  g_assert_cmpint (n_seen, ==, 97);
}

static void
test_check (void)
{
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();
  GError *error = NULL;

  recipe->reuse = 2;
  g_assert_true (rw_order_check (recipe, NULL));
  recipe->epochs = 2;
  g_assert_false (rw_order_check (recipe, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "reuse is 2");
}

/* Other numbers would be other trainings, and resumed ones would go on with
 * other patches.  A new thing to draw takes the next number. */
static void
test_ledger (void)
{
  g_assert_cmpint (RW_DRAW_CROP, ==, 0);
  g_assert_cmpint (RW_DRAW_DAMAGE, ==, 1);
  g_assert_cmpint (RW_DRAW_LAYERS, ==, 2);
  g_assert_cmpint (RW_DRAW_SHARE, ==, 2);
  g_assert_cmpint (RW_DRAW_SECOND_CROP, ==, 3);
  g_assert_cmpint (RW_DRAW_TRANSPLANT, ==, 4);
  g_assert_cmpint (RW_N_DRAWS, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/order/permute", test_permute);
  g_test_add_func ("/order/permute-even", test_permute_even);
  g_test_add_func ("/order/epochs", test_epochs);
  g_test_add_func ("/order/reuse", test_reuse);
  g_test_add_func ("/order/ledger", test_ledger);
  g_test_add_func ("/order/check", test_check);
  return g_test_run ();
}
