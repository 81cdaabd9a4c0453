/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Objectives of more than output and clean picture: a teacher, and results
 * inside the net.
 */
#include "training.h"

#include "base/random.h"
#include "reweave.h"
#include "train/batch.h"
#include "weights/weights.h"

#include <math.h>

/* The fixture's training, whose weights are the teacher's. */
static char *
make_teacher (Fixture *f)
{
  char *path = scratch_path (&f->scratch, "teacher.safetensors");
  RwTraining training = make_training (f, path);

  train (&training);
  return path;
}

static void
set (Fixture *f, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;

  rw_recipe_set (f->recipe, key, value, &error);
  g_assert_no_error (error);
}

static void
make_student (Fixture *f)
{
  set (f, "loss", "mse(teacher)");
  set (f, "seed", "17");
  set (f, "net",
       "input rgb sigma\nconv 8 | relu | conv 8 | relu | conv 3\nresidual\n");
}

/* ---- the teacher -------------------------------------------------------- */

/* The same net with the same weights has nothing to learn. */
static void
test_same (Fixture *f, gconstpointer data)
{
  g_autofree char *teacher = make_teacher (f);
  g_autofree char *out = scratch_path (&f->scratch, "student.safetensors");
  RwTraining training = make_training (f, out);
  Watch w = { .stop_at = 1 };

  set (f, "loss", "mse(teacher) + l1(teacher)");
  training.teacher = training.from = teacher;
  training.report = watch;
  training.report_data = &w;
  train (&training);
  g_assert_cmpfloat (w.first_loss, ==, 0);
}

/* Another one comes near to it. */
static void
test_learns (Fixture *f, gconstpointer data)
{
  g_autofree char *teacher = make_teacher (f);
  g_autofree char *out = scratch_path (&f->scratch, "student.safetensors");
  RwTraining training = make_training (f, out);
  Watch w = { 0 };

  make_student (f);
  set (f, "steps", "200");
  set (f, "lr", "0.01");
  training.teacher = teacher;
  training.report = watch;
  training.report_data = &w;
  train (&training);
  g_test_message ("loss %g, at last %g", w.first_loss, w.last_loss);
  g_assert_cmpfloat (w.last_loss, <=, 0.1 * w.first_loss);
}

/* Stopped or not, on one thread or three: the same bytes, which name it. */
static void
test_repeatable (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *teacher = make_teacher (f);
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  RwTraining training = make_training (f, whole);
  Watch w = { .stop_at = 5 };

  make_student (f);
  set (f, "loss", "charbonnier + 0.5 * charbonnier(teacher) + 0.01 * l1(a)");
  set (f, "net",
       "input rgb sigma\nconv 8 | relu -> a | conv 8 | relu\n"
       "conv 3\n");
  training.teacher = teacher;
  rw_set_threads (1);
  train (&training);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  rw_set_threads (3);
  train (&training);
  training.resume = TRUE;
  w.stop_at = 0;
  train (&training);
  rw_set_threads (0);
  assert_same (whole, parts);

  g_autoptr (RwWeights) weights = rw_weights_load (whole, &error);
  g_assert_no_error (error);
  g_autoptr (RwWeights) taught = rw_weights_load (teacher, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_hash_table_lookup (weights->metadata, "teacher"), ==,
                   taught->digest);
  g_assert_null (g_hash_table_lookup (taught->metadata, "teacher"));
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *teacher = make_teacher (f);
  g_autofree char *other = scratch_path (&f->scratch, "other.safetensors");
  g_autofree char *out = scratch_path (&f->scratch, "student.safetensors");
  RwTraining training = make_training (f, out);

  training.teacher = teacher;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "which learns nothing from it");
  training.teacher = NULL;
  make_student (f);
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "loss is \"mse(teacher)\", but there is no teacher");
  training.teacher = out;
  assert_refused (&training, RW_ERROR_IO, "student.safetensors");
  training.teacher = teacher;
  train (&training);
  training.resume = TRUE;
  train (&training); /* at its end */
  training.teacher = out;
  assert_refused (&training, RW_ERROR_MISMATCH, "made with teacher = ");

  /* a teacher of larger pictures than a patch */
  training = make_training (f, other);
  training.validation = NULL;
  set (f, "loss", "mse");
  set (f, "patch", "32");
  set (f, "net", "input rgb size=32x32\nconv 3 | residual\n");
  set (f, "warmup", "0");
  set (f, "steps", "1");
  rw_train (&training, NULL, &error);
  g_assert_no_error (error);
  make_student (f);
  set (f, "patch", "16");
  training.teacher = other;
  training.out = out;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "teacher: this net was given a picture of 16 x 16 pixels, "
                  "expected 32 x 32 alone");
}

/* ---- results inside the net --------------------------------------------- */

static void
test_unknown_result (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "m.safetensors");
  RwTraining training = make_training (f, out);

  set (f, "loss", "mse + 0.01 * l1(conv9)");
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "loss \"mse + 0.01 * l1(conv9)\": net: has no result called "
                  "\"conv9\", its text names a; did you mean \"conv1\"?");
}

/* A batch's loss and gradient at given parameters. */
typedef struct {
  RwNet *net;
  RwPack *pack;
  RwBatch *batch;
  float *params;
  gsize n;
} Slope;

static double
loss_at (Slope *s, const float *params, double *norm)
{
  memcpy (s->params, params, s->n * sizeof (float));
  rw_pack_update (s->pack, s->params);
  return rw_batch_run (s->batch, s->pack, 9, norm);
}

/* Along the gradient the loss rises as fast as it is long, by differences. */
static void
check_slope (Fixture *f, const char *loss, const RwWeights *teacher)
{
  g_autoptr (GError) error = NULL;
  double norm, unused;

  set (f, "loss", loss);
  g_autoptr (RwNet) net = rw_net_parse (f->recipe->net, &error);
  g_assert_no_error (error);
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_TRAIN, &error);
  g_autoptr (RwBatch) batch = rw_batch_new (
      net, rw_task_find ("denoise", NULL), f->recipe, f->training, &error);
  g_assert_no_error (error);
  const gsize n = rw_net_get_n_inner (net);
  g_autofree float *params = g_new0 (float, n);
  g_autofree float *at = g_new (float, n), *begin = g_new (float, n);
  Slope s = { net, pack, batch, params, n };

  if (teacher != NULL)
    g_assert_true (rw_batch_set_teacher (batch, teacher, &error));
  g_assert_true (rw_batch_begin (batch, 3, &error));
  g_assert_no_error (error);
  rw_net_init_params (net, begin, 3, NULL);
  loss_at (&s, begin, &norm);
  g_autofree float *gradient =
      g_memdup2 (rw_batch_get_gradient (batch), n * sizeof (float));
  double slope = 0;
  for (int side = -1; side <= 1; side += 2) {
    for (gsize i = 0; i < n; i++)
      at[i] = begin[i] + (float) (side * 1e-3 * (double) gradient[i] / norm);
    slope += side * loss_at (&s, at, &unused) / 2e-3;
  }
  g_test_message ("%s: %g, by differences %g", loss, norm, slope);
  g_assert_cmpfloat (fabs (slope - norm), <=, 0.01 * norm);
}

static void
test_slope (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_teacher (f);
  g_autoptr (RwWeights) teacher = rw_weights_load (path, NULL);

  check_slope (f, "mse", NULL);
  check_slope (f, "mse(a)", NULL);
  check_slope (f, "0.1 * mse + mse(conv2) + huber(input)", NULL);
  check_slope (f, "mse(teacher)", teacher);
  check_slope (f, "mse + 0.5 * charbonnier(teacher) + 0.3 * mse(a)", teacher);
}

/* Without a teacher no step begins. */
static void
test_no_teacher (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  set (f, "loss", "mse(teacher)");
  g_autoptr (RwNet) net = rw_net_parse (f->recipe->net, NULL);
  g_autoptr (RwBatch) batch = rw_batch_new (
      net, rw_task_find ("denoise", NULL), f->recipe, f->training, NULL);
  g_assert_false (rw_batch_begin (batch, 0, &error));
  assert_error (&error, RW_ERROR_MISMATCH,
                "compares with a teacher, but there is none");
}

/* A penalty on a result makes it small. */
static void
test_penalty (Fixture *f, gconstpointer data)
{
  static const char *const losses[] = { "mse", "mse + 10 * l1(a)" };
  double sizes[2];

  for (int i = 0; i < 2; i++) {
    g_autofree char *out = scratch_path (&f->scratch, "m.safetensors");
    g_autoptr (GError) error = NULL;
    RwTraining training = make_training (f, out);
    double sum = 0;

    set (f, "loss", losses[i]);
    set (f, "steps", "60");
    train (&training);
    g_autoptr (RwWeights) weights = rw_weights_load (out, &error);
    g_assert_no_error (error);
    g_autoptr (RwRun) run = rw_run_new (weights->net, RW_RUN_TRAIN, 1);
    g_autoptr (RwPack) pack = rw_pack_new (weights->net, RW_RUN_TRAIN, NULL);
    const int node = rw_net_find_result (weights->net, "a", &error);
    rw_run_keep (run, node);
    g_assert_true (rw_run_prepare (run, 1, 16, 16, NULL));
    rw_pack_update (pack, weights->params);
    for (int k = 0; k < 16 * 16 * 4; k++)
      rw_run_get_input (run)[k] = rw_random_uniform (7, (guint64) k);
    rw_run_forward (run, pack);
    for (int k = 0; k < 16 * 16 * 16; k++)
      sum += fabs ((double) rw_run_get_result (run, node)[k]);
    sizes[i] = sum;
  }
  g_test_message ("%g, with a penalty %g", sizes[0], sizes[1]);
  g_assert_cmpfloat (sizes[1], <, 0.5 * sizes[0]);
}

#define ADD(name, func)                                                       \
  g_test_add ("/teacher/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("same", test_same);
  ADD ("learns", test_learns);
  ADD ("repeatable", test_repeatable);
  ADD ("refused", test_refused);
  ADD ("unknown-result", test_unknown_result);
  ADD ("slope", test_slope);
  ADD ("no-teacher", test_no_teacher);
  ADD ("penalty", test_penalty);
  return g_test_run ();
}
