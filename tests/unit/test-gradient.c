/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/gradient.c: batches that are accumulated give the gradient of one
 * large batch; the whole set's gradient depends on neither step nor batch;
 * clipping; and trainings with all of it.
 */
#include "training.h"

#include "base/parallel.h"
#include "train/gradient.h"

#include <math.h>

/* All that a gradient takes. */
typedef struct {
  RwNet *net;
  RwDataset *set;
  RwBatch *batch;
  RwPack *pack;
  float *params; /* borrowed by the pack */
  RwGradient *gradient;
  gsize n;
} Setup;

static Setup
setup_new (const RwRecipe *recipe, const char *pictures)
{
  g_autoptr (GError) error = NULL;
  Setup s = { .net = rw_net_parse (recipe->net, NULL) };

  s.n = rw_net_get_n_inner (s.net);
  s.params = g_new0 (float, s.n);
  rw_net_init_params (s.net, s.params, 3, NULL);
  s.set = rw_dataset_load (pictures, &(RwDatasetOptions){ .seed = 1 }, NULL,
                           &error);
  g_assert_no_error (error);
  s.batch = rw_batch_new (s.net, rw_task_find ("white-noise", NULL), recipe,
                          s.set, &error);
  g_assert_no_error (error);
  s.pack = rw_pack_new (s.net, RW_RUN_TRAIN, &error);
  rw_pack_update (s.pack, s.params);
  s.gradient = rw_gradient_new (s.batch, s.net, recipe,
                                rw_dataset_get_n (s.set), &error);
  g_assert_no_error (error);
  return s;
}

static void
setup_clear (Setup *s)
{
  rw_gradient_free (s->gradient);
  rw_batch_free (s->batch);
  rw_pack_free (s->pack);
  g_free (s->params);
  rw_dataset_free (s->set);
  rw_net_unref (s->net);
}

/* The gradient of @step by @recipe; @result's values are freed by the caller.
 */
static float *
compute (const RwRecipe *recipe,
         const char *pictures,
         guint64 step,
         RwGradientStep *result)
{
  Setup s = setup_new (recipe, pictures);

  g_assert_true (rw_gradient_run (s.gradient, s.pack, step, result, NULL));
  float *values = g_memdup2 (result->values, s.n * sizeof (float));
  double squares = 0;
  for (gsize i = 0; i < s.n; i++)
    squares += (double) values[i] * (double) values[i];
  if (recipe->clip_value == 0)
    g_assert_cmpfloat (fabs (sqrt (squares) / result->norm - 1), <=, 1e-9);
  setup_clear (&s);
  return values;
}

/* The distance of two gradients, relative to the first one's length. */
static double
compare (const RwRecipe *recipe, const float *a, const float *b)
{
  g_autoptr (RwNet) net = rw_net_parse (recipe->net, NULL);
  double errors = 0, squares = 0;

  for (gsize i = 0; i < rw_net_get_n_inner (net); i++) {
    errors += pow ((double) a[i] - (double) b[i], 2);
    squares += pow ((double) a[i], 2);
  }
  g_assert_cmpfloat (squares, >, 0);
  return sqrt (errors / squares);
}

/* ---- accumulating ------------------------------------------------------- */

static void
test_accumulate (Fixture *f, gconstpointer data)
{
  static const int parts[][2] = { { 6, 2 }, { 3, 4 }, { 1, 12 } };

  for (int epochs = 0; epochs < 2; epochs++)
    for (guint64 step = 0; step < 4; step += 3) {
      RwGradientStep one, several;
      f->recipe->epochs = (guint64) epochs;
      f->recipe->batch = 12;
      f->recipe->accumulate = 1;
      g_autofree float *whole = compute (f->recipe, "synth:24", step, &one);
      for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
        f->recipe->batch = parts[i][0];
        f->recipe->accumulate = parts[i][1];
        g_autofree float *sum =
            compute (f->recipe, "synth:24", step, &several);
        const double distance = compare (f->recipe, whole, sum);
        g_test_message ("%d x %d: %.1e", parts[i][1], parts[i][0], distance);
        g_assert_cmpfloat (distance, <=, 2e-6);
        g_assert_cmpfloat (fabs (several.loss / one.loss - 1), <=, 1e-6);
        g_assert_cmpfloat (fabs (several.norm / one.norm - 1), <=, 2e-6);
      }
    }
}

/* ---- the whole set ------------------------------------------------------ */

static void
set_gd (RwRecipe *recipe)
{
  g_assert_true (rw_recipe_set (recipe, "optimizer", "gd", NULL));
}

static void
test_whole_set (Fixture *f, gconstpointer data)
{
  RwGradientStep first, other;

  set_gd (f->recipe);
  f->recipe->batch = 10;
  g_autofree float *whole = compute (f->recipe, "synth:10", 0, &first);
  g_autofree float *later = compute (f->recipe, "synth:10", 7, &other);
  g_assert_cmpfloat (compare (f->recipe, whole, later), ==, 0);
  g_assert_cmpfloat (first.loss, ==, other.loss);
  for (int batch = 1; batch <= 16; batch += 3) { /* 4, 7: a part over */
    f->recipe->batch = batch;
    g_autofree float *values = compute (f->recipe, "synth:10", 3, &other);
    const double distance = compare (f->recipe, whole, values);
    g_test_message ("batch %d: %.1e", batch, distance);
    g_assert_cmpfloat (distance, <=, 2e-6);
    g_assert_cmpfloat (fabs (other.loss / first.loss - 1), <=, 1e-6);
  }
}

typedef struct {
  double loss;
  int n_rises;
} Descent;

static gboolean
watch_descent (gpointer data, const RwTrainReport *report)
{
  Descent *descent = data;

  descent->n_rises += report->step > 1 && report->loss >= descent->loss;
  descent->loss = report->loss;
  return TRUE;
}

/* The loss is one function of the weights: with a low rate it falls in every
 * single step. */
static void
test_descent (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "g.safetensors");
  RwTraining training = make_training (f, out);
  Descent descent = { 0 };

  set_gd (f->recipe);
  f->recipe->lr = 0.02;
  training.report = watch_descent;
  training.report_data = &descent;
  train (&training);
  g_assert_cmpint (descent.n_rises, ==, 0);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "g.safetensors");
  RwTraining training = make_training (f, out);

  set_gd (f->recipe);
  f->recipe->accumulate = 4;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "accumulate is 4, but a step of gd takes the whole");
  f->recipe->accumulate = 1;
  f->recipe->reuse = 2;
  assert_refused (&training, RW_ERROR_MISMATCH, "with epochs or gd");
}

static void
test_count_steps (Fixture *f, gconstpointer data)
{
  f->recipe->batch = 4;
  f->recipe->epochs = 5;
  g_assert_cmpuint (rw_recipe_count_steps (f->recipe, 10), ==, 15);
  f->recipe->accumulate = 4;
  g_assert_cmpuint (rw_recipe_count_steps (f->recipe, 10), ==, 4);
  f->recipe->accumulate = 1;
  set_gd (f->recipe);
  g_assert_cmpuint (rw_recipe_count_steps (f->recipe, 10), ==, 5);
  f->recipe->epochs = 0;
  g_assert_cmpuint (rw_recipe_count_steps (f->recipe, 10), ==, 24);
}

/* ---- clipping ----------------------------------------------------------- */

static void
test_clip (Fixture *f, gconstpointer data)
{
  RwGradientStep plain, clipped;
  double squares = 0;

  f->recipe->clip = 0;
  g_autofree float *raw = compute (f->recipe, "synth:4", 0, &plain);
  g_assert_cmpfloat (plain.scale, ==, 1);
  f->recipe->clip = 0.25 * plain.norm;
  g_autofree float *same = compute (f->recipe, "synth:4", 0, &clipped);
  g_assert_cmpfloat (compare (f->recipe, raw, same), ==, 0);
  g_assert_cmpfloat (fabs (clipped.scale - 0.25), <=, 1e-12);
  g_assert_cmpfloat (clipped.norm, ==, plain.norm);

  g_autoptr (RwNet) net = rw_net_parse (f->recipe->net, NULL);
  const float most = 0.002f;
  int n_clipped = 0;
  f->recipe->clip_value = (double) most;
  g_autofree float *capped = compute (f->recipe, "synth:4", 0, &clipped);
  for (gsize i = 0; i < rw_net_get_n_inner (net); i++) {
    const float want = CLAMP (raw[i], -most, most);
    g_assert_cmpfloat (capped[i], ==, want);
    n_clipped += want != raw[i];
    squares += (double) want * (double) want;
  }
  g_assert_cmpint (n_clipped, >, 10);
  g_assert_cmpfloat (clipped.norm, ==, plain.norm);
  g_assert_cmpfloat (
      fabs (clipped.scale - fmin (1, f->recipe->clip / sqrt (squares))), <=,
      1e-9);
}

/* ---- trainings ---------------------------------------------------------- */

/* The same bytes for any number of threads, and when stopped and resumed. */
static void
check_training (Fixture *f, const char *name)
{
  g_autofree char *a = g_strdup_printf ("%s-a.safetensors", name);
  g_autofree char *b = g_strdup_printf ("%s-b.safetensors", name);
  g_autofree char *whole = scratch_path (&f->scratch, a);
  g_autofree char *parts = scratch_path (&f->scratch, b);
  RwTraining training = make_training (f, whole);
  Watch w = { .stop_at = 9 };

  rw_parallel_set_threads (1);
  train (&training);
  rw_parallel_set_threads (3);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  g_assert_true (train (&training).stopped);
  training.resume = TRUE;
  w.stop_at = 0;
  train (&training);
  rw_parallel_set_threads (0);
  assert_same (whole, parts);
}

static void
test_trainings (Fixture *f, gconstpointer data)
{
  f->recipe->accumulate = 3;
  f->recipe->batch = 4;
  f->recipe->clip_value = 0.01;
  check_training (f, "accumulate");
  f->recipe->accumulate = 1;
  f->recipe->batch = 2;
  set_gd (f->recipe);
  check_training (f, "gd");
}

#define ADD(name, func)                                                       \
  g_test_add ("/gradient/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("accumulate", test_accumulate);
  ADD ("whole-set", test_whole_set);
  ADD ("descent", test_descent);
  ADD ("refusals", test_refusals);
  ADD ("count-steps", test_count_steps);
  ADD ("clip", test_clip);
  ADD ("trainings", test_trainings);
  return g_test_run ();
}
