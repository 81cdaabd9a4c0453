/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The kernels for whole numbers at every level of this machine: exact sums
 * against 64-bit ones, the same bits at all levels, fences and canaries; nets
 * that work with 8 bits against the textbook with rounded numbers, in bands of
 * any height, on any number of workers.
 */
#include "base/parallel.h"
#include "kernels/kernels.h"
#include "nets/quant.h"
#include "reference/harness.h"
#include "reweave-train.h"

#include <math.h>
#include <string.h>

#include "kernels-int8.h"

/* ---- nets --------------------------------------------------------------- */

static const char *const nets[] = {
  "input rgb sigma\nunshuffle 2\n"
  "conv 16 -> h\nconv 16 | relu | conv 32 | relu -> a\n"
  "down 48 -> b0\nconv 48 | relu | conv 48 | add b0 | relu -> b\n"
  "max-pool | conv 64 | relu | conv 64 | upsample | concat b\n"
  "conv 48 | relu | up 32 | add a | conv 32 | relu | conv 12 | shuffle 2\n"
  "residual\n",
  "input rgb sigma\nunshuffle 2\n"
  "conv 16 k=5 -> a\nconv 16 k=3 stride=3 | upsample 3 | add a\n"
  "max-pool | conv 20 | upsample | conv 24 k=1 | conv 18 k=7\n"
  "conv 12 | shuffle 2\nresidual\n",
};

static void
widen (gpointer data,
       int node,
       const float *x,
       gsize n_pixels,
       int channels,
       int stride)
{
  double most = 0;

  for (gsize i = 0; i < n_pixels * (gsize) stride; i++)
    most = MAX (most, (double) x[i]);
  ((RwQuant *) data)->nodes[node].input = rw_quant_scale (-most, most);
}

/* All layers rounded, to scales that suit a random input. */
static RwQuant *
make_quant (const char *text)
{
  g_autoptr (Harness) watched =
      harness_new (text, RW_RUN_TRAIN, 1, 1, 48, 72, 9);
  g_autoptr (RefTensor) x = harness_random_input (watched, 2);
  RwQuant *quant = rw_quant_new (watched->net);

  rw_run_set_watch (watched->run, widen, quant);
  g_autoptr (RefTensor) y = harness_forward (watched, x);
  g_assert_cmpint (rw_quant_count (quant), >, 0);
  return quant;
}

static Harness *
make_harness (const char *text, RwRunMode mode, int workers, int h, int w)
{
  Harness *harness = harness_new (text, mode, workers, 1, h, w, 9);
  g_autoptr (RwQuant) quant = make_quant (text);
  g_autoptr (GError) error = NULL;

  rw_pack_set_quant (harness->pack, quant, &error);
  g_assert_no_error (error);
  if (mode == RW_RUN_TRAIN)
    rw_run_set_quant (harness->run, quant);
  rw_pack_update (harness->pack, harness->params);
  return harness;
}

/* The engine's whole numbers and the trainer's rounded floats are the same
 * net: the sums of one layer differ by the roundings of float. */
static void
test_engine_is_trainer (void)
{
  static const char *const layers[] = {
    "input rgb sigma\nunshuffle 2\nconv 32\n",
    "input rgb sigma\nunshuffle 2\nmax-pool | upsample | conv 20 | relu\n",
    "input rgb sigma\nunshuffle 2 -> a\nmax-pool | upsample | concat a | "
    "conv 16 k=3 | add a\n",
    "input rgb sigma\nunshuffle 2\ndown 48\n",
    "input rgb sigma\nunshuffle 2\nconv 64 k=1\n",
    "input rgb sigma\nunshuffle 2\nconv 16 k=5 pad=valid\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++) {
    g_autoptr (Harness) infer =
        make_harness (layers[i], RW_RUN_INFER, 1, 96, 72);
    g_autoptr (Harness) train =
        make_harness (layers[i], RW_RUN_TRAIN, 1, 96, 72);
    g_autoptr (RefTensor) x = harness_random_input (infer, 4);
    g_autoptr (RefTensor) got = harness_forward (infer, x);
    g_autoptr (RefTensor) want = harness_forward (train, x);

    ref_compare (layers[i], got, want, 3e-6, 3e-5);
  }
}

static double
distance (const RefTensor *a, const RefTensor *b)
{
  double sum = 0;

  for (gsize i = 0; i < ref_size (a); i++)
    sum += (a->v[i] - b->v[i]) * (a->v[i] - b->v[i]);
  return sqrt (sum / (double) ref_size (a));
}

/* In a deep net such a rounding now and then moves an input over the border
 * between two steps, and that spreads: engine and trainer stay nearer to each
 * other than either is to the net without rounding. */
static void
test_deep (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) infer =
        make_harness (nets[i], RW_RUN_INFER, 1, 96, 72);
    g_autoptr (Harness) train =
        make_harness (nets[i], RW_RUN_TRAIN, 1, 96, 72);
    g_autoptr (Harness) plain =
        harness_new (nets[i], RW_RUN_INFER, 1, 1, 96, 72, 9);
    g_autoptr (RefTensor) x = harness_random_input (infer, 4);
    g_autoptr (RefTensor) got = harness_forward (infer, x);
    g_autoptr (RefTensor) want = harness_forward (train, x);
    g_autoptr (RefTensor) exact = harness_forward (plain, x);
    const double rounding = distance (want, exact);

    g_test_message ("rounding %g, engine to trainer %g, of %g", rounding,
                    distance (got, want), ref_rms (exact));
    g_assert_cmpfloat (rounding, >, 1e-3 * ref_rms (exact)); /* it rounds */
    g_assert_cmpfloat (rounding, <, 0.1 * ref_rms (exact));
    g_assert_cmpfloat (distance (got, want), <, 0.5 * rounding);
  }
}

static void
test_bands (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) first =
        make_harness (nets[i], RW_RUN_INFER, 1, 144, 264);
    g_autoptr (RefTensor) x = harness_random_input (first, 3);
    rw_run_set_band (first->run, 1000);
    g_autoptr (RefTensor) want = harness_forward (first, x);

    for (int band = 1; band <= 3; band++)
      for (int workers = 1; workers <= 7; workers += 3) {
        rw_parallel_set_threads (workers);
        g_autoptr (Harness) net =
            make_harness (nets[i], RW_RUN_INFER, workers, 144, 264);
        rw_run_set_band (net->run, band);
        g_autoptr (RefTensor) got = harness_forward (net, x);
        ref_compare_bits (nets[i], got, want);
        RwRunBytes b = { 0 };
        g_assert_true (rw_run_predict (net->run, 1, 144, 264, &b, NULL));
        g_assert_cmpuint (b.input + b.output + b.arena + b.scratch, ==,
                          rw_run_get_bytes (net->run));
      }
  }
  rw_parallel_set_threads (0);
}

/* What is wanted alone is that part of the whole. */
static void
test_part (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (nets); i++) {
    g_autoptr (Harness) net =
        make_harness (nets[i], RW_RUN_INFER, 1, 144, 264);
    g_autoptr (RefTensor) x = harness_random_input (net, 3);
    g_autoptr (RefTensor) whole = harness_forward (net, x);

    rw_run_set_wanted (net->run, 100, 51, 67, 31);
    g_autoptr (RefTensor) part = harness_forward (net, x);
    for (int c = 0; c < whole->c; c++)
      for (int row = 51; row < 51 + 31; row++)
        for (int column = 100; column < 100 + 67; column++)
          g_assert_cmpfloat (*ref_at (part, 0, c, row, column), ==,
                             *ref_at (whole, 0, c, row, column));
  }
}

/* A layer by itself is exact: whole numbers in, whole numbers out. */
static void
test_exact (void)
{
  static const char text[] = "input rgb sigma\nunshuffle 2\nconv 16\n";
  g_autoptr (Harness) infer =
      harness_new (text, RW_RUN_INFER, 1, 1, 40, 60, 2);
  g_autoptr (RwQuant) quant = rw_quant_new (infer->net);
  const RwInt8Scale scale = { 1, 100 };
  const int conv = rw_net_get_n_nodes (infer->net) - 1;

  for (gsize i = 0; i < rw_net_get_n_inner (infer->net); i++)
    infer->params[i] =
        infer->params[i] != 0 ? (float) ((i * 37) % 255) - 127 : 0;
  quant->nodes[conv].input = scale;
  quant->nodes[conv].weight_scales = g_new (float, 16);
  for (int o = 0; o < 16; o++)
    quant->nodes[conv].weight_scales[o] = 1;
  g_assert_true (rw_pack_set_quant (infer->pack, quant, NULL));
  rw_pack_update (infer->pack, infer->params);
  g_autoptr (Harness) plain =
      harness_new (text, RW_RUN_INFER, 1, 1, 40, 60, 2);
  memcpy (plain->params, infer->params,
          rw_net_get_n_inner (plain->net) * sizeof (float));
  ref_params_clear (&plain->values);
  plain->values = harness_export (plain, plain->params);
  g_autoptr (RefTensor) x = harness_random_input (infer, 8);
  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] = rint (x->v[i] * 150);
  g_autoptr (RefTensor) clamped = ref_copy (x);
  for (gsize i = 0; i < ref_size (x); i++)
    clamped->v[i] = CLAMP (x->v[i], -100, 155);
  g_autoptr (RefTensor) got = harness_forward (infer, x);
  g_autoptr (RefTensor) want = harness_textbook (plain, clamped);
  ref_compare_bits (text, got, want);
}

/* Gradients go straight through: those of the rounded net are the plain one's
 * but for what rounding changed of the numbers that they are made of. */
static void
test_gradients (void)
{
  static const char text[] =
      "input rgb sigma\nunshuffle 2\nconv 16 -> a | conv 16 | relu | add a\n"
      "conv 12 | shuffle 2\n";
  g_autoptr (Harness) rounded = make_harness (text, RW_RUN_TRAIN, 1, 16, 24);
  g_autoptr (Harness) plain =
      harness_new (text, RW_RUN_TRAIN, 1, 1, 16, 24, 9);
  harness_want_input_grad (rounded);
  harness_want_input_grad (plain);
  g_autoptr (RefTensor) x = harness_random_input (plain, 1);
  g_autoptr (RefTensor) y = harness_forward (rounded, x);
  g_autoptr (RefTensor) exact = harness_forward (plain, x);
  g_autoptr (RefTensor) dy = ref_copy (y);
  guint64 state = 5;

  ref_fill (dy, &state);
  g_autoptr (RefTensor) got = harness_backward (rounded, dy);
  g_autoptr (RefTensor) want = harness_backward (plain, dy);
  ref_compare ("gradient", got, want, 0.1, 1);
  double sum = 0, difference = 0;
  for (gsize i = 0; i < rw_net_get_n_inner (plain->net); i++) {
    const double d = (double) (rounded->grads[i] - plain->grads[i]);
    sum += (double) plain->grads[i] * (double) plain->grads[i];
    difference += d * d;
  }
  g_assert_cmpfloat (difference, <, 0.01 * sum);
  g_assert_cmpfloat (difference, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/int8/rounding", test_rounding);
  g_test_add_func ("/int8/products", test_products);
  g_test_add_func ("/int8/extremes", test_extremes);
  g_test_add_func ("/int8/exact", test_exact);
  g_test_add_func ("/int8/engine-is-trainer", test_engine_is_trainer);
  g_test_add_func ("/int8/deep", test_deep);
  g_test_add_func ("/int8/bands", test_bands);
  g_test_add_func ("/int8/part", test_part);
  g_test_add_func ("/int8/gradients", test_gradients);
  return g_test_run ();
}
