/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * nets/ties.c and train/prune.c: which channels hang together, nets without
 * some of them, what channels are worth, and targets.
 */
#include "reference/harness.h"

#include "training.h"

#include "base/alloc.h"
#include "base/random.h"
#include "nets/ties.h"
#include "reweave.h"
#include "train/prune.h"

#include <math.h>
#include <string.h>

/* A channel whose weights and bias are 0 says 0 all the way in each of them.
 * None has 5 channels: 4 are added up by another kernel, in another order. */
static const char *const nets[] = {
  "input rgb sigma\nunshuffle 2\nconv 8 | relu -> a\ndown 17 | conv 33 | "
  "relu\n"
  "up 8 | add a | conv 8 | leaky-relu\nconv 12 | shuffle 2\nresidual\n",
  "input rgb\nconv 8 -> a | relu | conv channels=6 | concat a -> b\n"
  "conv 6 stride=2 | gelu | upsample | concat b | conv 3\n",
  "input rgb\nconv 16 | gate | conv 8 k=1 -> a | prelu | conv 8 | times a\n"
  "deconv 6 | relu | conv 12 stride=2 | shuffle 2 | unshuffle 2 | conv 3\n"
  "residual\n",
  "input rgb\nconv 8 -> a | conv 6 | gdn -> b\nfrom a | conv 6 | subtract b\n"
  "max-pool | dropout 0.1 | deconv 3 k=2 stride=2\n",
  "input rgb\nconv 6 | leaky-relu -> seen\n"
  "repeat 3 {\nadd seen | gru 7 | conv 6\n}\nconv 3\nresidual\n",
  "input rgb size=8x8\nconv 8 stride=2 | relu | dense 6 | tanh | dense 128\n"
  "shuffle 8 | conv 6 | relu | conv 3\n",
};

/* ---- help ---------------------------------------------------------------- */

static RwTies *
find_ties (const RwNet *net)
{
  g_autoptr (GError) error = NULL;
  RwTies *ties = rw_ties_new (net, &error);

  g_assert_no_error (error);
  return ties;
}

static RwNet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwNet *net = rw_net_parse (text, &error);

  g_assert_no_error (error);
  return net;
}

static int
find_node (const RwNet *net, const char *name)
{
  g_autoptr (GError) error = NULL;
  const int node = rw_net_find_result (net, name, &error);

  g_assert_no_error (error);
  return node;
}

static RwNodeView *
view (const RwNet *net)
{
  RwNodeView *views = g_new (RwNodeView, rw_net_get_n_nodes (net));
  int height = rw_net_get_align (net), width = height;

  if (!rw_net_get_size (net, &width, &height))
    width = height = rw_net_get_align (net);
  rw_net_view (net, height, width, views);
  return views;
}

/* No parameter is 0, biases included. */
static float *
make_params (const RwNet *net, guint64 seed)
{
  float *params =
      rw_try_alloc (rw_net_get_n_inner (net), sizeof (float), "a test", NULL);

  rw_net_init_params (net, params, seed, NULL);
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const gsize n = rw_net_get_param (net, i)->n_values;
    g_autofree float *values = g_new (float, n);

    rw_net_export_param (net, i, params, values);
    for (gsize k = 0; k < n; k++)
      values[k] += 0.125f + 0.01f * (float) (k % 7);
    rw_net_import_param (net, i, params, values);
  }
  return params;
}

/* Whether a layer makes channels of its own, and with parameters. */
static gboolean
owns (const RwNodeView *node)
{
  return g_str_equal (node->kind, "conv") ||
         g_str_equal (node->kind, "deconv") ||
         g_str_equal (node->kind, "dense");
}

/* Sets weights and bias of all channels of @group to 0. */
static void
kill_group (const RwNet *net, const RwTies *ties, int group, float *params)
{
  g_autofree RwNodeView *views = view (net);

  for (int i = 1; i < rw_net_get_n_nodes (net); i++)
    for (int k = 0; owns (&views[i]) && k < views[i].n_params; k++) {
      const int at = views[i].first_param + k;
      const RwParam *param = rw_net_get_param (net, at);
      const gboolean inputs_first =
          g_str_equal (views[i].kind, "deconv") && k == 0;
      const gsize n = (gsize) views[i].channels;
      gsize piece = param->n_values / n;
      g_autofree float *values = g_new (float, param->n_values);

      if (inputs_first)
        piece /= param->dims[0];
      rw_net_export_param (net, at, params, values);
      for (gsize v = 0; v < param->n_values; v++)
        if (rw_ties_find (ties, i, (int) (v / piece % n)) == group)
          values[v] = 0;
      rw_net_import_param (net, at, params, values);
    }
}

/* ---- groups -------------------------------------------------------------- */

static void
assert_together (const RwNet *net,
                 const RwTies *ties,
                 const char *a,
                 int channel_a,
                 const char *b,
                 int channel_b)
{
  const int group = rw_ties_find (ties, find_node (net, a), channel_a);

  g_assert_cmpint (group, >=, 0);
  g_assert_cmpint (group, ==,
                   rw_ties_find (ties, find_node (net, b), channel_b));
}

static void
test_groups (void)
{
  static const struct {
    const char *text;
    int n;
    const char *a;
    int channel_a;
    const char *b;
    int channel_b;
  } cases[] = {
    /* a chain; the output's channels stay */
    { "input rgb\nconv 8 | relu | conv 5 | conv 3\n", 13, "conv1", 7, "relu1",
      7 },
    { "input rgb\nconv 8 -> a | relu | conv 8 | add a | conv 3\n", 8, "conv1",
      2, "conv2", 2 },
    { "input rgb\nconv 4 -> a | conv 6 | concat a | conv 3\n", 10, "concat1",
      6, "conv1", 0 },
    { "input rgb\nconv 4 -> a | conv 6 | concat a | conv 3\n", 10, "concat1",
      5, "conv2", 5 },
    { "input rgb\nconv 8 stride=2 | shuffle 2 | conv 3\n", 2, "conv1", 4,
      "conv1", 7 },
    { "input rgb\nconv 5 | unshuffle 2 | conv 12 | shuffle 2\n", 5,
      "unshuffle1", 4, "unshuffle1", 7 },
    { "input rgb\nconv 8 | gate | conv 3\n", 4, "conv1", 1, "conv1", 5 },
    { "input rgb\ndown 6 | up 4 | conv 3\n", 10, "conv2", 12, "shuffle1", 3 },
    { "input rgb\nconv 4\nrepeat 3 {\nconv 4 | relu\n}\nconv 3\n", 4, "conv1",
      3, "conv2", 3 },
    { "input rgb\nconv 3 | residual\n", 0, NULL, 0, NULL, 0 },
    /* what is added to the input stays with it */
    { "input rgb\nconv 3 | residual | conv 7 | conv 3\n", 7, "conv2", 6,
      "conv2", 6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (RwNet) net = parse (cases[i].text);
    g_autoptr (RwTies) ties = find_ties (net);
    const int last = rw_net_get_n_nodes (net) - 1;

    g_test_message ("%s", cases[i].text);
    g_assert_cmpint (rw_ties_get_n (ties), ==, cases[i].n);
    g_assert_cmpint (rw_ties_find (ties, 0, 0), ==, -1);
    g_assert_cmpint (rw_ties_find (ties, last, 2), ==, -1);
    if (cases[i].a != NULL)
      assert_together (net, ties, cases[i].a, cases[i].channel_a, cases[i].b,
                       cases[i].channel_b);
  }
}

/* ---- going --------------------------------------------------------------- */

/* Output of @net for an input drawn from @seed; g_free. */
static float *
run (RwNet *net, const float *params, RwRunMode mode, guint64 seed, gsize *n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwPack) pack = rw_pack_new (net, mode, &error);
  g_autoptr (RwRun) runner = rw_run_new (net, mode, 1);
  const int in = rw_net_get_in_channels (net), stride = rw_channel_stride (in);
  int height, width;

  if (!rw_net_get_size (net, &width, &height))
    width = height = 4 * rw_net_get_align (net) +
                     8 / rw_net_get_align (net) * rw_net_get_align (net);
  rw_pack_update (pack, params);
  rw_run_prepare (runner, 1, height, width, &error);
  g_assert_no_error (error);
  g_autofree float *noise = g_new (float, (gsize) (height * width * in));
  rw_random_gaussian (rw_random_key (seed, 7), 0, noise,
                      (gsize) (height * width * in));
  for (int i = 0; i < height * width; i++)
    memcpy (rw_run_get_input (runner) + i * stride, noise + i * in,
            (gsize) in * sizeof (float));
  g_assert_true (rw_run_forward (runner, pack));
  rw_run_get_output_size (runner, &height, &width);
  *n = (gsize) height * (gsize) width *
       (gsize) rw_channel_stride (rw_net_get_out_channels (net));
  return g_memdup2 (rw_run_get_output (runner), *n * sizeof (float));
}

static void
check_dead (RwNet *net, const float *params, int group)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwTies) ties = find_ties (net);
  const gsize n_inner = rw_net_get_n_inner (net);
  rw_autofree float *dead =
      rw_try_alloc (n_inner, sizeof (float), "a test", NULL);
  g_autofree gboolean *gone = g_new0 (gboolean, (gsize) rw_ties_get_n (ties));

  memcpy (dead, params, n_inner * sizeof (float));
  kill_group (net, ties, group, dead);
  gone[group] = TRUE;
  g_autoptr (RwNet) cut = rw_ties_cut (ties, gone, &error);
  g_assert_no_error (error);
  rw_autofree float *left =
      rw_try_alloc (rw_net_get_n_inner (cut), sizeof (float), "a test", NULL);
  g_assert_true (rw_ties_move (ties, gone, dead, cut, left, &error));
  g_assert_cmpuint (rw_net_get_n_values (cut), <, rw_net_get_n_values (net));
  g_assert_cmpint (rw_net_get_n_nodes (cut), ==, rw_net_get_n_nodes (net));
  for (int i = 0; i < rw_net_get_n_params (net); i++)
    g_assert_cmpstr (rw_net_get_param (net, i)->name, ==,
                     rw_net_get_param (cut, i)->name);
  for (int mode = RW_RUN_INFER; mode <= RW_RUN_TRAIN; mode++) {
    gsize n, m;
    g_autofree float *want = run (net, dead, (RwRunMode) mode, 3, &n);
    g_autofree float *got = run (cut, left, (RwRunMode) mode, 3, &m);

    g_assert_cmpmem (got, m * sizeof (float), want, n * sizeof (float));
  }
}

static void
test_dead_channels (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (RwNet) net = parse (nets[i]);
    g_autoptr (RwTies) ties = find_ties (net);
    rw_autofree float *params = make_params (net, 1);

    g_test_message ("%s", nets[i]);
    g_assert_cmpint (rw_ties_get_n (ties), >, 0);
    for (int group = 0; group < rw_ties_get_n (ties); group++)
      check_dead (net, params, group);
  }
}

/* Names in the text, and all that is not counted, are as before. */
static void
test_text (void)
{
  g_autoptr (RwNet) net = parse (
      "input rgb\n# a comment\n\nconv 8 k=5 -> first | relu\nup 6 -> y\n"
      "repeat 2 {\nadd y | conv channels=6 init=zero\n}\ndown 3\n");
  g_autoptr (RwTies) ties = find_ties (net);
  g_autofree gboolean *gone = g_new0 (gboolean, (gsize) rw_ties_get_n (ties));

  gone[rw_ties_find (ties, find_node (net, "first"), 1)] = TRUE;
  gone[rw_ties_find (ties, find_node (net, "first"), 7)] = TRUE;
  gone[rw_ties_find (ties, find_node (net, "y"), 0)] = TRUE;
  g_autoptr (RwNet) cut = rw_ties_cut (ties, gone, NULL);
  g_assert_cmpstr (rw_net_get_text (cut), ==,
                   "input rgb\nconv 6 k=5 -> first | relu\nup 5 -> y\n"
                   "repeat 2 {\nadd y | conv channels=5 init=zero\n}\n"
                   "down 3\n");
  for (int group = 0; group < rw_ties_get_n (ties); group++)
    gone[group] = TRUE;
  g_autoptr (GError) error = NULL;
  g_assert_null (rw_ties_cut (ties, gone, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
}

/* ---- what channels are worth --------------------------------------------- */

/* Sums over pixels of value x gradient of the results themselves. */
static double *
sum_by_results (Harness *h, const RwNodeView *views, const RwTies *ties)
{
  double *sums = g_new0 (double, (gsize) rw_ties_get_n_own (ties));
  int n = 0;

  for (int i = 1; i < rw_net_get_n_nodes (h->net); i++) {
    const float *y = rw_run_get_result (h->run, i),
                *dy = rw_run_get_result_grad (h->run, i);
    const int stride = rw_channel_stride (views[i].channels);
    int height, width, channels;

    if (!owns (&views[i]))
      continue;
    rw_run_get_result_shape (h->run, i, &height, &width, &channels);
    for (int p = 0; p < height * width; p++)
      for (int c = 0; c < channels; c++)
        sums[n + c] +=
            (double) y[p * stride + c] * (double) dy[p * stride + c];
    n += channels;
  }
  g_assert_cmpint (n, ==, rw_ties_get_n_own (ties));
  return sums;
}

static void
test_worth (void)
{
  static const char text[] =
      "input rgb\nconv 6 | relu -> a | conv 8 stride=2 bias=no | prelu\n"
      "deconv 6 k=2 stride=2 | add a | conv 12 | gate | conv 3\n";
  g_autoptr (RwNet) net = parse (text);
  g_autofree RwNodeView *views = view (net);
  g_autoptr (RwTies) ties = find_ties (net);
  Harness h = { .net = net, .run = rw_run_new (net, RW_RUN_TRAIN, 1) };
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_TRAIN, NULL);
  const gsize n_inner = rw_net_get_n_inner (net);
  rw_autofree float *params = make_params (net, 5);
  rw_autofree float *grads = rw_try_alloc (n_inner, 4, "a test", NULL);
  g_autofree double *got = g_new0 (double, (gsize) rw_ties_get_n_own (ties));

  rw_pack_update (pack, params);
  for (int i = 1; i < rw_net_get_n_nodes (net); i++)
    if (owns (&views[i]))
      rw_run_keep (h.run, i);
  g_assert_true (rw_run_prepare (h.run, 1, 12, 10, NULL));
  for (int i = 0; i < 120; i++)
    for (int c = 0; c < 3; c++)
      rw_run_get_input (h.run)[4 * i + c] = (float) sin (i * 3 + c);
  rw_run_forward (h.run, pack);
  for (int i = 0; i < 120; i++)
    for (int c = 0; c < 3; c++)
      rw_run_get_output_grad (h.run)[4 * i + c] = (float) cos (i * 5 + c);
  rw_run_backward (h.run, pack, grads);
  g_assert_true (rw_ties_add_products (ties, params, grads, got, NULL));
  g_autofree double *want = sum_by_results (&h, views, ties);

  for (int i = 0; i < rw_ties_get_n_own (ties); i++)
    g_assert_cmpfloat_with_epsilon (got[i], want[i],
                                    1e-4 * (1 + fabs (want[i])));
  rw_run_free (h.run);
}

/* Normalised within a layer, added up over layers. */
static void
test_scores (void)
{
  g_autoptr (RwNet) net =
      parse ("input rgb\nconv 2 -> a | conv 2 | add a | conv 3\n");
  g_autoptr (RwTies) ties = find_ties (net);
  const double own[] = { 3, 4, 0, 2, 1, 1, 1 };
  double scores[2];
  int order[2], ends[2];
  g_assert_cmpint (rw_ties_get_n_own (ties), ==, G_N_ELEMENTS (own));
  g_assert_cmpint (rw_ties_get_n (ties), ==, 2);
  rw_ties_score (ties, own, scores);
  g_assert_cmpfloat_with_epsilon (scores[0], 0.6, 1e-12);
  g_assert_cmpfloat_with_epsilon (scores[1], 1.8, 1e-12);
  g_assert_cmpint (rw_ties_order (ties, scores, 1, order, ends, NULL), ==, 1);
  g_assert_cmpint (order[0], ==, 0);
  g_assert_cmpint (ends[0], ==, 1);
}

/* ---- targets ------------------------------------------------------------- */

static double
count_macs (gpointer data, RwNet *net)
{
  return rw_net_get_macs_per_pixel (net);
}

static void
test_targets (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RwNet) net = parse (nets[i]);
    g_autoptr (RwTies) ties = find_ties (net);
    rw_autofree float *params = make_params (net, 1);

    g_autofree double *scores =
        rw_prune_score_magnitude (ties, params, &error);
    g_assert_no_error (error);
    for (int tenth = 9; tenth >= 6; tenth--) {
      const double target = rw_net_get_macs_per_pixel (net) * tenth / 10;
      g_autoptr (RwNet) pruned = NULL;
      rw_autofree float *left = NULL;
      const int n = rw_prune (ties, params, scores, count_macs, NULL, "macs",
                              target, 1, &pruned, &left, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (rw_net_get_macs_per_pixel (pruned), <=, target);
      g_assert_cmpint (n, >, 0);

      g_autofree int *order = g_new (int, (gsize) rw_ties_get_n (ties));
      g_autofree gboolean *gone =
          g_new0 (gboolean, (gsize) rw_ties_get_n (ties));
      g_autofree int *ends = g_new (int, (gsize) rw_ties_get_n (ties));
      rw_ties_order (ties, scores, 1, order, ends, NULL);
      for (int k = 0; k < n - 1; k++)
        gone[order[k]] = TRUE;
      g_autoptr (RwNet) one_more = rw_ties_cut (ties, gone, NULL);
      g_assert_cmpfloat (rw_net_get_macs_per_pixel (one_more), >, target);
    }
    RwNet *none;
    float *nothing;
    g_assert_cmpint (rw_prune (ties, params, scores, count_macs, NULL, "macs",
                               1, 1, &none, &nothing, &error),
                     ==, -1);
    g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
    g_assert_nonnull (strstr (error->message, "macs: wanted 1, but"));
  }
}

/* By the loss: what nobody reads comes first, and threads change nothing. */
static void
test_taylor (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = parse (f->recipe->net);
  g_autoptr (RwTies) ties = find_ties (net);
  rw_autofree float *params = make_params (net, 1);
  const RwPruneData pictures = { .task = rw_task_find ("white-noise", NULL),
                                 .recipe = f->recipe,
                                 .dataset = f->training,
                                 .n_patches = 5 };
  const int dead = rw_ties_find (ties, find_node (net, "conv2"), 4);

  kill_group (net, ties, dead, params);
  g_autofree double *scores =
      rw_prune_score_taylor (ties, net, params, &pictures, &error);
  g_assert_no_error (error);
  g_autofree double *again =
      rw_prune_score_taylor (ties, net, params, &pictures, &error);
  const gsize n = (gsize) rw_ties_get_n (ties);

  g_assert_cmpmem (scores, n * sizeof *scores, again, n * sizeof *again);
  for (int i = 0; i < (int) n; i++)
    if (i == dead)
      g_assert_cmpfloat (scores[i], ==, 0);
    else
      g_assert_cmpfloat (scores[i], >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prune/groups", test_groups);
  g_test_add_func ("/prune/dead-channels", test_dead_channels);
  g_test_add_func ("/prune/text", test_text);
  g_test_add_func ("/prune/worth", test_worth);
  g_test_add_func ("/prune/scores", test_scores);
  g_test_add_func ("/prune/targets", test_targets);
  g_test_add ("/prune/taylor", Fixture, NULL, set_up, test_taylor, tear_down);
  return g_test_run ();
}
