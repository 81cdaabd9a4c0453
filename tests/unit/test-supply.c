/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/data/supply.c and dataset-pixels.c: patches decoded ahead are those of
 * pictures held in memory, in any order of steps and for any number of
 * threads; what vanishes or changes meanwhile is told.
 */
#include "dataset-files.h"
#include "training.h"

#include "base/parallel.h"
#include "train/data/dataset-pixels.h"
#include "train/data/supply.h"

enum {
  N_PICTURES = 9,
  SIDE = 48,
  BYTES = 3 * SIDE * SIDE,
  PATCH = 16,
  MOST = 400
};

static void
save_pictures (const Scratch *scratch)
{
  for (int i = 0; i < N_PICTURES; i++) {
    g_autofree char *name = g_strdup_printf ("data/%d.png", i);
    g_autofree char *partner = g_strdup_printf ("damaged/%d.png", i);
    save_ramp (scratch, name, SIDE + i, SIDE, 3, 8);
    save_ramp (scratch, partner, SIDE + i, SIDE, 1, 8);
  }
}

/* @n_held: so many pictures' bytes are the cap. */
static RwDataset *
load_set (const Scratch *scratch, int n_held, gboolean pairs)
{
  g_autofree char *clean = scratch_path (scratch, "data");
  g_autofree char *damaged = scratch_path (scratch, "damaged");
  const RwDatasetOptions options = { .min_side = PATCH,
                                     .ahead = TRUE,
                                     .max_bytes =
                                         (gsize) n_held * 2 * BYTES + 1 };
  g_autoptr (GError) error = NULL;
  RwDataset *set =
      pairs ? rw_dataset_load_pairs (clean, damaged, &options, NULL, &error)
            : rw_dataset_load (clean, &options, NULL, &error);

  g_assert_no_error (error);
  return set;
}

static RwRecipe *
make_recipe (void)
{
  RwRecipe *recipe = rw_recipe_new ();

  recipe->patch = PATCH;
  recipe->batch = 6;
  recipe->mixup = 0.4;
  return recipe;
}

static void
test_loaded (Scratch *scratch, gconstpointer data)
{
  g_autofree char *folder = scratch_path (scratch, "data");
  RwDatasetReport report;

  save_pictures (scratch);
  g_autoptr (RwDataset) held = load_set (scratch, 100, FALSE);
  g_autoptr (RwDataset) ahead = rw_dataset_load (
      folder, &(RwDatasetOptions){ .ahead = TRUE, .max_bytes = 4 * BYTES },
      &report, NULL);
  g_assert_true (rw_dataset_is_held (held));
  g_assert_false (rw_dataset_is_held (ahead));
  g_assert_cmpint (rw_dataset_get_n (ahead), ==, N_PICTURES);
  g_assert_cmpuint (report.n_ahead, ==, N_PICTURES - 1);
  g_assert_cmpuint (report.n_bytes, ==, BYTES);
  g_assert_null (rw_dataset_get_picture (ahead, N_PICTURES - 1));
  g_autoptr (RwDataset) part = rw_dataset_get_held (ahead);
  g_assert_cmpint (rw_dataset_get_n (part), ==, 1);
  g_assert_true (rw_dataset_is_held (part));
  g_autofree char *a = rw_dataset_get_fingerprint (held);
  g_autofree char *b = rw_dataset_get_fingerprint (ahead);
  g_assert_cmpstr (a, ==, b);
}

/* Returns the largest side. */
static int
assert_same_patches (RwSupply *a, RwSupply *b, guint64 step, int batch)
{
  static float x[2][3 * MOST * MOST], y[2][3 * MOST * MOST];
  RwDamage damage;
  int largest = 0;

  memset (x, 0, sizeof x);
  memset (y, 0, sizeof y);
  g_assert_true (rw_supply_begin (a, step, NULL));
  g_assert_true (rw_supply_begin (b, step, NULL));
  for (int place = 0; place < batch; place++) {
    const int side = rw_supply_draw_damage (a, step, place, &damage);
    largest = MAX (largest, side);
    g_assert_cmpint (side, <=, MOST);
    g_assert_cmpint (side, ==,
                     rw_supply_draw_damage (b, step, place, &damage));
    rw_supply_get (a, place, x[0], x[1]);
    rw_supply_get (b, place, y[0], y[1]);
    g_assert_cmpmem (x, sizeof x, y, sizeof y);
  }
  return largest;
}

static const RwTask *
find_task (const char *name)
{
  const RwTask *task = rw_task_find (name, NULL);

  g_assert_nonnull (task);
  return task;
}

/* In order, again, back, far ahead, and into the middle of what is there. */
static void
test_any_order (Scratch *scratch, gconstpointer data)
{
  static const guint64 steps[] = { 0, 1, 2, 3,  3,  2, 3, 4,  5,  6,
                                   7, 5, 6, 70, 71, 3, 0, 12, 13, 15 };
  const gboolean pairs = GPOINTER_TO_INT (data);

  save_pictures (scratch);
  g_autoptr (RwRecipe) recipe = make_recipe ();
  g_autoptr (RwDataset) held = load_set (scratch, 100, pairs);
  g_autoptr (RwDataset) none = load_set (scratch, 0, pairs);
  g_assert_false (rw_dataset_is_held (none));
  g_autoptr (RwSupply) a = rw_supply_new (
      held, recipe, find_task ("white-noise"), 0, recipe->batch, NULL);
  g_autoptr (RwSupply) b = rw_supply_new (
      none, recipe, find_task ("white-noise"), 0, recipe->batch, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    assert_same_patches (a, b, steps[i], recipe->batch);
}

/* Damages that take more around the patch, some more than the pictures have:
 * each patch has its own side. */
static void
test_extents (Scratch *scratch, gconstpointer data)
{
  static const guint64 steps[] = { 0, 1, 2, 3, 4, 2, 3, 30, 31, 1 };
  const RwTask *task = find_task (data);
  int largest = 0;

  save_pictures (scratch);
  g_autoptr (RwRecipe) recipe = make_recipe ();
  g_autoptr (RwDataset) held = load_set (scratch, 100, FALSE);
  g_autoptr (RwDataset) none = load_set (scratch, 0, FALSE);
  g_autoptr (RwSupply) a =
      rw_supply_new (held, recipe, task, 0, recipe->batch, NULL);
  g_autoptr (RwSupply) b =
      rw_supply_new (none, recipe, task, 0, recipe->batch, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    largest =
        MAX (largest, assert_same_patches (a, b, steps[i], recipe->batch));
  g_assert_cmpint (largest, >, PATCH);
  g_assert_cmpint (largest, <=, rw_task_get_extent (task, NULL, PATCH));
}

/* Two processes' shares are those of one. */
static void
test_shares (Scratch *scratch, gconstpointer data)
{
  save_pictures (scratch);
  g_autoptr (RwRecipe) recipe = make_recipe ();
  g_autoptr (RwDataset) held = load_set (scratch, 100, FALSE);
  g_autoptr (RwDataset) none = load_set (scratch, 0, FALSE);
  g_autoptr (RwSupply) all =
      rw_supply_new (held, recipe, find_task ("white-noise"), 0, 6, NULL);
  g_autoptr (RwSupply) low =
      rw_supply_new (none, recipe, find_task ("white-noise"), 0, 2, NULL);
  g_autoptr (RwSupply) high =
      rw_supply_new (none, recipe, find_task ("white-noise"), 2, 6, NULL);
  float x[3 * PATCH * PATCH], y[3 * PATCH * PATCH];

  for (guint64 step = 0; step < 7; step++) {
    g_assert_true (rw_supply_begin (all, step, NULL));
    g_assert_true (rw_supply_begin (low, step, NULL));
    g_assert_true (rw_supply_begin (high, step, NULL));
    for (int place = 0; place < 6; place++) {
      rw_supply_get (all, place, x, NULL);
      rw_supply_get (place < 2 ? low : high, place, y, NULL);
      g_assert_cmpmem (x, sizeof x, y, sizeof y);
    }
  }
}

/* Weights and checkpoints, for 1, 2 and 3 threads, held and ahead; the ahead
 * one is resumed in the middle. */
static void
test_training (Scratch *scratch, gconstpointer data)
{
  static const char *const changes[][2] = {
    { "reuse", "1" }, { "reuse", "3" }, { "epochs", "5" }, { "task", "dejpeg" }
  };
  g_autofree char *whole = scratch_path (scratch, "whole.safetensors");
  g_autofree char *other = scratch_path (scratch, "other.safetensors");

  save_pictures (scratch);
  g_autoptr (RwDataset) held = load_set (scratch, 100, FALSE);
  g_autoptr (RwDataset) ahead = load_set (scratch, 2, FALSE);
  for (guint c = 0; c < G_N_ELEMENTS (changes); c++) {
    g_autoptr (RwRecipe) recipe = rw_recipe_parse (recipe_text, "t", NULL);
    g_assert_true (rw_recipe_set (recipe, changes[c][0], changes[c][1], NULL));
    RwTraining training = { .recipe = recipe, .training = held, .out = whole };
    train (&training);
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
      Watch w = { .stop_at = 10 };
      rw_set_threads (n_threads);
      training.training = ahead;
      training.out = other;
      training.report = watch;
      training.report_data = &w;
      g_assert_true (train (&training).stopped);
      training.resume = TRUE;
      training.report = NULL;
      train (&training);
      training.resume = FALSE;
      assert_same (whole, other);
    }
    rw_set_threads (0);
  }
}

/* A sample of the training pictures is measured: of those held. */
static void
test_capacity (Scratch *scratch, gconstpointer data)
{
  g_autofree char *out = scratch_path (scratch, "w.safetensors");
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (recipe_text, "t", NULL);

  save_pictures (scratch);
  g_autoptr (RwDataset) validation = load_set (scratch, 100, FALSE);
  g_autoptr (RwDataset) some = load_set (scratch, 2, FALSE);
  g_autoptr (RwDataset) none = load_set (scratch, 0, FALSE);
  RwTraining training = { .recipe = recipe,
                          .training = some,
                          .validation = validation,
                          .capacity = TRUE,
                          .out = out };
  train (&training);
  training.training = none;
  assert_refused (&training, RW_ERROR_MISMATCH, "raise --data-memory");
}

/* A file that goes away, or is another one than before. */
static void
test_vanished (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  gboolean good = TRUE;

  save_pictures (scratch);
  g_autoptr (RwRecipe) recipe = make_recipe ();
  g_autoptr (RwDataset) set = load_set (scratch, 1, FALSE);
  g_autoptr (RwSupply) supply = rw_supply_new (
      set, recipe, find_task ("white-noise"), 0, recipe->batch, NULL);
  g_assert_true (rw_supply_begin (supply, 0, NULL));
  for (int i = 0; i < N_PICTURES; i++) {
    g_autofree char *name = g_strdup_printf ("data/%d.png", i);
    g_autofree char *path = scratch_path (scratch, name);
    if (data != NULL) {
      save_ramp (scratch, name, SIDE, SIDE + i, 3, 8);
    } else {
      g_unlink (path);
    }
  }
  guint64 step = 1;
  for (; good && step < 100; step++)
    good = rw_supply_begin (supply, step, &error);
  g_assert_false (good);
  g_assert_cmpuint (step - 1, <=, 4); /* 0 to 3 may have been drawn before */
  assert_error (&error, RW_ERROR_IO,
                "good when the data was loaded, and is wanted again");
  save_pictures (scratch); /* put back: it goes on where it was */
  g_assert_true (rw_supply_begin (supply, step - 1, &error));
  g_assert_no_error (error);
}

/* After step 5 all files are gone. */
static gboolean
remove_files (gpointer data, const RwTrainReport *report)
{
  const Scratch *scratch = data;

  for (int i = 0; i < N_PICTURES && report->step == 5; i++) {
    g_autofree char *name = g_strdup_printf ("data/%d.png", i);
    g_autofree char *path = scratch_path (scratch, name);
    g_unlink (path);
  }
  return TRUE;
}

/* A training that this ends is saved, and goes on to the same bytes. */
static void
test_vanished_training (Scratch *scratch, gconstpointer data)
{
  g_autofree char *whole = scratch_path (scratch, "whole.safetensors");
  g_autofree char *other = scratch_path (scratch, "other.safetensors");
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (recipe_text, "t", NULL);

  save_pictures (scratch);
  g_autoptr (RwDataset) set = load_set (scratch, 1, FALSE);
  RwTraining training = { .recipe = recipe, .training = set, .out = whole };
  train (&training);
  training.out = other;
  training.report = remove_files;
  training.report_data = scratch;
  assert_refused (&training, RW_ERROR_IO, "go on with --resume");
  save_pictures (scratch);
  training.report = NULL;
  training.resume = TRUE;
  train (&training);
  assert_same (whole, other);
}

static void
test_changed (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  g_autofree char *path = scratch_path (scratch, "data/8.png");

  save_pictures (scratch);
  g_autoptr (RwDataset) set = load_set (scratch, 1, FALSE);
  g_autoptr (RwPixelsCache) cache = rw_pixels_cache_new (set);
  g_assert_nonnull (rw_pixels_cache_get (cache, 7, NULL));
  g_autoptr (RwPicture) picture = make_ramp (SIDE + 8, SIDE, 3, 8);
  ((guint8 *) picture->data)[77] ^= 1;
  g_assert_true (rw_picture_save (picture, path, 0, NULL));
  g_assert_null (rw_pixels_cache_get (cache, 8, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "data/8.png: its pixels are not");
}

/* The latest are kept as far as the cap goes, two at least. */
static void
test_cache (Scratch *scratch, gconstpointer data)
{
  save_pictures (scratch);
  g_autofree char *folder = scratch_path (scratch, "data");
  g_autoptr (RwDataset) set = rw_dataset_load (
      folder, &(RwDatasetOptions){ .ahead = TRUE, .max_bytes = 4 * BYTES },
      NULL, NULL); /* one is held, and there is room for two others */
  g_autoptr (RwPixelsCache) cache = rw_pixels_cache_new (set);
  static const int order[] = { 5, 6, 5, 6, 0, 5, 7, 5, 6, 7 };
  static const int decoded[] = { 1, 2, 2, 2, 2, 2, 3, 3, 4, 5 };

  for (guint k = 0; k < G_N_ELEMENTS (order); k++) {
    const RwDatasetPixels *pixels =
        rw_pixels_cache_get (cache, order[k], NULL);
    g_assert_nonnull (pixels);
    g_assert_cmpint (pixels->clean->width, ==, SIDE + order[k]);
    g_assert_cmpuint (rw_pixels_cache_get_n_decoded (cache), ==,
                      (guint) decoded[k]);
  }
}

/* Validation pictures are held, or there is no room for them. */
static void
test_split (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  RwDataset *training = NULL, *validation = NULL;

  save_pictures (scratch);
  g_autoptr (RwDataset) roomy = load_set (scratch, 3, FALSE);
  g_assert_false (rw_dataset_is_held (roomy));
  g_assert_true (
      rw_dataset_split (roomy, 0.1, 2, &training, &validation, &error));
  g_assert_no_error (error);
  g_assert_true (rw_dataset_is_held (validation));
  g_assert_cmpint (rw_dataset_get_n (training), ==, N_PICTURES - 1);
  rw_dataset_free (training);
  rw_dataset_free (validation);
  g_assert_false (
      rw_dataset_split (roomy, 0.9, 2, &training, &validation, &error));
  assert_error (&error, RW_ERROR_LIMIT, "raise --data-memory");
}

#define ADD(path, data, func)                                                 \
  g_test_add (path, Scratch, data, scratch_set_up, func, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/supply/loaded", NULL, test_loaded);
  ADD ("/supply/any-order", NULL, test_any_order);
  ADD ("/supply/any-order/pairs", GINT_TO_POINTER (1), test_any_order);
  ADD ("/supply/extents/dejpeg", "dejpeg", test_extents);
  ADD ("/supply/extents/deblur", "deblur", test_extents);
  ADD ("/supply/extents/denoise", "denoise", test_extents);
  ADD ("/supply/shares", NULL, test_shares);
  ADD ("/supply/training", NULL, test_training);
  ADD ("/supply/capacity", NULL, test_capacity);
  ADD ("/supply/vanished", NULL, test_vanished);
  ADD ("/supply/vanished/other-size", GINT_TO_POINTER (1), test_vanished);
  ADD ("/supply/vanished/training", NULL, test_vanished_training);
  ADD ("/supply/changed", NULL, test_changed);
  ADD ("/supply/cache", NULL, test_cache);
  ADD ("/supply/split", NULL, test_split);
  return g_test_run ();
}
