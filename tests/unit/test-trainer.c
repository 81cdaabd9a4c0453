/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/trainer.c and what it stands on: same bytes for any number of threads;
 * it learns; it writes what it should; it refuses.
 */
#include "training.h"

#include "base/parallel.h"
#include "train/lock.h"
#include "train/validate.h"
#include "weights/weights.h"

#include <math.h>
#include <string.h>

/* ---- the same bytes ----------------------------------------------------- */

static void
test_threads (Fixture *f, gconstpointer data)
{
  char *paths[3];

  for (int i = 0; i < 3; i++) {
    g_autofree char *name = g_strdup_printf ("t%d.safetensors", i);
    paths[i] = scratch_path (&f->scratch, name);
    const RwTraining training = make_training (f, paths[i]);
    rw_parallel_set_threads (i + 1);
    train (&training);
  }
  rw_parallel_set_threads (0);
  assert_same (paths[0], paths[1]);
  assert_same (paths[0], paths[2]);
  for (int i = 0; i < 3; i++)
    g_free (paths[i]);
}

static void
test_seed (Fixture *f, gconstpointer data)
{
  g_autofree char *a = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *b = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, a);

  train (&training);
  f->recipe->seed++;
  training.out = b;
  train (&training);
  g_autoptr (RwWeights) first = rw_weights_load (a, NULL);
  g_autoptr (RwWeights) second = rw_weights_load (b, NULL);
  g_assert_cmpint (memcmp (first->params, second->params,
                           rw_net_get_n_inner (first->net) * sizeof (float)),
                   !=, 0);
}

/* ---- the weight file ---------------------------------------------------- */

static void
assert_metadata (const RwWeights *weights,
                 const char *key,
                 const char *expected)
{
  g_assert_cmpstr (g_hash_table_lookup (weights->metadata, key), ==, expected);
}

static void
test_weight_file (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *out = scratch_path (&f->scratch, "w.safetensors");
  g_autofree char *recipe = rw_recipe_to_text (f->recipe);
  RwTraining training = make_training (f, out);
  Watch w = { 0 };

  training.report = watch;
  training.report_data = &w;
  const RwTrained result = train (&training);
  g_assert_cmpint (w.n_calls, ==, 24);
  g_assert_cmpint (w.n_validations, ==, 13); /* tenths, 7, 14, 21 */
  g_assert_true (w.done);
  g_assert_true (isfinite (result.psnr));
  g_autoptr (RwWeights) weights = rw_weights_load (out, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (weights->task, ==, "white-noise");
  g_assert_cmpfloat (weights->range_low, ==, -0.5);
  g_assert_cmpfloat (weights->range_high, ==, 1.5);
  assert_metadata (weights, "input", "rgb sigma srgb-coded range=-0.5..1.5");
  assert_metadata (weights, "strength", "blend");
  assert_metadata (weights, "title", "Test");
  assert_metadata (weights, "license", "CC0-1.0");
  assert_metadata (weights, "recipe", recipe);
  assert_metadata (weights, "command", "reweave train");
  assert_metadata (weights, "seed", "5");
  assert_metadata (weights, "steps", "24");
  assert_metadata (weights, "description", NULL);
  g_assert_nonnull (strstr (g_hash_table_lookup (weights->metadata, "metrics"),
                            "validation psnr="));
  g_autofree char *lock = g_strdup_printf ("%s.lock", out);
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
}

static void
test_from (Fixture *f, gconstpointer data)
{
  g_autofree char *a = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *b = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, a);

  training.validation = NULL;
  train (&training);
  training.out = b;
  training.from = a;
  f->recipe->lr = 1e-9;
  f->recipe->weight_decay = 0;
  train (&training);
  g_autoptr (RwWeights) first = rw_weights_load (a, NULL);
  g_autoptr (RwWeights) second = rw_weights_load (b, NULL);
  assert_metadata (first, "parent", NULL);
  assert_metadata (second, "parent", first->digest);
  for (gsize i = 0; i < rw_net_get_n_inner (first->net); i++)
    g_assert_cmpfloat (fabsf (first->params[i] - second->params[i]), <=,
                       1e-6f);
  g_assert_true (rw_recipe_set (f->recipe, "net",
                                "input rgb sigma\nconv 3\nresidual\n", NULL));
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "a.safetensors: its net is another one");
}

/* ---- learning ----------------------------------------------------------- */

/* One plain patch, whose noise is all that a net can take away. */
static void
test_overfit (Fixture *f, gconstpointer data)
{
  g_autofree char *path = scratch_path (&f->scratch, "one.png");
  g_autofree char *out = scratch_path (&f->scratch, "o.safetensors");
  g_autoptr (RwPicture) picture = rw_picture_new (16, 16, 3, 8, NULL);
  static const char *const settings[][2] = {
    { "batch", "16" },
    { "slices", "4" },
    { "steps", "300" },
    { "lr", "0.006" },
    { "optimizer", "adam" },
    { "weight_decay", "0" },
    { "net", "input rgb sigma\nconv 16 | relu -> a\ndown 32 | relu\ndown 32 | "
             "relu\nup 32 | relu\nup 16 | add a | relu\nconv 3 "
             "init=zero\nresidual\n" }
  };

  for (int i = 0; i < 16 * 16; i++)
    for (int c = 0; c < 3; c++)
      ((guint8 *) picture->data)[3 * i + c] =
          (guint8) (40 + 60 * c + 30 * (i % 16 < 8));
  g_assert_true (rw_picture_save (picture, path, 95, NULL));
  g_autoptr (RwDataset) set = rw_dataset_load (
      path, &(RwDatasetOptions){ .min_side = 16 }, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (
        rw_recipe_set (f->recipe, settings[i][0], settings[i][1], NULL));
  RwTraining training = make_training (f, out);
  Watch w = { 0 };
  training.training = training.validation = set;
  training.report = watch;
  training.report_data = &w;
  const RwTrained result = train (&training);
  g_test_message ("loss %g to %g, %g dB", w.first_loss, w.last_loss,
                  result.psnr);
  g_assert_cmpfloat (w.last_loss, <, 0.5 * w.first_loss);
  g_assert_cmpfloat (result.psnr, >, 26); /* the damage: 20.2 */
}

/* Before the first step a net with init=zero gives its input back: the loss is
 * the damage's. */
static void
test_first_loss (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "z.safetensors");
  static const char *const settings[][2] = {
    { "loss", "mse" },
    { "steps", "1" },
    { "batch", "64" },
    { "net", "input rgb sigma\nconv 3 init=zero\nresidual\n" }
  };
  RwTraining training = make_training (f, out);
  Watch w = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (
        rw_recipe_set (f->recipe, settings[i][0], settings[i][1], NULL));
  training.report = watch;
  training.report_data = &w;
  train (&training);
  /* the mean of sigma^2 is 0.0160: nine tenths are even in 0..55/255, a tenth
   * in 0..75/255, a twentieth of all next to 0; some is clipped */
  g_test_message ("loss %g", w.first_loss);
  g_assert_cmpfloat (w.first_loss, >, 0.009);
  g_assert_cmpfloat (w.first_loss, <, 0.0194);
}

static void
test_time (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "t.safetensors");
  RwTraining training = make_training (f, out);

  f->recipe->steps = 1000000000;
  training.max_seconds = 0.2;
  RwTrained result = train (&training);
  g_assert_false (result.stopped);
  g_assert_cmpfloat (result.seconds, >=, 0.2);
  g_assert_cmpuint (result.step, >, 0);
  training.resume = TRUE; /* its time is up */
  const guint64 step = result.step;
  result = train (&training);
  g_assert_cmpuint (result.step, ==, step);
}

/* ---- refusing ----------------------------------------------------------- */

static void
test_lock (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "l.safetensors");
  g_autofree char *path = g_strdup_printf ("%s.lock", out);
  const RwTraining training = make_training (f, out);
  RwLock *lock = rw_lock_take (path, NULL);

  g_assert_nonnull (lock);
  assert_refused (&training, RW_ERROR_IO,
                  "l.safetensors.lock: another training writes there");
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
  rw_lock_release (lock);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (
      g_file_set_contents (path, "", -1, NULL)); /* left by a kill */
  train (&training);
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "no/folder.safetensors");
  const RwTraining training = make_training (f, out);
  static const struct {
    const char *key, *value, *fragment;
    RwErrorCode code;
  } bad[] = {
    { "patch", "17",
      "patch is 17, but this net takes multiples of 2; set patch to 18",
      RW_ERROR_MISMATCH },
    { "patch", "512", "the smallest training picture has a side of 256",
      RW_ERROR_MISMATCH },
    { "net", "input grey\nconv 3\n", "its input has no plane \"rgb\"",
      RW_ERROR_MISMATCH },
    { "net", "input sigma\nconv 3\n", "its input has no plane \"rgb\"",
      RW_ERROR_MISMATCH },
    { "net", "input rgb rgb\nconv 3\n", "has the plane \"rgb\" twice",
      RW_ERROR_MISMATCH },
    { "net", "input rgb\nconv 4\n", "its output has 4 channels, expected 3",
      RW_ERROR_MISMATCH },
    { "net", "input rgb\nconv 12 | shuffle 2\n",
      "its output is 2/1 times as wide as its input, expected 1 times",
      RW_ERROR_MISMATCH },
    { "net", "input rgb\nkonv 3\n", "net: ", RW_ERROR_FORMAT },
    { "net", "", "net: ", RW_ERROR_FORMAT },
  };

  assert_refused (&training, RW_ERROR_IO,
                  "no/folder.safetensors.lock: cannot be made");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *was = rw_recipe_get (f->recipe, bad[i].key);
    g_assert_true (rw_recipe_set (f->recipe, bad[i].key, bad[i].value, NULL));
    assert_refused (&training, bad[i].code, bad[i].fragment);
    g_assert_true (rw_recipe_set (f->recipe, bad[i].key, was, NULL));
  }
}

/* A validation of one picture goes over eight patches of it, and these are not
 * all alike. */
static void
test_few_pictures (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "few.safetensors");
  g_autoptr (GError) error = NULL;
  const RwTraining training = make_training (f, out);
  const RwTrained result = train (&training);
  g_autoptr (RwWeights) weights = rw_weights_load (out, &error);
  double psnr, middle;

  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (f->validation), ==, 1);
  g_assert_cmpint (rw_validator_count_patches (f->validation), ==, 8);
  g_assert_cmpint (rw_validator_count_patches (f->training), ==, 9);
  g_autoptr (RwValidator) eight =
      rw_validator_new (weights->net, rw_task_find ("white-noise", NULL),
                        f->validation, 8, &error);
  g_assert_no_error (error);
  g_autoptr (RwValidator) one =
      rw_validator_new (weights->net, rw_task_find ("white-noise", NULL),
                        f->validation, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_validator_get_n (eight), ==, 8);
  g_assert_cmpint (rw_validator_get_n (one), ==, 1);
  g_assert_true (rw_validator_run (eight, weights->params, &psnr, &error));
  g_assert_true (rw_validator_run (one, weights->params, &middle, &error));
  g_assert_cmpfloat_with_epsilon (psnr, result.psnr, 1e-6);
  g_assert_cmpfloat (fabs (psnr - middle), >, 1e-4);
}

#define ADD(name, func)                                                       \
  g_test_add ("/trainer/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("threads", test_threads);
  ADD ("seed", test_seed);
  ADD ("weight-file", test_weight_file);
  ADD ("from", test_from);
  ADD ("overfit", test_overfit);
  ADD ("first-loss", test_first_loss);
  ADD ("time", test_time);
  ADD ("lock", test_lock);
  ADD ("refusals", test_refusals);
  ADD ("few-pictures", test_few_pictures);
  return g_test_run ();
}
