/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pairs: matched by name, checked for size, drawn alike, learnt from.
 */
#include "dataset-files.h"
#include "training.h"

#include "base/random.h"
#include "train/data/supply.h"
#include "nets/feed.h"

#include <math.h>

static RwDataset *
load_pairs (const Scratch *scratch, RwDatasetReport *report, GError **error)
{
  g_autofree char *clean = scratch_path (scratch, "clean");
  g_autofree char *damaged = scratch_path (scratch, "damaged");

  return rw_dataset_load_pairs (
      clean, damaged, &(RwDatasetOptions){ .min_side = 16 }, report, error);
}

static void
test_matching (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  RwDatasetReport report;

  save_ramp (scratch, "clean/a.png", 40, 30, 3, 8);
  save_ramp (scratch, "damaged/a.jpeg", 40, 30, 3, 8);
  save_ramp (scratch, "clean/deep/b.v2.png", 20, 30, 3, 8);
  save_ramp (scratch, "damaged/deep/b.v2.png", 20, 30, 1, 16);
  save_ramp (scratch, "clean/c.png", 20, 30, 3, 8);
  save_ramp (scratch, "damaged/c.png", 30, 20, 3, 8);
  save_ramp (scratch, "clean/only.png", 20, 30, 3, 8);
  save_ramp (scratch, "damaged/alone.png", 20, 30, 3, 8);
  save_ramp (scratch, "damaged/b.v2.png", 20, 30, 3, 8); /* not in deep */
  save_ramp (scratch, "damaged/a.png", 40, 30, 3, 8);    /* a second a */
  save_ramp (scratch, "clean/s.png", 15, 30, 3, 8);
  save_ramp (scratch, "damaged/s.png", 15, 30, 3, 8);
  save_ramp (scratch, "clean/x.png", 20, 30, 3, 8);
  save_text (scratch, "damaged/x.png", "no picture");
  g_autoptr (RwDataset) set = load_pairs (scratch, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_dataset_get_n (set), ==, 2);
  g_assert_true (rw_dataset_has_pairs (set));
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_UNMATCHED], ==, 4);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_MISMATCHED], ==, 1);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_SMALL], ==, 1);
  g_assert_cmpuint (report.n_left_out[RW_LEFT_OUT_BROKEN], ==, 1);
  g_assert_cmpuint (report.n_files, ==, 9);
  char **mismatched = report.left_out[RW_LEFT_OUT_MISMATCHED];
  g_assert_nonnull (strstr (mismatched[0], "damaged/c.png: is 30 x 20"));
  g_assert_nonnull (strstr (mismatched[0], "expected 20 x 30"));
  char **unmatched = report.left_out[RW_LEFT_OUT_UNMATCHED];
  g_assert_nonnull (strstr (unmatched[0], "damaged/a.png (another file has"));
  g_assert_nonnull (strstr (unmatched[1], "clean/only.png (none in "));
  g_assert_nonnull (strstr (unmatched[2], "damaged/alone.png (none in "));
  for (int i = 0; i < 2; i++) {
    const RwPicture *clean = rw_dataset_get_picture (set, i);
    const RwPicture *damaged = rw_dataset_get_damaged (set, i);
    g_assert_cmpint (clean->width, ==, damaged->width);
    g_assert_cmpint (clean->height, ==, damaged->height);
    g_assert_cmpint (damaged->channels, ==, 3);
  }
  rw_dataset_report_clear (&report);
}

static void
test_errors (Scratch *scratch, gconstpointer data)
{
  g_autofree char *file = scratch_path (scratch, "clean/a.png");
  g_autofree char *folder = scratch_path (scratch, "damaged");
  GError *error = NULL;
  const RwDatasetOptions options = { 0 };

  save_ramp (scratch, "clean/a.png", 20, 30, 3, 8);
  g_assert_null (load_pairs (scratch, NULL, &error));
  assert_error (&error, RW_ERROR_IO, "damaged: cannot be read");
  g_mkdir (folder, 0700);
  g_assert_null (load_pairs (scratch, NULL, &error));
  assert_error (&error, RW_ERROR_FORMAT, "damaged: no file in it ends in");
  save_ramp (scratch, "damaged/b.png", 20, 30, 3, 8);
  g_assert_null (load_pairs (scratch, NULL, &error));
  assert_error (&error, RW_ERROR_FORMAT, "2 without a partner (first: ");
  save_ramp (scratch, "damaged/a.png", 21, 30, 3, 8);
  g_assert_null (load_pairs (scratch, NULL, &error));
  assert_error (&error, RW_ERROR_FORMAT, "1 of another size than partner");
  g_assert_null (rw_dataset_load_pairs (file, folder, &options, NULL, &error));
  assert_error (&error, RW_ERROR_MISMATCH, "two folders or two files");
}

/* Damaged is 255 - clean: whatever is done to both, the sum stays when no gain
 * is, and the gain is the same when one is. */
static void
save_negatives (const Scratch *scratch)
{
  for (int k = 0; k < 3; k++) {
    g_autofree char *name = g_strdup_printf ("damaged/%d.png", k);
    g_autofree char *clean = g_strdup_printf ("clean/%d.png", k);
    g_autofree char *path = scratch_path (scratch, name);
    g_autoptr (RwPicture) picture = make_ramp (80 + 9 * k, 70, 3, 8);
    guint8 *bytes = picture->data;
    save_ramp (scratch, clean, 80 + 9 * k, 70, 3, 8);
    save_ramp (scratch, name, 80 + 9 * k, 70, 3, 8);
    for (int i = 0; i < 3 * (80 + 9 * k) * 70; i++)
      bytes[i] = (guint8) (255 - bytes[i]);
    g_assert_true (rw_picture_save (picture, path, 0, NULL));
  }
}

static void
test_drawn_alike (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();
  g_autofree float *clean = g_new (float, 3 * 16 * 16);
  g_autofree float *damaged = g_new (float, 3 * 16 * 16);
  int n_other = 0;

  save_negatives (scratch);
  recipe->patch = 16;
  recipe->batch = 8;
  recipe->exposure = data != NULL ? 1 : 0;
  recipe->exposure_low = 0.5;
  recipe->exposure_high = 1;
  recipe->mixup = 0.5;
  recipe->permute = 0.5;
  g_autoptr (RwDataset) set = load_pairs (scratch, NULL, NULL);
  g_autoptr (RwSupply) supply = rw_supply_new (
      set, recipe, rw_task_find ("white-noise", NULL), 0, recipe->batch, NULL);
  for (guint64 step = 0; step < 100; step++) {
    g_assert_true (rw_supply_begin (supply, step, NULL));
    rw_supply_get (supply, (int) (step % 8), clean, damaged);
    const double sum = (double) clean[0] + (double) damaged[0];
    n_other += fabs (sum - 1) > 1e-3;
    for (int i = 0; i < 3 * 16 * 16; i++)
      g_assert_cmpfloat (fabs ((double) clean[i] + (double) damaged[i] - sum),
                         <=, 1e-6);
  }
  g_assert_true ((n_other > 80) == (data != NULL));
  g_assert_true ((n_other == 0) == (data == NULL));
}

/* sqrt (mean square) of a difference of 10 / 255 in a third of the values. */
static void
test_level (void)
{
  const RwTask *task = rw_task_find ("white-noise", NULL);
  float clean[30] = { 0 }, damaged[30] = { 0 };
  const RwPair pair = { .clean = { 10, 1, clean, NULL },
                        .input = { 10, 1, damaged, NULL } };

  for (int i = 0; i < 30; i += 3)
    damaged[i] = i % 2 ? 10.0f / 255 : -10.0f / 255;
  RwDamage damage = rw_task_compare (task, &pair);
  g_assert_cmpfloat (fabs (damage.values[0] - 10 / sqrt (3)), <=, 1e-5);
  g_assert_cmpfloat (damage.told, ==, 1);
  g_assert_false (damage.blind);
  for (int i = 0; i < 30; i++)
    damaged[i] = 1;
  damage = rw_task_compare (task, &pair);
  g_assert_cmpfloat (damage.values[0], ==, 75);
  damage = rw_task_compare (rw_task_find ("dejpeg", NULL), &pair);
  g_assert_true (damage.blind); /* the two do not tell it */
}

/* A net learns a fixed change of colour from pairs, which no task makes. */
static void
test_learns (Scratch *scratch, gconstpointer data)
{
  g_autofree char *out = scratch_path (scratch, "w.safetensors");
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (
      "[train]\npatch = 16\nbatch = 8\nsteps = 800\nlr = 0.05\nema = 0\n"
      "loss = mse\nwarmup = 0\nclip = 0\nexposure = 0\n[net]\ninput rgb\nconv "
      "3 k=1\n",
      "test", NULL);
  Watch w = { 0 };
  RwTraining training = {
    .recipe = recipe, .out = out, .report = watch, .report_data = &w
  };

  save_negatives (scratch);
  g_autoptr (RwDataset) set = load_pairs (scratch, NULL, NULL);
  training.training = training.validation = set;
  const RwTrained trained = train (&training);
  g_assert_cmpfloat (w.last_loss, <, 0.02 * w.first_loss);
  g_assert_cmpfloat (trained.psnr, >, 25);
}

#define ADD(path, data, func)                                                 \
  g_test_add (path, Scratch, data, scratch_set_up, func, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/pairs/matching", NULL, test_matching);
  ADD ("/pairs/errors", NULL, test_errors);
  ADD ("/pairs/drawn-alike/plain", NULL, test_drawn_alike);
  ADD ("/pairs/drawn-alike/gain", GINT_TO_POINTER (1), test_drawn_alike);
  g_test_add_func ("/pairs/level", test_level);
  ADD ("/pairs/learns", NULL, test_learns);
  return g_test_run ();
}
