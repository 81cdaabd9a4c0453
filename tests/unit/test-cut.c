/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * nets/cut.c: a net in two parts gives the bits of the whole.
 */
#include "two-pieces.h"

#include "scratch.h"

static RefTensor *
run_part (RwNet *net, const float *params, RwRunMode mode, const RefTensor *x)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwPack) pack = rw_pack_new (net, mode, &error);
  g_autoptr (RwRun) run = rw_run_new (net, mode, 1);
  const int c = rw_net_get_out_channels (net);
  int height, width;

  g_assert_no_error (error);
  g_assert_cmpint (x->c, ==, rw_net_get_in_channels (net));
  rw_pack_update (pack, params);
  g_assert_true (rw_run_prepare (run, x->n, x->h, x->w, &error));
  g_assert_no_error (error);
  ref_to_nhwc (x, rw_run_get_input (run), rw_channel_stride (x->c));
  g_assert_true (rw_run_forward (run, pack));
  rw_run_get_output_size (run, &height, &width);
  return ref_from_nhwc (rw_run_get_output (run), x->n, c, height, width,
                        rw_channel_stride (c));
}

/* The names of @part's parameters are the whole net's in order, and have the
 * same place in the flat array.  Returns where the next part's begin. */
static int
check_params (RwNet *net, RwNet *part, int first)
{
  g_assert_cmpuint (rw_net_get_n_inner (part), ==, rw_net_get_n_inner (net));
  for (int i = 0; i < rw_net_get_n_params (part); i++) {
    const RwParam *a = rw_net_get_param (part, i),
                  *b = rw_net_get_param (net, first + i);

    g_assert_cmpstr (a->name, ==, b->name);
    g_assert_cmpuint (a->inner, ==, b->inner);
    g_assert_cmpuint (a->n_inner, ==, b->n_inner);
    g_assert_cmpuint (a->n_values, ==, b->n_values);
  }
  return first + rw_net_get_n_params (part);
}

static void
check_cut (Harness *whole, const char *at)
{
  const int node = find (whole->net, at),
            last = rw_net_get_n_nodes (whole->net) - 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) encoder = rw_net_cut (whole->net, 0, node, &error);
  g_assert_no_error (error);
  g_autoptr (RwNet) decoder = rw_net_cut (whole->net, node, last, &error);
  g_assert_no_error (error);
  g_autoptr (RefTensor) x = harness_random_input (whole, 3);
  g_autoptr (RefTensor) want = harness_forward (whole, x);

  g_assert_cmpint (rw_net_get_n_planes (encoder), ==,
                   rw_net_get_n_planes (whole->net));
  g_assert_cmpint (rw_net_get_n_planes (decoder), ==, 0);
  g_assert_cmpint (rw_net_get_in_channels (decoder), ==,
                   rw_net_get_out_channels (encoder));
  g_assert_cmpint (rw_net_find_result (encoder, at, NULL), ==,
                   rw_net_get_n_nodes (encoder) - 1);
  g_assert_cmpint (rw_net_find_result (decoder, at, NULL), ==, 0);
  for (int mode = RW_RUN_INFER; mode <= RW_RUN_TRAIN; mode++) {
    g_autoptr (RefTensor) code =
        run_part (encoder, whole->params, (RwRunMode) mode, x);
    g_autoptr (RefTensor) got =
        run_part (decoder, whole->params, (RwRunMode) mode, code);

    ref_compare_bits (whole->text, got, want);
  }
}

static void
test_cut (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) h = harness ((int) i, RW_RUN_INFER, 2);
    const int node = find (h->net, "y");
    g_autoptr (RwNet) encoder = rw_net_cut (h->net, 0, node, NULL);
    g_autoptr (RwNet) decoder =
        rw_net_cut (h->net, node, rw_net_get_n_nodes (h->net) - 1, NULL);

    check_cut (h, "y");
    g_assert_cmpint (
        check_params (h->net, decoder, check_params (h->net, encoder, 0)), ==,
        rw_net_get_n_params (h->net));
  }
}

/* Cut in a block, both parts have its parameters, under the same name. */
static void
test_cut_block (void)
{
  g_autoptr (Harness) h =
      harness_new ("input rgb\nconv 16\nrepeat 3 {\nconv 16 | relu\n}\nconv "
                   "3\n",
                   RW_RUN_INFER, 1, 1, 20, 20, 42);
  const int node = find (h->net, "relu1@2");
  g_autoptr (RwNet) decoder =
      rw_net_cut (h->net, node, rw_net_get_n_nodes (h->net) - 1, NULL);

  check_cut (h, "relu1@2");
  g_assert_cmpint (check_params (h->net, decoder, 2), ==, 6);
  g_assert_cmpstr (rw_net_get_node_name (decoder, 1), ==, "conv2");
}

/* A dense layer's part has the size that it has in the whole. */
static void
test_cut_fixed (void)
{
  g_autoptr (Harness) h =
      harness_new ("input rgb size=16x12\nconv 8 stride=2 | relu -> a\ndense "
                   "24 -> y | dense 96 | relu | shuffle 4\n"
                   "upsample 4 | conv 3\n",
                   RW_RUN_INFER, 1, 1, 12, 16, 42);
  g_autoptr (RwNet) decoder = rw_net_cut (
      h->net, find (h->net, "a"), rw_net_get_n_nodes (h->net) - 1, NULL);
  int width, height;

  g_assert_true (rw_net_get_size (decoder, &width, &height));
  g_assert_cmpint (width, ==, 8);
  g_assert_cmpint (height, ==, 6);
}

static void
test_cut_errors (void)
{
  g_autoptr (RwNet) net =
      parse ("input rgb\nconv 16 -> a | relu -> y | conv 16 | add a -> b\n"
             "conv 3 | residual\n");
  static const char *const cases[][3] = {
    { "y", "b", "add1 reads conv1, which lies before the cut at relu1" },
    { "b", "residual1",
      "residual1 reads input, which lies before the cut at "
      "add1" },
    { "y", "y", "a part from relu1 to relu1 has no layer" },
    { "b", "y", "a part from add1 to relu1 has no layer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;

    g_assert_null (rw_net_cut (net, find (net, cases[i][0]),
                               find (net, cases[i][1]), &error));
    assert_error (&error, RW_ERROR_MISMATCH, cases[i][2]);
  }
  /* what the skip leads to is no longer in the part */
  g_autoptr (RwNet) middle =
      rw_net_cut (net, find (net, "y"), find (net, "conv2"), NULL);
  g_assert_nonnull (middle);
  g_assert_cmpint (rw_net_get_n_nodes (middle), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cut/two", test_cut);
  g_test_add_func ("/cut/block", test_cut_block);
  g_test_add_func ("/cut/fixed", test_cut_fixed);
  g_test_add_func ("/cut/errors", test_cut_errors);
  return g_test_run ();
}
