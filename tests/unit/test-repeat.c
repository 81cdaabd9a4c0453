/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Blocks that repeat, and the gru in them: against the textbook, gradients by
 * differences, what rounds share, names, and another number of rounds for the
 * same parameters.
 */
#include "reference/harness.h"
#include "reweave.h"

#include <string.h>

static const char *const nets[] = {
  "input rgb sigma\nconv 6\nrepeat 3 {\nconv 6 k=1 | leaky-relu\n}\n",
  /* a state, and a result from outside that every round reads */
  "input rgb\nconv 5 | leaky-relu -> seen\n"
  "repeat 3 {\nadd seen | gru 7 | conv 5\n}\nconv 3\nresidual\n",
  /* two states of other kernels in one round */
  "input rgb\nconv 4\nrepeat 2 {\ngru 16 | gru 4 k=1\n}\n",
  /* blocks in blocks, where the inner state begins anew each time */
  "input rgb\nconv 4 -> in\nrepeat 2 {\nconv 4 -> a | sigmoid\n"
  "repeat 3 {\ngru 4 k=5 | subtract a\n}\ntimes in -> b\nadd b\n}\n"
  "repeat 2 {\nconv 4 | tanh\n}\n",
  /* each round takes other channels */
  "input rgb sigma\nconv 7 -> all\nslice 2 first=5\n"
  "repeat 3 {\nslice 2 -> sum\n"
  "from all | slice 2 first=1 step=2 | concat sum | gru 3 | conv 2 | add "
  "sum\n}\n",
};

/* ---- values ------------------------------------------------------------ */

static void
test_forward (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) train =
        harness_new (nets[i], RW_RUN_TRAIN, 1, 2, 7, 9, i);
    g_autoptr (Harness) infer =
        harness_new (nets[i], RW_RUN_INFER, 1, 2, 7, 9, i);
    g_autoptr (RefTensor) x = harness_random_input (train, i);
    g_autoptr (RefTensor) want = harness_textbook (train, x);
    g_autoptr (RefTensor) y = harness_forward (train, x);
    g_autoptr (RefTensor) inferred = harness_forward (infer, x);

    ref_compare (nets[i], y, want, 5e-6, 5e-5);
    ref_compare_bits (nets[i], inferred, y);
  }
}

static void
test_gradient (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) net =
        harness_new (nets[i], RW_RUN_TRAIN, 1, 2, 5, 6, i);
    g_autoptr (RefTensor) x = harness_random_input (net, i);

    harness_check_gradients (net, x, i, 1e-4);
  }
}

/* ---- another number of rounds ------------------------------------------ */

/* The parameters of a text run through the same text with another number,
 * against the textbook of that one. */
static void
check_rounds (const char *text, const char *other, int n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Harness) was = harness_new (text, RW_RUN_INFER, 1, 1, 8, 8, 3);
  g_autoptr (Harness) want = harness_new (other, RW_RUN_INFER, 1, 1, 8, 8, 3);
  g_autoptr (RwNet) net = rw_net_parse_repeated (text, n, &error);
  g_assert_no_error (error);
  g_autoptr (RefTensor) x = harness_random_input (was, 1);
  g_autoptr (RefTensor) expected = harness_textbook (want, x);

  g_assert_cmpstr (rw_net_get_text (net), ==, rw_net_get_text (want->net));
  g_assert_cmpint (rw_net_get_n_inner (net), ==,
                   rw_net_get_n_inner (was->net));
  g_assert_cmpint (rw_net_get_n_params (net), ==,
                   rw_net_get_n_params (was->net));
  for (int i = 0; i < rw_net_get_n_params (net); i++)
    g_assert_cmpstr (rw_net_get_param (net, i)->name, ==,
                     rw_net_get_param (was->net, i)->name);
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_INFER, &error);
  g_assert_no_error (error);
  rw_pack_update (pack, was->params);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 1);
  g_assert_true (rw_run_prepare (run, 1, 8, 8, &error));
  ref_to_nhwc (x, rw_run_get_input (run), rw_channel_stride (x->c));
  rw_run_forward (run, pack);
  g_autoptr (RefTensor) got =
      ref_from_nhwc (rw_run_get_output (run), 1, expected->c, 8, 8,
                     rw_channel_stride (expected->c));
  ref_compare (other, got, expected, 5e-6, 5e-5);
}

static void
test_rounds (void)
{
  check_rounds ("input rgb\nrepeat 2 {\nconv 3 | relu\n}\n",
                "input rgb\nrepeat 5 {\nconv 3 | relu\n}\n", 5);
  check_rounds ("input rgb\nconv 4\nrepeat 3 {\ngru 4\n}\n",
                "input rgb\nconv 4\nrepeat 1 {\ngru 4\n}\n", 1);
  check_rounds ("input rgb\nrepeat 1 {\nrepeat 3 {\ngru 3\n}\n}\n",
                "input rgb\nrepeat 4 {\nrepeat 4 {\ngru 3\n}\n}\n", 4);
}

static void
test_no_block (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_net_parse_repeated ("input rgb\nconv 3\n", 2, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "repeats is 2"));
}

/* ---- what follows ------------------------------------------------------ */

static RwNet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwNet *net = rw_net_parse (text, &error);
  if (!net)
    g_error ("%s\nin the net\n%s", error->message, text);
  return net;
}

/* The halo grows with the rounds, the parameters do not. */
static void
test_halo (void)
{
  static const char *const texts[] = {
    "input rgb\nconv 4\nrepeat 1 {\nconv 4 k=5\n}\nconv 3\n",
    "input rgb\nconv 4\nrepeat 4 {\nconv 4 k=5\n}\nconv 3\n",
  };
  g_autoptr (RwNet) one = parse (texts[0]), four = parse (texts[1]);

  g_assert_cmpint (rw_net_get_halo (one), ==, 4);
  g_assert_cmpint (rw_net_get_halo (four), ==, 10);
  g_assert_cmpuint (rw_net_get_n_values (one), ==, rw_net_get_n_values (four));
  g_assert_cmpfloat (rw_net_get_macs_per_pixel (four), ==,
                     rw_net_get_macs_per_pixel (one) + 3 * 25 * 16);
}

static void
test_names (void)
{
  static const char *const params[] = {
    "conv1.weight",          "conv1.bias",
    "gru1.update.weight",    "gru1.update.bias",
    "gru1.reset.weight",     "gru1.reset.bias",
    "gru1.candidate.weight", "gru1.candidate.bias",
    "conv2.weight",          "conv2.bias",
    "conv3.weight",          "conv3.bias",
  };
  g_autoptr (RwNet) net = parse ("input rgb | conv 4\nrepeat 2 { gru 8 k=1 | "
                                 "conv 4 } -> all | conv 4 | add all\n");

  g_assert_cmpint (rw_net_get_n_params (net), ==, G_N_ELEMENTS (params));
  for (guint i = 0; i < G_N_ELEMENTS (params); i++)
    g_assert_cmpstr (rw_net_get_param (net, (int) i)->name, ==, params[i]);
  /* zeros and 12 parts of the gru, conv; and again without zeros; conv, add */
  g_assert_cmpint (rw_net_get_n_nodes (net), ==, 1 + 1 + 14 + 13 + 2);
  g_assert_cmpstr (rw_net_get_node_name (net, 15), ==, "conv2");
  g_assert_cmpstr (rw_net_get_node_name (net, 28), ==, "conv2@2");
  g_assert_cmpstr (rw_net_get_node_name (net, 27), ==, "gru1.state@2");
}

/* One line or several, blanks and comments: the same net; its text parses to
 * itself. */
static void
test_text (void)
{
  static const char want[] = "input rgb\nrepeat 2 { conv 3 | relu } -> a | "
                             "conv 3\nadd a\n";
  g_autoptr (RwNet) net = parse ("input rgb\n\n  repeat  2{conv 3|relu}-> a "
                                 "|conv 3 # and\n# no\nadd a");
  g_autoptr (RwNet) again = parse (rw_net_get_text (net));
  g_autoptr (RwNet) lines =
      parse ("input rgb\nrepeat 2 {\nconv 3\nrelu }\nconv 3");

  g_assert_cmpstr (rw_net_get_text (net), ==, want);
  g_assert_cmpstr (rw_net_get_text (again), ==, want);
  g_assert_cmpint (rw_net_get_n_nodes (lines), ==, 6);
}

/* ---- refused ----------------------------------------------------------- */

static const struct {
  const char *text, *fragment;
} refused[] = {
  { "input rgb\nrepeat 2 {\nconv 4\n}\n",
    "line 2: repeat: the block takes 3 channels" },
  { "input rgb\nrepeat 2 {\nmax-pool\n}\n", "wanted the same" },
  { "input rgb\nrepeat 2 { }\n", "no layer between" },
  { "input rgb\nrepeat 2 { repeat 3 {\n} }\n", "no layer between" },
  { "input rgb\nrepeat 2 {\nrelu\n", "line 2: repeat: its \"{\" has no" },
  { "input rgb\nrelu }\n", "line 2: \"}\" without" },
  { "input rgb\nrepeat 0 { relu }\n", "times is \"0\"" },
  { "input rgb\nrepeat 9999 { relu }\n", "times is \"9999\"" },
  { "input rgb\nrepeat 2.5 { relu }\n", "times is \"2.5\"" },
  { "input rgb\nrepeat { relu }\n", "wanted \"repeat N {\"" },
  { "input rgb\nrepeat 2 3 { relu }\n", "wanted \"repeat N {\"" },
  { "input rgb\nrepeat 2\n{ relu }\n", "no block" },
  { "input rgb\n{ relu }\n", "behind nothing" },
  { "input rgb\nconv 3 { relu }\n", "behind \"conv\"" },
  { "repeat 2 { relu }\n", "wanted \"input\"" },
  { "input rgb\nrepeat 2 { relu } relu\n", "\"relu\" behind \"}\"" },
  { "input rgb\nrepeat 2 { relu } ->\n", "\"->\" needs a name" },
  { "input rgb\nrepeat 2 { | relu }\n", "a statement is missing" },
  { "input rgb\nrepeat 2 { relu | }\n", "a statement is missing" },
  { "input rgb\nrelu -> a { relu }\n", "no block begins" },
  { "input rgb\nrepeat 2 { conv 3 -> a }\nadd a\n",
    "no earlier result is called \"a\"" },
  { "input rgb -> a\nrepeat 2 { conv 3 -> a }\n",
    "a second result is called \"a\"" },
  { "input rgb\ngru 8\n", "stands in no block" },
  { "input rgb\nrepeat 2 { gru }\n", "channels is missing" },
  { "input rgb\nrepeat 2 { gru 3 k=2 }\n", "even k=2" },
  { "input rgb\nrepeat 2 { gru 3 depth=2 }\n", "\"depth=2\"" },
  { "input rgb\nrepeat 1 { repeat 1 { repeat 1 { repeat 1 { repeat 1 { repeat "
    "1 { repeat 1 { repeat 1 { repeat 1 { relu } } } } } } } } }\n",
    "more than 8 blocks" },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RwNet) net = rw_net_parse (refused[i].text, &error);
    if (net)
      g_error ("accepted, but wanted \"%s\":\n%s", refused[i].fragment,
               refused[i].text);
    if (!strstr (error->message, refused[i].fragment))
      g_error ("said \"%s\", wanted \"%s\" in it, of\n%s", error->message,
               refused[i].fragment, refused[i].text);
  }
}

/* Rounds count as layers do. */
static void
test_limit (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_net_parse (
      "input rgb\nrepeat 4096 { repeat 4096 { relu } }\n", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/repeat/forward", test_forward);
  g_test_add_func ("/repeat/gradient", test_gradient);
  g_test_add_func ("/repeat/rounds", test_rounds);
  g_test_add_func ("/repeat/no-block", test_no_block);
  g_test_add_func ("/repeat/halo", test_halo);
  g_test_add_func ("/repeat/names", test_names);
  g_test_add_func ("/repeat/text", test_text);
  g_test_add_func ("/repeat/refused", test_refused);
  g_test_add_func ("/repeat/limit", test_limit);
  return g_test_run ();
}
