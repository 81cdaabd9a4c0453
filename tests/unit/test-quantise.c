/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Training with quantise = int8: it begins with weights, gives the same bytes
 * on any number of threads and when resumed, and a file for the engine.
 */
#include "base/parallel.h"
#include "training.h"
#include "weights/weights.h"

static const char net_text[] =
    "input rgb sigma\nunshuffle 2\nconv 16 | relu | conv 16 | relu\n"
    "conv 16 | relu | conv 12 | shuffle 2\nresidual\n";

/* (transfer full) the weights to begin with */
static char *
begin (Fixture *f)
{
  char *base = scratch_path (&f->scratch, "base.safetensors");

  g_assert_true (rw_recipe_set (f->recipe, "net", net_text, NULL));
  const RwTraining training = make_training (f, base);
  train (&training);
  g_assert_true (rw_recipe_set (f->recipe, "quantise", "int8", NULL));
  return base;
}

static void
test_file (Fixture *f, gconstpointer data)
{
  g_autofree char *base = begin (f);
  g_autofree char *out = scratch_path (&f->scratch, "out.safetensors");
  RwTraining training = make_training (f, out);
  GError *error = NULL;

  training.from = base;
  const RwTrained trained = train (&training);
  g_assert_cmpfloat (trained.psnr, >, 15);
  g_autoptr (RwWeights) weights = rw_weights_load (out, &error);
  g_assert_no_error (error);
  g_assert_nonnull (weights->quant);
  g_assert_cmpint (rw_quant_count (weights->quant), ==, 2);

  g_assert_true (rw_recipe_set (f->recipe, "store", "f16", NULL));
  g_autofree char *half = scratch_path (&f->scratch, "half.safetensors");
  training.out = half;
  train (&training);
  g_autoptr (RwSafetensors) file = rw_safetensors_load (half, 1 << 20, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_safetensors_find (file, "conv1.weight")->dtype, ==,
                   RW_DTYPE_F16);
  g_assert_cmpint (rw_safetensors_find (file, "conv2.weight")->dtype, ==,
                   RW_DTYPE_I8);
}

static void
test_same_bytes (Fixture *f, gconstpointer data)
{
  g_autofree char *base = begin (f);
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  RwTraining training = make_training (f, whole);
  Watch w = { 0 };

  training.from = base;
  rw_parallel_set_threads (1);
  train (&training);
  rw_parallel_set_threads (3);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  for (w.stop_at = 3; w.stop_at <= 24; w.stop_at += 7) {
    train (&training);
    training.resume = TRUE;
  }
  rw_parallel_set_threads (0);
  assert_same (whole, parts);
}

static void
test_refuses (Fixture *f, gconstpointer data)
{
  g_autofree char *base = begin (f);
  g_autofree char *out = scratch_path (&f->scratch, "out.safetensors");
  RwTraining training = make_training (f, out);
  GError *error = NULL;

  assert_refused (&training, RW_ERROR_MISMATCH, "expected --from");
  g_assert_false (rw_recipe_set (f->recipe, "quantise", "int4", &error));
  assert_error (&error, RW_ERROR_FORMAT, "int8");
  g_assert_false (rw_recipe_set (f->recipe, "store", "f8", &error));
  assert_error (&error, RW_ERROR_FORMAT, "f16");
}

/* Scales go through text and back exactly; other texts are refused. */
static void
test_text (void)
{
  static const char *const bad[] = {
    "",          "conv2",     "conv2 0 0",   "conv2 1",   "conv2 1 256",
    "conv9 1 0", "relu1 1 0", "conv2 nan 0", "conv2 1 0;"
  };
  g_autoptr (RwNet) net = rw_net_parse (net_text, NULL);
  g_autoptr (RwQuant) quant =
      rw_quant_parse (net, "conv2 0.012345678 0; conv3 1e-07 255", NULL);

  g_assert_cmpint (rw_quant_count (quant), ==, 2);
  g_autofree char *text = rw_quant_to_text (quant);
  g_autoptr (RwQuant) again = rw_quant_parse (net, text, NULL);
  for (int i = 0; i < rw_net_get_n_nodes (net); i++) {
    g_assert_cmpfloat (quant->nodes[i].input.scale, ==,
                       again->nodes[i].input.scale);
    g_assert_cmpint (quant->nodes[i].input.zero, ==,
                     again->nodes[i].input.zero);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    g_assert_null (rw_quant_parse (net, bad[i], &error));
    assert_error (&error, RW_ERROR_FORMAT, "no scales of layers");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quantise/text", test_text);
#define ADD(name, func)                                                       \
  g_test_add ("/quantise/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("file", test_file);
  ADD ("same-bytes", test_same_bytes);
  ADD ("refuses", test_refuses);
  return g_test_run ();
}
