/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Explanations against the textbook: what is kept, saliency, Grad-CAM,
 * relevance and where it went, the effective receptive field, patches.
 */
#include "explain/explain.h"

#include "base/alloc.h"
#include "explain/patches.h"
#include "layers/layer.h"
#include "reference/harness.h"
#include "unit/explain-twin.h"

enum { SIDE = 8 };

static const RwRect region = { 2, 3, 4, 3 };

/* Nets that the textbook takes layer by layer; the core's have a residual
 * behind. */
static const struct {
  const char *text;
  int n;
  TwinLayer layers[12];
} nets[] = {
  { "input rgb\n"
    "conv 5 | relu -> a\n"
    "conv 5 | relu | conv 5 | add a\n"
    "conv 3\n"
    "residual\n",
    7,
    { { "conv 5", 0, -1, 2 },
      { "relu", 1, -1, 0 },
      { "conv 5", 2, -1, 2 },
      { "relu", 3, -1, 0 },
      { "conv 5", 4, -1, 2 },
      { "add", 5, 2, 0 },
      { "conv 3", 6, -1, 2 } } },
  { "input rgb\n"
    "unshuffle 2 | conv 6 k=1 -> a\n"
    "conv 4 k=2 stride=2 | prelu | conv 24 k=1 bias=no | shuffle 2 | "
    "concat a\n"
    "conv 12 | shuffle 2\n"
    "residual\n",
    9,
    { { "unshuffle 2", 0, -1, 0 },
      { "conv 6 k=1", 1, -1, 2 },
      { "conv 4 k=2 stride=2", 2, -1, 2 },
      { "prelu", 3, -1, 1 },
      { "conv 24 k=1 bias=no", 4, -1, 1 },
      { "shuffle 2", 5, -1, 0 },
      { "concat", 6, 2, 0 },
      { "conv 12", 7, -1, 2 },
      { "shuffle 2", 8, -1, 0 } } },
  { "input rgb\n"
    "conv 4 | max-pool 2 -> a\n"
    "deconv 4 | average-pool 2 | sigmoid | subtract a -> b\n"
    "conv 4 k=5 | times b\n"
    "upsample 2 mode=bilinear | conv 3\n"
    "residual\n",
    10,
    { { "conv 4", 0, -1, 2 },
      { "max-pool 2", 1, -1, 0 },
      { "deconv 4", 2, -1, 2 },
      { "average-pool 2", 3, -1, 0 },
      { "sigmoid", 4, -1, 0 },
      { "subtract", 5, 2, 0 },
      { "conv 4 k=5", 6, -1, 2 },
      { "times", 7, 6, 0 },
      { "upsample 2 mode=bilinear", 8, -1, 0 },
      { "conv 3", 9, -1, 2 } } },
};

static const RwRelevanceRule rules[] = {
  { RW_RELEVANCE_EPSILON, .epsilon = 0.05 },
  { RW_RELEVANCE_ALPHA_BETA, .epsilon = 0.05, .alpha = 2 },
  { RW_RELEVANCE_ALPHA_BETA, .epsilon = 0.05, .alpha = 1 },
};

/* A net of the core and its textbook, looked at. */
typedef struct {
  Harness *h;
  RwExplain *explain;
  RefTensor *x;
  Twin twin;
} Pair;

static Pair
pair_new (guint which)
{
  g_autoptr (GError) error = NULL;
  Pair p = { .h = harness_new (nets[which].text, RW_RUN_TRAIN, 1, 1, SIDE,
                               SIDE, which + 1) };

  p.x = harness_random_input (p.h, which + 5);
  p.explain = rw_explain_new (p.h->net, p.h->params, 0, SIDE, SIDE, &error);
  g_assert_no_error (error);
  ref_to_nhwc (p.x, rw_run_get_input (p.explain->run),
               rw_channel_stride (p.x->c));
  rw_explain_look (p.explain, &region);
  p.twin = twin_new (nets[which].layers, nets[which].n, &p.h->values, p.x);
  return p;
}

static void
pair_clear (Pair *p)
{
  twin_clear (&p->twin);
  rw_explain_free (p->explain);
  ref_free (p->x);
  harness_free (p->h);
}

static RefTensor *
take (const Pair *p, int node, gboolean grad)
{
  RwRun *run = p->explain->run;
  int h, w, c;

  rw_run_get_result_shape (run, node, &h, &w, &c);
  return ref_from_nhwc (grad ? rw_run_get_result_grad (run, node)
                             : rw_run_get_result (run, node),
                        1, c, h, w, rw_channel_stride (c));
}

static RefTensor *
from_map (const float *map, int height, int width)
{
  return ref_from_nhwc (map, 1, 1, height, width, 1);
}

/* ---- against the textbook ----------------------------------------------- */

static void
test_kept (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    Pair p = pair_new (i);

    g_assert_true (p.explain->is_change);
    g_assert_cmpint (rw_net_get_n_nodes (p.explain->net), ==, p.twin.n + 1);
    for (int node = 1; node <= p.twin.n; node++) {
      g_autoptr (RefTensor) got = take (&p, node, FALSE);
      ref_compare (rw_net_get_node_name (p.explain->net, node), got,
                   p.twin.values[node], 1e-5, 1e-4);
    }
    const double want = twin_energy (&p.twin, &region);
    g_assert_cmpfloat_with_epsilon (p.explain->energy, want, 1e-4 * want);
    pair_clear (&p);
  }
}

static void
test_saliency (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    Pair p = pair_new (i);
    float map[SIDE * SIDE];
    g_autoptr (RefTensor) gradient = twin_gradient (&p.twin, 0, &region);
    g_autoptr (RefTensor) want = ref_new (1, 1, SIDE, SIDE);

    for (int k = 0; k < SIDE * SIDE; k++)
      for (int c = 0; c < 3; c++)
        want->v[k] = MAX (want->v[k], fabs (gradient->v[c * SIDE * SIDE + k]));
    rw_explain_saliency (p.explain, map);
    g_autoptr (RefTensor) got = from_map (map, SIDE, SIDE);
    ref_compare (nets[i].text, got, want, 1e-4, 1e-3);
    pair_clear (&p);
  }
}

static void
test_cam (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    Pair p = pair_new (i);

    for (int node = 1; node < p.twin.n; node++) {
      const RefTensor *a = p.twin.values[node];
      g_autoptr (RefTensor) gradient = twin_gradient (&p.twin, node, &region);
      g_autoptr (RefTensor) want = ref_new (1, 1, a->h, a->w);
      g_autofree float *map = g_new (float, a->h * a->w);
      const int n = a->h * a->w;

      for (int k = 0; k < a->c; k++) {
        double mean = 0;
        for (int at = 0; at < n; at++)
          mean += gradient->v[k * n + at] / n;
        for (int at = 0; at < n; at++)
          want->v[at] += mean * a->v[k * n + at];
      }
      for (int at = 0; at < n; at++)
        want->v[at] = MAX (want->v[at], 0);
      const double most = rw_explain_cam (p.explain, node, map);
      if (ref_rms (want) < 1e-9)
        continue;
      g_autoptr (RefTensor) got = from_map (map, a->h, a->w);
      ref_compare (nets[i].layers[node - 1].text, got, want, 1e-3, 1e-2);
      for (int at = 0; at < n; at++)
        g_assert_cmpfloat (map[at], <=, (float) most);
    }
    pair_clear (&p);
  }
}

/* The relevance of the core's change, y^2 in the region. */
static RefTensor *
seed_of (const Pair *p)
{
  const RefTensor *y = p->twin.values[p->twin.n];
  RefTensor *seed = ref_new (1, y->c, y->h, y->w);

  for (int c = 0; c < y->c; c++)
    for (int row = region.y; row < region.y + region.height; row++)
      for (int x = region.x; x < region.x + region.width; x++)
        *ref_at (seed, 0, c, row, x) = pow (*ref_at (y, 0, c, row, x), 2);
  return seed;
}

static void
test_relevance (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++)
    for (guint r = 0; r < G_N_ELEMENTS (rules); r++) {
      g_autoptr (GError) error = NULL;
      Pair p = pair_new (i);
      float map[SIDE * SIDE];
      double planes = 0;
      RwRelevanceBalance balance;
      g_autoptr (RefTensor) seed = seed_of (&p);
      g_autoptr (RefTensor) relevance =
          twin_relevance (&p.twin, &rules[r], seed);
      g_autoptr (RefTensor) want = ref_new (1, 1, SIDE, SIDE);

      for (int k = 0; k < 3 * SIDE * SIDE; k++)
        want->v[k % (SIDE * SIDE)] += relevance->v[k];
      rw_explain_relevance (p.explain, &rules[r], map, &planes, &balance,
                            &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (planes, ==, 0);
      g_autoptr (RefTensor) got = from_map (map, SIDE, SIDE);
      ref_compare (nets[i].text, got, want, 2e-4, 2e-3);
      pair_clear (&p);
    }
}

/* ---- conservation ------------------------------------------------------- */

/* Every kind of layer, in nets as people write them. */
static const char *const whole_nets[] = {
  "input rgb value known\n"
  "unshuffle 2\n"
  "conv 16 -> h\n"
  "conv 16 | relu | conv 16 | add h -> x0\n"
  "down 24 -> e\n"
  "conv 24 | relu | conv 24 | add e\n"
  "up 16 | add x0 -> d\n"
  "conv 16 | relu | conv 16 | add d\n"
  "conv 12 | shuffle 2\n"
  "residual\n",
  "input rgb sigma\n"
  "unshuffle 2 | conv 16 | relu -> seen\n"
  "repeat 3 {\n"
  "  add seen | gru 16 | conv 16 | relu\n"
  "}\n"
  "conv 12 | shuffle 2 | residual\n",
  "input rgb\n"
  "conv 16 | leaky-relu | max-pool 2 -> a\n"
  "conv 16 | gelu | dropout 0.2 | deconv 16 k=4 stride=2 | average-pool 2 | "
  "concat a\n"
  "conv 16 | gate | upsample 2 | conv 8 k=5 | tanh | quantise | conv 3\n"
  "residual\n",
  "input rgb\n"
  "conv 12 stride=2 | gdn -> a\n"
  "conv 12 | prelu | times a | subtract a | igdn | zeros 4 | concat a\n"
  "conv 12 | shuffle 2\n",
  "input rgb size=16x16\n"
  "conv 8 stride=2 | relu | dense 20 | dense 64 | sigmoid | shuffle 8\n"
  "conv 12 k=1 | shuffle 2\n",
  "input rgb mask -> picture\n"
  "fill-holes steps=2 smooth=2 -> filled\n"
  "concat picture | conv 8 | relu | fill-holes | conv 3 | add filled\n",
  "input rgb value -> picture\n"
  "brighten -> lit\n"
  "concat picture | conv 17 | brighten stops=2 | conv 3 | add lit\n",
  "input rgb value -> picture\n"
  "conv 8 stride=2 | relu -> y\n"
  "from picture | max-pool 2 -> rate\n"
  "from y\n"
  "gain rate 2 -> scaled\n"
  "bits rate 2 -> bits\n"
  "from scaled\n"
  "gain rate 2 span=0.25\n"
  "conv 12 | shuffle 2\n",
  "input rgb value -> picture\n"
  "slice 3 | conv 4 -> y\n"
  "rounds picture 2 -> latents\n"
  "from y\n"
  "repeat 2 {\n"
  "  conv 4 -> sum\n"
  "  from latents | slice 4 step=4 | add sum\n"
  "}\n"
  "conv 3\n",
};

static void
test_conservation (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (whole_nets); i++)
    for (guint r = 0; r < G_N_ELEMENTS (rules); r++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (Harness) h =
          harness_new (whole_nets[i], RW_RUN_TRAIN, 2, 1, 16, 16, 3);
      g_autoptr (RefTensor) x = harness_random_input (h, 5);
      g_autoptr (RwExplain) explain =
          rw_explain_new (h->net, h->params, 0, 16, 16, &error);
      const RwRect part = { 3, 4, 5, 4 };
      float map[256];
      double planes = 0, sum = 0;
      RwRelevanceBalance b;

      g_assert_no_error (error);
      ref_to_nhwc (x, rw_run_get_input (explain->run),
                   rw_channel_stride (x->c));
      rw_explain_look (explain, &part);
      rw_explain_relevance (explain, &rules[r], map, &planes, &b, &error);
      g_assert_no_error (error);
      for (int k = 0; k < 256; k++)
        sum += (double) map[k];
      g_assert_cmpfloat_with_epsilon (b.arrived, 2 * explain->energy,
                                      1e-4 * b.arrived);
      g_test_message ("net %u rule %u: arrived %g reached %g biases %g kept "
                      "back %g, sum |R| %g",
                      i, r, b.arrived, b.reached, b.biases, b.kept_back,
                      b.magnitude);
      g_assert_cmpfloat_with_epsilon (sum + planes, b.reached,
                                      1e-4 * b.magnitude);
      g_assert_cmpfloat_with_epsilon (b.reached + b.biases + b.kept_back,
                                      b.arrived, 1e-3 * b.arrived);
    }
}

/* That every layer says a way, and is in a net above. */
static void
test_all_layers (void)
{
  const RwLayerClass *const *list = rw_layer_list ();
  g_autoptr (GString) texts = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (whole_nets); i++)
    g_string_append (texts, whole_nets[i]);
  for (int i = 0; list[i]; i++) {
    g_autofree char *pattern = g_strdup_printf ("\\b%s\\b", list[i]->name);

    g_assert_cmpint (list[i]->relevance, !=, RW_RELEVANCE_UNKNOWN);
    if (!g_regex_match_simple (pattern, texts->str, 0, 0))
      g_error ("%s is in no net of this test", list[i]->name);
  }
}

/* ---- the effective receptive field --------------------------------------- */

/* With one 3 x 3 convolution it is the kernel, turned. */
static void
test_field (void)
{
  enum { RADIUS = 3, WIDE = 2 * RADIUS + 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (Harness) h =
      harness_new ("input rgb\nconv 3\n", RW_RUN_TRAIN, 1, 1, 12, 16, 3);
  g_autoptr (RwExplain) explain =
      rw_explain_new (h->net, h->params, 0, 12, 16, &error);
  double sums[WIDE * WIDE] = { 0 };

  g_assert_no_error (error);
  g_assert_false (explain->is_change);
  rw_explain_add_field (explain, 9, 6, RADIUS, sums);
  for (int y = 0; y < WIDE; y++)
    for (int x = 0; x < WIDE; x++) {
      double want = 0;

      for (int c = 0; c < 3 && y >= 2 && y <= 4 && x >= 2 && x <= 4; c++) {
        double grad = 0;
        for (int o = 0; o < 3; o++)
          grad += h->values.values[0][((o * 3 + c) * 3 + y - 2) * 3 + x - 2];
        want += grad * grad;
      }
      g_assert_cmpfloat_with_epsilon (sums[y * WIDE + x], want,
                                      1e-5 + 1e-4 * want);
    }
}

static void
test_field_radius (void)
{
  double sums[49] = { 0 };

  sums[24] = 9; /* 3 in the middle, 1 at distance 2 */
  sums[24 + 2] = 1;
  g_assert_cmpfloat (rw_explain_field_radius (sums, 3, 0.5), ==, 0);
  g_assert_cmpfloat (rw_explain_field_radius (sums, 3, 0.95), ==, 2);
  sums[48] = 1; /* the corner */
  g_assert_cmpfloat (rw_explain_field_radius (sums, 3, 1), ==, sqrt (18));
}

/* ---- patches ------------------------------------------------------------- */

/* A net that only looks: the best patch is where the brightest pixel is. */
static void
test_patches (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Harness) h = harness_new ("input rgb\nconv 3 k=1 bias=no\n",
                                       RW_RUN_TRAIN, 1, 1, 32, 32, 3);
  const float identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };

  rw_net_import_param (h->net, 0, h->params, identity);
  g_autoptr (RwExplain) explain =
      rw_explain_new (h->net, h->params, 0, 32, 32, &error);
  g_assert_no_error (error);
  g_autoptr (RwPatches) patches = rw_patches_new (explain);
  float *input = rw_run_get_input (explain->run);

  for (int file = 0; file < 12; file++) {
    const int at = 5 + file + 32 * (7 + file);
    memset (input, 0, 32 * 32 * 4 * sizeof *input);
    input[4 * at + 1] = 0.5f + 0.01f * (float) ((file * 5) % 12);
    input[4 * 3 + 1] = 0.9f; /* within the margin */
    rw_run_forward (explain->run, explain->pack);
    rw_patches_add (patches, explain, file, 4);
  }
  const RwPatch *green = rw_patches_get (patches, 1, 1);
  for (int i = 0; i < RW_PATCHES_BEST; i++) {
    g_assert_cmpfloat_with_epsilon (green[i].value, 0.61f - 0.01f * (float) i,
                                    1e-6f);
    g_assert_cmpint (green[i].x, ==, 5 + green[i].file);
    g_assert_cmpint (green[i].y, ==, 7 + green[i].file);
    const guint8 *middle =
        green[i].rgb +
        3 * (RW_PATCHES_SIDE * RW_PATCHES_SIDE / 2 + RW_PATCHES_SIDE / 2);
    g_assert_cmpint (middle[1], ==, (int) (green[i].value * 255 + 0.5f));
    g_assert_cmpint (middle[0], ==, 0);
  }
  /* nothing is red, and no answer is no patch */
  g_assert_cmpfloat (rw_patches_get (patches, 1, 0)->value, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain/kept", test_kept);
  g_test_add_func ("/explain/saliency", test_saliency);
  g_test_add_func ("/explain/cam", test_cam);
  g_test_add_func ("/explain/relevance", test_relevance);
  g_test_add_func ("/explain/conservation", test_conservation);
  g_test_add_func ("/explain/all-layers", test_all_layers);
  g_test_add_func ("/explain/field", test_field);
  g_test_add_func ("/explain/field-radius", test_field_radius);
  g_test_add_func ("/explain/patches", test_patches);
  return g_test_run ();
}
