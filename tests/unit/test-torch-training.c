/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Losses, optimisers and short trainings against PyTorch: values and gradients
 * of every loss, the weights after each of 20 steps and the losses of ten
 * steps of every optimiser.  The numbers are in fixtures/training.safetensors,
 * made by tools/dev/make-torch-fixture --training in double precision; where
 * PyTorch is installed a second seed is computed on the spot.
 */
#include "torch-fixture.h"

#include "base/alloc.h"
#include "train/loss/objective.h"
#include "train/optim/optimisers.h"

#include <math.h>
#include <string.h>

#define VALUE_BOUND 1e-5    /* relative */
#define GRADIENT_BOUND 1e-5 /* relative to the rms */
#define STEP_BOUND 2e-6     /* of weights around 1 */
#define TRACE_BOUND 1e-4    /* relative */

static const RwTensorInfo *
find_info (const RwSafetensors *file, const char *name)
{
  const RwTensorInfo *info = rw_safetensors_find (file, name);

  g_assert_nonnull (info);
  return info;
}

/* ---- losses ------------------------------------------------------------- */

/* A tensor of one picture in the core's layout, at any alignment. */
static float *
read_picture (const RwSafetensors *file, const char *name, RwLossShape *shape)
{
  const RwTensorInfo *info = find_info (file, name);
  g_autofree float *values = read_tensor (file, name, info->n_values);
  const int channels = (int) info->dims[1];

  *shape = (RwLossShape){ .height = (int) info->dims[2],
                          .width = (int) info->dims[3],
                          .channels = channels,
                          .stride = rw_channel_stride (channels) };
  float *picture = g_new0 (float, info->n_values / (gsize) channels *
                                      (gsize) shape->stride);
  to_nhwc (values, picture, info);
  return picture;
}

static void
check_loss (const RwSafetensors *file, const char *name)
{
  g_autofree char *value_name = g_strdup_printf ("loss.%s.value", name);
  g_autofree char *grad_name = g_strdup_printf ("loss.%s.gradient", name);
  g_autoptr (RwObjective) objective = rw_objective_parse (name, NULL);
  RwLossShape shape;
  g_autofree float *y = read_picture (file, "loss.y", &shape);
  g_autofree float *target = read_picture (file, "loss.target", &shape);
  g_autofree float *want = read_picture (file, grad_name, &shape);
  g_autofree float *want_value = read_tensor (file, value_name, 1);
  const gsize n =
      (gsize) shape.height * (gsize) shape.width * (gsize) shape.stride;
  g_autofree float *dy = g_new (float, n);
  float *scratch =
      rw_try_alloc (rw_objective_count_scratch (objective, &shape),
                    sizeof (float), "test", NULL);
  double errors = 0, squares = 0;

  const double value = rw_objective_evaluate (
      objective, &(RwObjectivePass){ .shape = shape,
                                     .y = y,
                                     .dy = dy,
                                     .targets = { target },
                                     .weight = 1,
                                     .scratch = scratch });
  rw_free (scratch);
  for (gsize i = 0; i < n; i++) {
    errors += pow ((double) dy[i] - (double) want[i], 2);
    squares += pow ((double) want[i], 2);
  }
  g_test_message ("%s: %.8g, in PyTorch %.8g; gradient to %.1e", name, value,
                  (double) *want_value, sqrt (errors / squares));
  g_assert_cmpfloat (fabs (value / (double) *want_value - 1), <=, VALUE_BOUND);
  g_assert_cmpfloat (sqrt (errors), <=, GRADIENT_BOUND * sqrt (squares));
}

/* ---- steps -------------------------------------------------------------- */

enum { DECAY_PERCENT = 5, N_STEPS = 20, N_WEIGHTS = 9, N_VALUES = 12 };

/* What the script's make_optimiser sets: decay by the gradient, or apart. */
static RwOptimiser *
make_optimiser (const RwOptimiserClass *class, RwNet *net)
{
  const gboolean apart =
      g_str_equal (class->name, "adamw") || g_str_equal (class->name, "lion");
  const RwOptimiserSettings settings = {
    .beta1 = 0.9,
    .beta2 = 0.99,
    .epsilon = 1e-8,
    .l2 = apart ? 0 : 0.01 * DECAY_PERCENT,
    .weight_decay = apart ? 0.01 * DECAY_PERCENT : 0
  };

  return rw_optimiser_new (class, &settings, net, NULL);
}

/* From the file's order, weights and then biases. */
static void
import_values (const RwNet *net, float *inner, const float *values)
{
  rw_net_import_param (net, 0, inner, values);
  rw_net_import_param (net, 1, inner, values + N_WEIGHTS);
}

static void
check_steps (const RwSafetensors *file, const RwOptimiserClass *class)
{
  g_autofree char *name = g_strconcat ("step.", class->name, NULL);
  g_autofree float *start = read_tensor (file, "step.start", N_VALUES);
  g_autofree float *gradients =
      read_tensor (file, "step.gradients", N_STEPS * N_VALUES);
  g_autofree float *want = read_tensor (file, name, N_STEPS * N_VALUES);
  g_autoptr (RwNet) net = rw_net_parse ("input rgb\nconv 3 k=1\n", NULL);
  g_autoptr (RwOptimiser) optimiser = make_optimiser (class, net);
  const gsize n = rw_net_get_n_inner (net);
  g_autofree float *params = g_new0 (float, n);
  g_autofree float *grads = g_new0 (float, n);
  double worst = 0;

  import_values (net, params, start);
  for (int t = 1; t <= N_STEPS; t++) {
    float got[N_VALUES];
    import_values (net, grads, gradients + (t - 1) * N_VALUES);
    rw_optimiser_step (optimiser, params, grads, (guint64) t,
                       0.01 / (1 + 0.1 * t), 1);
    rw_net_export_param (net, 0, params, got);
    rw_net_export_param (net, 1, params, got + N_WEIGHTS);
    for (int i = 0; i < N_VALUES; i++)
      worst = fmax (worst, fabs ((double) got[i] -
                                 (double) want[(t - 1) * N_VALUES + i]));
  }
  g_test_message ("%s: 20 steps to %.1e", class->name, worst);
  g_assert_cmpfloat (worst, <=, STEP_BOUND);
}

/* ---- traces ------------------------------------------------------------- */

enum { TRACE_STEPS = 10 };

typedef struct {
  const RwSafetensors *file;
  RwNet *net;
  RwPack *pack;
  RwRun *run;
  RwObjective *objective;
  RwLossShape shape;
  int n_pictures;
  float *params, *grads, *target;
} Trace;

/* @prefix: of the names of its tensors; @net: the key of the net's text. */
static void
trace_init (Trace *trace,
            const RwSafetensors *file,
            const char *prefix,
            const char *net)
{
  g_autofree char *input_name = g_strconcat (prefix, "input", NULL);
  g_autofree char *target_name = g_strconcat (prefix, "target", NULL);
  const RwTensorInfo *input = find_info (file, input_name);
  g_autofree float *x = read_tensor (file, input_name, input->n_values);
  g_autofree float *target = read_tensor (file, target_name, input->n_values);

  *trace =
      (Trace){ .file = file,
               .net = rw_net_parse (rw_safetensors_get_metadata (file, net),
                                    NULL),
               .n_pictures = (int) input->dims[0],
               .shape = { (int) input->dims[2], (int) input->dims[3], 3, 4 } };
  trace->objective = rw_objective_parse ("mse", NULL);
  trace->params = g_new0 (float, rw_net_get_n_inner (trace->net));
  trace->grads = g_new0 (float, rw_net_get_n_inner (trace->net));
  import_params (file, trace->net, prefix, trace->params);
  trace->pack = rw_pack_new (trace->net, RW_RUN_TRAIN, NULL);
  trace->run = rw_run_new (trace->net, RW_RUN_TRAIN, 1);
  g_assert_true (rw_run_prepare (trace->run, trace->n_pictures,
                                 trace->shape.height, trace->shape.width,
                                 NULL));
  to_nhwc (x, rw_run_get_input (trace->run), input);
  trace->target = g_new0 (float, input->n_values / 3 * 4);
  to_nhwc (target, trace->target, input);
}

static void
trace_clear (Trace *trace)
{
  rw_run_free (trace->run);
  rw_pack_free (trace->pack);
  rw_net_unref (trace->net);
  rw_objective_free (trace->objective);
  g_free (trace->params);
  g_free (trace->grads);
  g_free (trace->target);
}

/* The mean loss of all pictures, and its gradient in grads. */
static double
trace_run (Trace *trace)
{
  const gsize n = (gsize) trace->shape.height * (gsize) trace->shape.width * 4;
  float unused[1];
  double sum = 0;

  rw_pack_update (trace->pack, trace->params);
  rw_run_forward (trace->run, trace->pack);
  for (int i = 0; i < trace->n_pictures; i++)
    sum += rw_objective_evaluate (
        trace->objective,
        &(RwObjectivePass){
            .shape = trace->shape,
            .y = rw_run_get_output (trace->run) + (gsize) i * n,
            .dy = rw_run_get_output_grad (trace->run) + (gsize) i * n,
            .targets = { trace->target + (gsize) i * n },
            .weight = 1.0 / trace->n_pictures,
            .scratch = unused });
  memset (trace->grads, 0, rw_net_get_n_inner (trace->net) * sizeof (float));
  rw_run_backward (trace->run, trace->pack, trace->grads);
  return sum / trace->n_pictures;
}

/* The script's rates of the short training. */
static double
get_trace_rate (const char *name)
{
  static const struct {
    const char *name;
    double rate;
  } rates[] = { { "adam", 0.01 },  { "adamw", 0.01 },   { "gd", 0.5 },
                { "lion", 0.002 }, { "nesterov", 0.1 }, { "rmsprop", 0.002 },
                { "sgd", 0.1 } };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    if (g_str_equal (rates[i].name, name))
      return rates[i].rate;
  g_error ("%s has no rate here", name);
}

/* Ten steps, whose losses are tensor @name. */
static void
follow_trace (Trace *trace,
              const RwOptimiserClass *class,
              double rate,
              const char *name)
{
  g_autofree float *want = read_tensor (trace->file, name, TRACE_STEPS);
  g_autoptr (RwOptimiser) optimiser = make_optimiser (class, trace->net);

  for (int t = 1; t <= TRACE_STEPS; t++) {
    const double loss = trace_run (trace);
    rw_optimiser_step (optimiser, trace->params, trace->grads, (guint64) t,
                       rate, 1);
    g_test_message ("%s, step %d: %.8g, in PyTorch %.8g", class->name, t, loss,
                    (double) want[t - 1]);
    g_assert_cmpfloat (fabs (loss / (double) want[t - 1] - 1), <=,
                       TRACE_BOUND);
  }
}

static void
check_trace (const RwSafetensors *file, const RwOptimiserClass *class)
{
  g_autofree char *name = g_strconcat ("trace.", class->name, NULL);
  Trace trace;

  trace_init (&trace, file, "trace.", "net");
  follow_trace (&trace, class, get_trace_rate (class->name), name);
  trace_clear (&trace);
}

/* What each parameter is after the ten steps, too: losses alone say little of
 * matrices that are turned. */
static void
check_deep_trace (const RwSafetensors *file)
{
  Trace trace;

  trace_init (&trace, file, "deep.", "deep_net");
  const gsize n = rw_net_get_n_inner (trace.net);
  g_autofree float *want = g_new0 (float, n);
  double errors = 0, squares = 0;

  import_params (file, trace.net, "after.", want);
  follow_trace (&trace, rw_optimiser_find ("muon", NULL), 0.01, "deep.muon");
  for (gsize i = 0; i < n; i++) {
    errors += pow ((double) trace.params[i] - (double) want[i], 2);
    squares += pow ((double) want[i], 2);
  }
  g_test_message ("muon: weights to %.1e", sqrt (errors / squares));
  g_assert_cmpfloat (sqrt (errors), <=, TRACE_BOUND * sqrt (squares));
  trace_clear (&trace);
}

/* ---- all ---------------------------------------------------------------- */

static void
check_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwSafetensors) file = rw_safetensors_load (path, 1 << 20, &error);

  g_assert_no_error (error);
  for (const RwLoss *const *loss = rw_loss_list (); *loss != NULL; loss++)
    check_loss (file, (*loss)->name);
  for (const RwOptimiserClass *const *k = rw_optimiser_list (); *k != NULL;
       k++) {
    if (g_str_equal ((*k)->name, "muon"))
      continue; /* of nets with inner matrices, below */
    check_steps (file, *k);
    check_trace (file, *k);
  }
  check_deep_trace (file);
}

static void
test_fixture (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fixtures",
                                                 "training.safetensors", NULL);

  check_file (path);
}

static void
test_live (void)
{
  check_live_fixture ("--training", check_file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torch-training/fixture", test_fixture);
  g_test_add_func ("/torch-training/live", test_live);
  return g_test_run ();
}
