/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/fine-tune.c: what is taken from another net, and layers that do not
 * change by a bit.
 */
#include "training.h"

#include "train/fine-tune.h"
#include "weights/weights.h"

#include <math.h>

#define OTHER_NET                                                             \
  "input rgb sigma\nconv 8 | relu -> a\ndown 16 | relu\nup 8 | add a | "      \
  "relu\nconv 8 | relu\nconv 3\nresidual\n"

static void
set (Fixture *f, const char *key, const char *value)
{
  g_assert_true (rw_recipe_set (f->recipe, key, value, NULL));
}

static RwWeights *
load (const char *path)
{
  GError *error = NULL;
  RwWeights *weights = rw_weights_load (path, &error);

  g_assert_no_error (error);
  return weights;
}

/* The values of parameter @name in the file's order. */
static float *
get_values (const RwWeights *weights, const char *name, gsize *n)
{
  for (int i = 0; i < rw_net_get_n_params (weights->net); i++) {
    const RwParam *param = rw_net_get_param (weights->net, i);
    if (!g_str_equal (param->name, name))
      continue;
    float *values = g_new (float, param->n_values);
    rw_net_export_param (weights->net, i, weights->params, values);
    *n = param->n_values;
    return values;
  }
  g_error ("no parameter %s", name);
}

static gboolean
is_same (const RwWeights *a, const RwWeights *b, const char *name)
{
  gsize n = 0, m = 0;
  g_autofree float *x = get_values (a, name, &n);
  g_autofree float *y = get_values (b, name, &m);

  return n == m && memcmp (x, y, n * sizeof (float)) == 0;
}

/* ---- freezing ----------------------------------------------------------- */

static void
assert_frozen (const RwNet *net, const char *patterns, const char *expected)
{
  GError *error = NULL;
  g_autofree gboolean *frozen = rw_fine_tune_freeze (net, patterns, &error);
  g_autoptr (GString) found = g_string_new (NULL);

  g_assert_no_error (error);
  for (int i = 0; i < rw_net_get_n_params (net); i++)
    if (frozen[i])
      g_string_append_printf (found, "%s ", rw_net_get_param (net, i)->name);
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_patterns (Fixture *f, gconstpointer data)
{
  g_autoptr (RwNet) net = rw_net_parse (f->recipe->net, NULL);
  GError *error = NULL;

  for (int i = 0; i < rw_net_get_n_params (net); i++)
    g_test_message ("%s", rw_net_get_param (net, i)->name);
  assert_frozen (net, "conv1", "conv1.weight conv1.bias ");
  assert_frozen (net, "conv[1-2]",
                 "conv1.weight conv1.bias conv2.weight conv2.bias ");
  assert_frozen (net, " conv1 , conv3.bias",
                 "conv1.weight conv1.bias conv3.bias ");
  assert_frozen (net, "*.weight",
                 "conv1.weight conv2.weight conv3.weight conv4.weight ");
  g_autoptr (RwNet) named = rw_net_parse (
      "input rgb -> in\nconv 4 -> a\nfrom in | conv 4 | add a -> b\nconv 4 | "
      "conv 3\n",
      NULL);
  assert_frozen (named, "before:a", "conv1.weight conv1.bias ");
  assert_frozen (named, "before:b,conv4.bias",
                 "conv1.weight conv1.bias conv2.weight conv2.bias "
                 "conv4.bias ");
  g_assert_null (rw_fine_tune_freeze (named, "before:c", &error));
  assert_error (&error, RW_ERROR_MISMATCH, "\"c\"");
  g_assert_null (rw_fine_tune_freeze (named, "before:in", &error));
  assert_error (&error, RW_ERROR_MISMATCH, "no layer before that");
  g_assert_null (rw_fine_tune_freeze (net, "conv1,convv3", &error));
  assert_error (&error, RW_ERROR_FORMAT, "did you mean \"conv3\"?");
  g_assert_null (rw_fine_tune_freeze (net, "conv9", &error));
  assert_error (&error, RW_ERROR_FORMAT,
                "layer \"conv9\" is unknown, known are conv1, conv2, conv3, ");
  g_assert_null (rw_fine_tune_freeze (net, "*", &error));
  assert_error (&error, RW_ERROR_MISMATCH, "something has to be left");
}

/* With penalties and decay, which would move them without a gradient. */
static void
test_frozen (Fixture *f, gconstpointer data)
{
  g_autofree char *parent = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *child = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, parent);

  training.validation = NULL;
  train (&training);
  training.out = child;
  training.from = parent;
  set (f, "freeze", "conv[12],conv4.bias");
  set (f, "weight_decay", "0.1");
  set (f, "l2_penalty", "0.01");
  train (&training);
  g_autoptr (RwWeights) a = load (parent), b = load (child);
  g_assert_cmpstr (g_hash_table_lookup (b->metadata, "parent"), ==, a->digest);
  g_assert_true (is_same (a, b, "conv1.weight"));
  g_assert_true (is_same (a, b, "conv1.bias"));
  g_assert_true (is_same (a, b, "conv2.weight"));
  g_assert_true (is_same (a, b, "conv2.bias"));
  g_assert_true (is_same (a, b, "conv4.bias"));
  g_assert_false (is_same (a, b, "conv3.weight"));
  g_assert_false (is_same (a, b, "conv3.bias"));
  g_assert_false (is_same (a, b, "conv4.weight"));
}

static gboolean
sum_norms (gpointer data, const RwTrainReport *report)
{
  *(double *) data += report->gradient_norm;
  return TRUE;
}

/* Of what is frozen neither the norm nor the optimiser's state knows. */
static void
test_no_gradient (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  RwTraining training = make_training (f, out);
  double whole = 0, part = 0;

  set (f, "steps", "1");
  training.report = sum_norms;
  training.report_data = &whole;
  train (&training);
  set (f, "freeze", "conv[1-3]");
  training.report_data = &part;
  train (&training);
  g_test_message ("norm %g, of the last layer %g", whole, part);
  g_assert_cmpfloat (part, >, 0);
  g_assert_cmpfloat (part, <, whole);
  g_autofree char *path = checkpoint_of (out);
  g_autoptr (RwSafetensors) file = rw_safetensors_load (path, 1 << 20, NULL);
  const RwTensorInfo *mean = rw_safetensors_find (file, "mean/conv1.weight");
  g_autofree float *values = g_new (float, mean->n_values);
  g_assert_true (rw_safetensors_read_floats (file, mean, values, NULL));
  for (gsize i = 0; i < mean->n_values; i++)
    g_assert_cmpfloat (values[i], ==, 0);
}

/* ---- from another net --------------------------------------------------- */

static void
test_partial (Fixture *f, gconstpointer data)
{
  g_autofree char *parent = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *child = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, parent);
  Watch w = { 0 };

  train (&training);
  set (f, "net", OTHER_NET);
  set (f, "lr", "1e-9");
  set (f, "weight_decay", "0");
  set (f, "ema", "0");
  set (f, "warmup", "1000000000");
  training.out = child;
  training.from = parent;
  training.note = count_note;
  training.report_data = &w;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "a.safetensors: its net is another one");
  training.partial = TRUE;
  train (&training);
  g_test_message ("%s", w.note);
  g_assert_nonnull (strstr (w.note, "a.safetensors: took 3 of 10 tensors; "
                                    "those that begin anew: conv2.weight "
                                    "(16x8x2x2, there 12x8x2x2)"));
  g_assert_nonnull (strstr (w.note, "conv5.bias (not there)"));
  g_autoptr (RwWeights) a = load (parent), b = load (child);
  g_assert_true (is_same (a, b, "conv1.weight"));
  g_assert_true (is_same (a, b, "conv1.bias"));
  g_assert_cmpstr (g_hash_table_lookup (b->metadata, "parent"), ==, a->digest);
  set (f, "net", "input rgb\nconv 5 k=1 | conv 3\nresidual\n");
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "none of its tensors has name and shape");
}

/* ---- rounding ----------------------------------------------------------- */

#define ROUNDED(how)                                                          \
  "input rgb value -> picture\nconv 8 | relu | conv 8 -> y\n"                 \
  "from y | quantise" how " -> latents\nconv 8 | relu\nconv 3\n"

/* One step from the same weights: the gradients are those of a net whose text
 * says how it rounds, all tensors fit, and the text stays. */
static void
test_rounding (Fixture *f, gconstpointer data)
{
  g_autofree char *parent = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *by_key = scratch_path (&f->scratch, "b.safetensors");
  g_autofree char *by_text = scratch_path (&f->scratch, "c.safetensors");
  g_autofree char *noisy = scratch_path (&f->scratch, "d.safetensors");
  RwTraining training = make_training (f, parent);

  training.validation = NULL;
  set (f, "net", ROUNDED (""));
  set (f, "steps", "3");
  train (&training);
  training.from = parent;
  training.out = noisy;
  train (&training);
  set (f, "rounding", "straight");
  training.out = by_key;
  train (&training);
  set (f, "rounding", "net");
  set (f, "net", ROUNDED (" train=straight"));
  training.out = by_text;
  training.partial = TRUE;
  train (&training);
  g_autoptr (RwWeights) a = load (parent), b = load (by_key),
                        c = load (by_text), d = load (noisy);
  g_assert_cmpstr (rw_net_get_text (a->net), ==, rw_net_get_text (b->net));
  g_assert_cmpmem (b->params, rw_net_get_n_inner (b->net) * sizeof (float),
                   c->params, rw_net_get_n_inner (c->net) * sizeof (float));
  for (int i = 1; i <= 4; i++) {
    g_autofree char *name = g_strdup_printf ("conv%d.weight", i);
    g_assert_false (is_same (a, b, name));
    g_assert_false (is_same (d, b, name)); /* noise does something else */
  }
  set (f, "net", "input rgb value\nconv 3\n");
  set (f, "rounding", "straight");
  training.partial = FALSE;
  training.from = NULL;
  assert_refused (&training, RW_ERROR_MISMATCH, "no layer \"quantise\"");
}

/* What leads to the latents keeps every bit, the rest learns. */
static void
test_analysis_frozen (Fixture *f, gconstpointer data)
{
  g_autofree char *parent = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *child = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, parent);

  training.validation = NULL;
  set (f, "net", ROUNDED (""));
  train (&training);
  training.from = parent;
  training.out = child;
  set (f, "rounding", "straight");
  set (f, "freeze", "before:latents");
  set (f, "weight_decay", "0.1");
  train (&training);
  g_autoptr (RwWeights) a = load (parent), b = load (child);
  for (int i = 1; i <= 4; i++) {
    g_autofree char *weight = g_strdup_printf ("conv%d.weight", i);
    g_autofree char *bias = g_strdup_printf ("conv%d.bias", i);
    g_assert_cmpint (is_same (a, b, weight), ==, i <= 2);
    g_assert_cmpint (is_same (a, b, bias), ==, i <= 2);
  }
}

/* Stopped and resumed: frozen as before. */
static void
test_resumed (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, whole);
  Watch w = { .stop_at = 9 };

  set (f, "freeze", "conv1");
  train (&training);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  train (&training);
  w.stop_at = 0;
  training.resume = TRUE;
  train (&training);
  assert_same (whole, parts);
  set (f, "freeze", "conv2");
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "made with freeze = conv1, but now it is conv2");
}

#define ADD(name, func)                                                       \
  g_test_add ("/fine-tune/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("patterns", test_patterns);
  ADD ("frozen", test_frozen);
  ADD ("no-gradient", test_no_gradient);
  ADD ("partial", test_partial);
  ADD ("rounding", test_rounding);
  ADD ("analysis-frozen", test_analysis_frozen);
  ADD ("resumed", test_resumed);
  return g_test_run ();
}
