/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Net texts: what is refused and with which words, the round trip, what is
 * derived from the graph, parameters, and mutated texts, which must never
 * crash.  Running a net is test-run.c's.
 */
#include "nets/net.h"

#include "reference/reference.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

static RwNet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwNet *net = rw_net_parse (text, &error);
  if (!net)
    g_error ("%s\nin the net\n%s", error->message, text);
  return net;
}

/* ---- refused ----------------------------------------------------------- */

static const struct {
  const char *text, *fragment;
} refused[] = {
  { "", "no layers" },
  { "# nothing\n\n", "no layers" },
  { "input rgb\n", "no layers" },
  { "conv 3\n", "line 1: found \"conv\", wanted \"input\"" },
  { "\n\nconv 3\n", "line 3" },
  { "input\nconv 3\n", "no planes" },
  { "input rgb depth\nconv 3\n", "plane \"depth\" is unknown" },
  { "input rgb rgb rgb rgb rgb rgb rgb rgb rgb\nconv 3\n",
    "more than 8 planes" },
  { "input rgb\ninput rgb\nconv 3\n", "line 2" },
  { "input rgb\nconvolve 3\n", "line 2: \"convolve\" is no layer" },
  { "input rgb\nconv\n", "channels is missing" },
  { "input rgb\nconv 0\n", "\"0\"" },
  { "input rgb\nconv -3\n", "\"-3\"" },
  { "input rgb\nconv 3.5\n", "a whole number" },
  { "input rgb\nconv nan\n", "\"nan\"" },
  { "input rgb\nconv 1e300\n", "\"1e300\"" },
  { "input rgb\nconv 99999999999999999999\n", "\"99999999999999999999\"" },
  { "input rgb\nconv 8 k=\n", "k: found \"\"" },
  { "input rgb\nconv 8 k=99\n", "k: found \"99\"" },
  { "input rgb\nconv 8 k=3 k=3\n", "k is given twice" },
  { "input rgb\nconv 8 9\n", "channels is given twice" },
  { "input rgb\nconv 8 depth=2\n", "\"depth=2\"" },
  { "input rgb\nconv 8 pad=half\n",
    "conv: pad: found \"half\", expected one of same, valid" },
  { "input rgb\nconv 8 k=4\n", "even k=4" },
  { "input rgb\nconv 8 stride=2 pad=valid\n", "pad=valid needs stride=1" },
  { "input rgb\nconv 8 | | relu\n", "a statement is missing" },
  { "input rgb\n| conv 8\n", "a statement is missing" },
  { "input rgb\nconv 8 |\n", "a statement is missing" },
  { "input rgb\nconv 8 ->\n", "\"->\" needs a name" },
  { "input rgb\nconv 8 -> 9a\n", "found \"9a\"" },
  { "input rgb\nconv 8 -> a b\n", "\"->\" needs a name" },
  { "input rgb\n-> a\n", "\"->\" needs a layer" },
  { "input rgb\nconv 8 -> a | conv 8 -> a\n",
    "a second result is called \"a\"" },
  { "input rgb\nconv 8\nadd a\n",
    "line 3: add: no earlier result is called \"a\"" },
  { "input rgb\nconv 8\nadd\n", "needs the name" },
  { "input rgb\nadd later | conv 3 -> later\n",
    "no earlier result is called \"later\"" },
  { "input rgb\nconv 8 -> a | conv 9 | add a\n", "add: 9 channels" },
  { "input rgb\nconv 8 -> a | max-pool | add a\n", "line 2: add" },
  { "input rgb\nconv 8 -> a | max-pool | concat a\n", "line 2: concat" },
  { "input rgb\nconv 4 | residual\n", "residual: 4 channels" },
  { "input rgb\nmax-pool | residual\n", "residual" },
  { "input rgb\nshuffle 2\n", "multiple of 4" },
  { "input rgb\nmax-pool 1\n", "\"1\"" },
  { "input rgb\nleaky-relu slope=2\n", "slope: found \"2\"" },
  { "input rgb\nrelu 3\n", "\"3\" is none of its settings" },
  { "input rgb\nup 3x\n", "3x" },
  { "input rgb\nup many\n", "many" },
  { "input rgb\nup 9223372036854775807\n", "9223372036854775807" },
  { "input rgb\ndown\n", "down" },
  { "input rgb\nconv 8\n\xff\n", "UTF-8" },
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
    g_assert_cmpuint (error->domain, ==, RW_ERROR);
    if (!strstr (error->message, refused[i].fragment))
      g_error ("said \"%s\", wanted \"%s\" in it, of\n%s", error->message,
               refused[i].fragment, refused[i].text);
    g_assert_null (strchr (error->message, '\n'));
    g_assert_null (rw_net_parse (refused[i].text, NULL));
  }
}

static char *
repeat (const char *first, const char *statement, int n)
{
  GString *text = g_string_new (first);
  for (int i = 0; i < n; i++)
    g_string_append (text, statement);
  return g_string_free (text, FALSE);
}

static void
expect_limit (char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwNet) net = rw_net_parse (text, &error);
  if (net)
    g_error ("accepted %.100s...", text);
  g_assert_error (error, RW_ERROR, RW_ERROR_LIMIT);
  g_free (text);
}

/* Layers, parameters, and channels that would not fit an int. */
static void
test_limits (void)
{
  expect_limit (repeat ("input rgb\n", "relu\n", 4097));
  expect_limit (repeat ("input rgb\n", "conv 4096\n", 5));
  expect_limit (
      repeat ("input rgb\nconv 4096 k=1\n", "upsample 8\nunshuffle 8\n", 4));
  GString *doubling = g_string_new ("input rgb\nconv 4096 k=1 -> n0\n");
  for (int i = 0; i < 25; i++)
    g_string_append_printf (doubling, "concat n%d -> n%d\n", i, i + 1);
  expect_limit (g_string_free (doubling, FALSE));
  expect_limit (repeat ("input rgb\n", "upsample 8\n", 12));
  g_autofree char *most = repeat ("input rgb\n", "relu\n", 4000);
  g_autoptr (RwNet) net = parse (most);
  g_assert_cmpint (rw_net_get_n_nodes (net), ==, 4001);
}

/* ---- round trip -------------------------------------------------------- */

static const char *const texts[] = {
  "input rgb\nrelu\n",
  "input rgb sigma\nunshuffle 2\nconv 16 | relu | conv 16 | relu -> a\ndown "
  "24 | conv 24 | relu -> b\n"
  "down 32 | conv 32 | relu\nup 24 | add b | conv 24 | relu\nup 16 | add a | "
  "conv 16 | relu\n"
  "conv 12 init=zero | shuffle 2\nresidual\n",
  "input grey sigma -> all\nconv 8 k=5 pad=same bias=no | prelu | max-pool 3 "
  "| gelu | upsample 3 | concat all\n"
  "conv 4 k=1 | sigmoid\n",
  "input rgb grey sigma\nconv 20 k=3 stride=2 | leaky-relu slope=0.2 -> x | "
  "average-pool | tanh | upsample 2 | add x\n"
  "conv 12 | shuffle 2\n",
};

static void
test_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (RwNet) net = parse (texts[i]);
    g_assert_cmpstr (rw_net_get_text (net), ==, texts[i]);
  }
  g_autoptr (RwNet) spaced = parse ("\n#c\n  input\trgb   sigma# c\r\n\n conv "
                                    " 8  k=3|relu   ->  a # b | c\n");
  g_assert_cmpstr (rw_net_get_text (spaced), ==,
                   "input rgb sigma\nconv 8 k=3 | relu -> a\n");
  g_autoptr (RwNet) again = parse (rw_net_get_text (spaced));
  g_assert_cmpstr (rw_net_get_text (again), ==, rw_net_get_text (spaced));
  g_autoptr (RwNet) bare = parse ("input rgb\nrelu");
  g_assert_cmpstr (rw_net_get_text (bare), ==, "input rgb\nrelu\n");
}

static void
test_references (void)
{
  RwNet *net = parse (texts[0]);
  g_assert_true (rw_net_ref (net) == net);
  rw_net_unref (net);
  g_assert_cmpint (rw_net_get_in_channels (net), ==, 3);
  rw_net_unref (net);
  rw_net_unref (NULL);
}

/* ---- derived ----------------------------------------------------------- */

static const struct {
  const char *text;
  int in, out, align, halo, up, down;
  double macs;
  gsize n_values;
} derived[] = {
  { "input rgb\nrelu\n", 3, 3, 1, 0, 1, 1, 0, 0 },
  { "input grey\nconv 8\n", 1, 8, 1, 1, 1, 1, 72, 80 },
  { "input rgb sigma\nconv 8 k=1\n", 4, 8, 1, 0, 1, 1, 32, 40 },
  { "input rgb\nconv 8 k=5 bias=no | conv 8 k=7 | relu\n", 3, 8, 1, 5, 1, 1,
    600 + 3136, 600 + 3144 },
  { "input rgb\nunshuffle 2 | conv 12 | shuffle 2\n", 3, 3, 2, 2, 1, 1, 324,
    1308 },
  { "input rgb\ndown 16 | up 3\n", 3, 3, 2, 0, 1, 1, 48 + 48, 208 + 204 },
  { "input rgb\nmax-pool 3 | average-pool 2 | upsample 6\n", 3, 3, 6, 0, 1, 1,
    0, 0 },
  { "input rgb\nconv 12 | shuffle 2\n", 3, 3, 1, 1, 2, 1, 324, 336 },
  { "input rgb\nmax-pool | conv 8 | upsample | conv 3\n", 3, 3, 2, 4, 1, 1,
    54 + 216, 224 + 219 },
  { "input rgb\naverage-pool | conv 8 k=5 | upsample\n", 3, 8, 2, 4, 1, 1, 150,
    608 },
  { "input rgb\nmax-pool 4 | upsample 2\n", 3, 3, 4, 0, 1, 2, 0, 0 },
  /* what stands before "from" adds nothing to what is read */
  { "input rgb -> a\nunshuffle 2 | conv 12 | from a | conv 3\n", 3, 3, 2, 2, 1,
    1, 324 + 81, 1308 + 84 },
};

static void
test_derived (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (derived); i++) {
    int up, down;
    g_autoptr (RwNet) net = parse (derived[i].text);
    g_test_message ("%s", derived[i].text);
    rw_net_get_scale (net, &up, &down);
    g_assert_cmpint (rw_net_get_in_channels (net), ==, derived[i].in);
    g_assert_cmpint (rw_net_get_out_channels (net), ==, derived[i].out);
    g_assert_cmpint (rw_net_get_align (net), ==, derived[i].align);
    g_assert_cmpint (rw_net_get_halo (net), ==, derived[i].halo);
    g_assert_cmpint (up, ==, derived[i].up);
    g_assert_cmpint (down, ==, derived[i].down);
    g_assert_cmpfloat (
        fabs (rw_net_get_macs_per_pixel (net) - derived[i].macs), <=,
        1e-9 * derived[i].macs);
    g_assert_cmpuint (rw_net_get_n_values (net), ==, derived[i].n_values);
  }
}

static void
test_description (void)
{
  g_autoptr (RwNet) net = parse (texts[1]);
  g_autofree char *text = rw_net_describe (net, 64, 32);
  g_auto (GStrv) lines = g_strsplit (g_strstrip (text), "\n", -1);
  g_assert_cmpint (rw_net_get_n_planes (net), ==, 2);
  g_assert_cmpint (rw_net_get_plane (net, 0), ==, RW_PLANE_RGB);
  g_assert_cmpint (rw_net_get_plane (net, 1), ==, RW_PLANE_SIGMA);
  for (int i = 0; i < rw_net_get_n_nodes (net); i++)
    g_assert_nonnull (strstr (text, rw_net_get_node_name (net, i)));
  g_assert_cmpuint (g_strv_length (lines), >=,
                    (guint) rw_net_get_n_nodes (net));
  g_assert_nonnull (strstr (text, "32x16"));
}

static void
test_view (void)
{
  g_autoptr (RwNet) net =
      parse ("input rgb\nconv 8 stride=2 -> a | leaky-relu "
             "slope=0.25 | add a | shuffle 2\n");
  RwNodeView views[5];
  double macs = 0;

  g_assert_cmpint (rw_net_get_n_nodes (net), ==, G_N_ELEMENTS (views));
  rw_net_view (net, 6, 4, views);
  for (int i = 0; i < 5; i++)
    macs += views[i].macs_per_pixel;
  g_assert_cmpfloat (macs, ==, rw_net_get_macs_per_pixel (net));
  g_assert_cmpstr (views[0].kind, ==, "input");
  g_assert_cmpint (views[0].n_inputs, ==, 0);
  g_assert_cmpstr (views[1].kind, ==, "conv");
  g_assert_cmpstr (views[1].name, ==, "conv1");
  g_assert_cmpint (views[1].n_params, ==, 2);
  g_assert_cmpint (views[1].height, ==, 3);
  g_assert_cmpint (views[1].width, ==, 2);
  g_assert_cmpint (views[1].channels, ==, 8);
  g_assert_cmpint (views[3].n_inputs, ==, 2);
  g_assert_cmpint (views[3].inputs[0], ==, 2);
  g_assert_cmpint (views[3].inputs[1], ==, 1);
  g_assert_cmpint (views[4].width, ==, 4);
  g_assert_cmpfloat (rw_net_get_node_setting (net, 1, "stride"), ==, 2);
  g_assert_cmpfloat (rw_net_get_node_setting (net, 1, "k"), ==, 3);
  g_assert_cmpfloat (rw_net_get_node_setting (net, 2, "slope"), ==, 0.25);
  g_assert_true (isnan (rw_net_get_node_setting (net, 2, "stride")));
  g_assert_true (isnan (rw_net_get_node_setting (net, 0, "k")));
}

/* ---- parameters -------------------------------------------------------- */

static void
check_param (const RwNet *net, int i, GHashTable *names, gsize *end)
{
  const RwParam *p = rw_net_get_param (net, i);
  gsize n = 1;
  g_assert_true (g_hash_table_add (names, (gpointer) p->name));
  g_assert_cmpint (p->n_dims, >=, 1);
  for (int d = 0; d < p->n_dims; d++)
    n *= p->dims[d];
  g_assert_cmpuint (n, ==, p->n_values);
  g_assert_cmpuint (p->inner, >=, *end);
  g_assert_cmpuint (p->n_inner, >=, p->n_values);
  *end = p->inner + p->n_inner;
  g_assert_cmpuint (*end, <=, rw_net_get_n_inner (net));
  g_assert_cmpint (p->decay, ==,
                   g_str_has_suffix (p->name, ".weight") && p->n_dims == 4);

  /* file -> inner -> file keeps every value, and touches no other parameter */
  g_autofree float *inner = g_new0 (float, rw_net_get_n_inner (net)),
                   *back = g_new (float, n);
  g_autofree float *values = g_new (float, n);
  for (gsize k = 0; k < n; k++)
    values[k] = (float) (k + 1);
  rw_net_import_param (net, i, inner, values);
  rw_net_export_param (net, i, inner, back);
  g_assert_cmpmem (back, n * sizeof (float), values, n * sizeof (float));
  gsize used = 0;
  for (gsize k = 0; k < rw_net_get_n_inner (net); k++) {
    g_assert_true (inner[k] == 0 || (k >= p->inner && k < *end));
    used += inner[k] != 0;
  }
  g_assert_cmpuint (used, ==, n);
}

static void
test_params (void)
{
  for (guint t = 1; t < G_N_ELEMENTS (texts); t++) {
    g_autoptr (RwNet) net = parse (texts[t]);
    g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
    gsize end = 0, n_values = 0;
    for (int i = 0; i < rw_net_get_n_params (net); i++) {
      check_param (net, i, names, &end);
      n_values += rw_net_get_param (net, i)->n_values;
    }
    g_assert_cmpuint (n_values, ==, rw_net_get_n_values (net));
  }
}

/* He: deviation sqrt (2 / fan in); biases 0; the seed and nothing else decides
 */
static void
test_init (void)
{
  g_autoptr (RwNet) net =
      parse ("input rgb\nconv 64 k=5 | relu | conv 48 init=zero | prelu\n");
  const gsize n = rw_net_get_n_inner (net);
  g_autofree float *a = g_new (float, n), *b = g_new (float, n),
                   *c = g_new (float, n);
  g_autofree float *values = g_new (float, 64 * 48 * 9);
  double squares = 0;

  rw_net_init_params (net, a, 5, NULL);
  rw_net_init_params (net, b, 5, NULL);
  rw_net_init_params (net, c, 6, NULL);
  g_assert_cmpmem (a, n * sizeof (float), b, n * sizeof (float));
  g_assert_cmpint (memcmp (a, c, n * sizeof (float)), !=, 0);
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *p = rw_net_get_param (net, i);
    rw_net_export_param (net, i, a, values);
    for (gsize k = 0; k < p->n_values; k++)
      if (i == 0)
        squares += (double) values[k] * (double) values[k];
      else
        g_assert_true (values[k] == (strstr (p->name, "prelu") ? 0.25f : 0));
  }
  g_assert_cmpfloat (fabs (squares / (64 * 75) * 75 / 2 - 1), <,
                     5 * sqrt (2.0 / (64 * 75)));
}

/* ---- mutations --------------------------------------------------------- */

static const char *const pieces[] = {
  "conv 8",      "|",          "\n",       "->",        " a",
  "add a",       "concat a",   "up 4",     "down 8",    "shuffle 2",
  "unshuffle 3", "max-pool",   "k=2",      "stride=2",  "pad=valid",
  "4096",        "0",          "-1",       "=",         "#",
  "1e9",         "upsample 8", "residual", "input rgb", "99999999999",
  "prelu",       "nan",        "\t",       "slope=0.5", "sigma",
};

static void
mutate (GString *text, guint64 *state)
{
  const gsize at = (gsize) ref_below (state, (int) text->len + 1);
  const gsize wanted = (gsize) ref_below (state, 20),
              n = MIN (wanted, text->len - at);
  const char *piece = pieces[ref_below (state, G_N_ELEMENTS (pieces))];
  switch (ref_below (state, 5)) {
  case 0:
    g_string_erase (text, (gssize) at, (gssize) n);
    break;
  case 1:
    g_string_insert (text, (gssize) at, piece);
    break;
  case 2:
    if (at < text->len)
      text->str[at] = (char) (1 + ref_below (state, 255));
    break;
  case 3: {
    g_autofree char *copy = g_strndup (text->str + at, n);
    g_string_insert (text, ref_below (state, (int) text->len + 1), copy);
    break;
  }
  default:
    g_string_truncate (text, at);
  }
}

/* What parsed must print, parse again to the same, and be small or refuse. */
static void
use (RwNet *net)
{
  g_autoptr (RwNet) again = parse (rw_net_get_text (net));
  g_assert_cmpstr (rw_net_get_text (again), ==, rw_net_get_text (net));
  g_assert_cmpuint (rw_net_get_n_inner (again), ==, rw_net_get_n_inner (net));
  g_autofree char *description = rw_net_describe (net, 64, 64);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 1);
  const int align = rw_net_get_align (net);
  if (align > 64 || rw_net_get_n_values (net) > 100000 ||
      rw_net_get_halo (net) > 4096)
    return;
  g_autoptr (GError) error = NULL;
  if (!rw_run_prepare (run, 1, align, align, &error))
    g_assert_nonnull (error);
}

static void
test_mutations (void)
{
  guint parsed = 0;
  for (guint64 seed = 1; seed <= 10000; seed++) {
    guint64 state = seed;
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) text =
        g_string_new (texts[ref_below (&state, G_N_ELEMENTS (texts))]);
    const int n = 1 + ref_below (&state, 2);
    for (int i = 0; i < n; i++)
      mutate (text, &state);
    g_autoptr (RwNet) net = rw_net_parse (text->str, &error);
    if (!net != (error != NULL))
      g_error ("seed %" G_GUINT64_FORMAT ": result and error disagree for\n%s",
               seed, text->str);
    if (net)
      use (net);
    parsed += net != NULL;
  }
  g_test_message ("%u of 10000 mutated texts are still nets", parsed);
  g_assert_cmpuint (parsed, >, 300);
  g_assert_cmpuint (parsed, <, 9000);
}

/* At 32 x 32; a skip widens the place that it passes. */
static void
test_bottleneck (void)
{
  static const struct {
    const char *text;
    gsize n;
  } cases[] = {
    { "input rgb\nconv 3\n", 3072 },
    { "input rgb\nconv 8 | max-pool 2 | conv 2 | upsample 2 | conv 3\n", 512 },
    { "input rgb\nconv 8 -> a\nmax-pool 2 | conv 2 | upsample 2 | conv 8\n"
      "add a\nconv 3\n",
      3072 },
    { "input rgb\nconv 9 | max-pool 8 | conv 5 -> a\nconv 1 | conv 5 | add a\n"
      "upsample 8 | conv 3\n",
      80 },
    { "input rgb\nmax-pool 8 | conv 1 | upsample 8 | conv 3 | residual\n",
      3072 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RwNet) net = rw_net_parse (cases[i].text, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (rw_net_get_bottleneck (net, 32, 32), ==, cases[i].n);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/refused", test_refused);
  g_test_add_func ("/net/limits", test_limits);
  g_test_add_func ("/net/round-trip", test_round_trip);
  g_test_add_func ("/net/references", test_references);
  g_test_add_func ("/net/derived", test_derived);
  g_test_add_func ("/net/bottleneck", test_bottleneck);
  g_test_add_func ("/net/description", test_description);
  g_test_add_func ("/net/view", test_view);
  g_test_add_func ("/net/params", test_params);
  g_test_add_func ("/net/init", test_init);
  g_test_add_func ("/net/mutations", test_mutations);
  return g_test_run ();
}
