/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * nets/ties-order.c: channels that go some at a time, and a net that has none
 * to spare.
 */
#include "nets/ties.h"

#include "base/alloc.h"
#include "base/random.h"
#include "reweave.h"
#include "train/prune.h"

/* Some at a time: what is left of each layer is a multiple, ends are whole
 * bundles, and the bundle whose mean is least goes first. */
static void
test_together (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (
      "input rgb\nconv 40 | relu -> a | conv 64 | gate | conv 40\n"
      "add a | conv 72 | relu | conv 128 | shuffle 2 | conv 3\n",
      &error);
  g_assert_no_error (error);
  g_autoptr (RwTies) ties = rw_ties_new (net, &error);
  g_assert_no_error (error);
  const int n = rw_ties_get_n (ties);
  g_autofree double *scores = g_new (double, (gsize) n);
  g_autofree int *order = g_new (int, (gsize) n);
  g_autofree int *ends = g_new (int, (gsize) n);
  g_autofree gboolean *gone = g_new0 (gboolean, (gsize) n);
  double last = -1;

  for (int g = 0; g < n; g++)
    scores[g] = (double) rw_random_uniform (5, (guint64) g);
  const int n_ends = rw_ties_order (ties, scores, 16, order, ends, &error);
  g_assert_no_error (error);
  /* of 40, 32 by the gate, 72 and 32 by the shuffle, without the last 16 */
  g_assert_cmpint (n_ends, ==, 2 + 1 + 4 + 1);
  g_assert_cmpint (ends[n_ends - 1], ==, 24 + 16 + 56 + 16);
  for (int e = 0, at = 0; e < n_ends; e++) {
    double mean = 0;

    g_assert_true (ends[e] - at == 16 || ends[e] - at == 8);
    for (int i = at; i < ends[e]; i++) {
      gone[order[i]] = TRUE;
      mean += scores[order[i]] / (ends[e] - at);
    }
    g_assert_cmpfloat (mean, >=, last);
    last = mean;
    at = ends[e];
    g_autoptr (RwNet) left = rw_ties_cut (ties, gone, &error);
    g_assert_no_error (error);
    g_assert_nonnull (left);
  }
  g_autoptr (RwNet) least = rw_ties_cut (ties, gone, &error);
  g_assert_cmpstr (
      rw_net_get_text (least), ==,
      "input rgb\nconv 16 | relu -> a | conv 32 | gate | conv 16\n"
      "add a | conv 16 | relu | conv 64 | shuffle 2 | conv 3\n");
}

static double
count_macs (gpointer data, RwNet *net)
{
  return rw_net_get_macs_per_pixel (net);
}

/* A net whose channels are all those of its ends. */
static void
test_nothing (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net =
      rw_net_parse ("input rgb\nconv 3 | residual\n", &error);
  g_assert_no_error (error);
  g_autoptr (RwTies) ties = rw_ties_new (net, &error);
  g_assert_no_error (error);
  rw_autofree float *params =
      rw_try_alloc (rw_net_get_n_inner (net), sizeof (float), "a test", NULL);
  g_autofree double *scores = rw_prune_score_magnitude (ties, params, &error);
  RwNet *none;
  float *nothing;

  g_assert_nonnull (scores);
  for (int step = 1; step <= 16; step += 15) {
    g_assert_cmpint (rw_prune (ties, params, scores, count_macs, NULL, "macs",
                               50, step, &none, &nothing, &error),
                     ==, -1);
    g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
    g_clear_error (&error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/together/sixteens", test_together);
  g_test_add_func ("/together/nothing", test_nothing);
  return g_test_run ();
}
