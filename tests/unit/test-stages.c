/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What changes in the course of a training: patches that grow, a plateau that
 * is left, and which of two averages is kept.
 */
#include "training.h"

#include "train/curriculum.h"
#include "weights/weights.h"

#include <math.h>

/* ---- text --------------------------------------------------------------- */

static void
test_text (void)
{
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();

  g_assert_cmpint (rw_curriculum_get_side (recipe, 0.9), ==, 64);
  g_assert_cmpint (rw_curriculum_get_most (recipe), ==, 64);
  g_assert_cmpint (rw_curriculum_get_stage (recipe, 1), ==, 0);
  g_assert_true (
      rw_recipe_set (recipe, "patch_later", " 128@0.4  96@0.8 ", NULL));
  g_assert_cmpint (rw_curriculum_get_side (recipe, 0), ==, 64);
  g_assert_cmpint (rw_curriculum_get_side (recipe, 0.3999), ==, 64);
  g_assert_cmpint (rw_curriculum_get_side (recipe, 0.4), ==, 128);
  g_assert_cmpint (rw_curriculum_get_side (recipe, 0.8), ==, 96);
  g_assert_cmpint (rw_curriculum_get_side (recipe, 1), ==, 96);
  g_assert_cmpint (rw_curriculum_get_most (recipe), ==, 128);
  g_assert_cmpint (rw_curriculum_get_stage (recipe, 2), ==, 96);
  g_assert_cmpint (rw_curriculum_get_stage (recipe, 3), ==, 0);
}

static void
test_broken (void)
{
  static const char *const texts[] = {
    "96",
    "96@",
    "@0.5",
    "96@0",
    "96@1",
    "96@-0.5",
    "96@nan",
    "96@0.5x",
    "7@0.5",
    "1025@0.5",
    "x@0.5",
    "96@0.5 128@0.5",
    "96@0.5 64@0.4",
    "96@.1 96@.2 96@.3 96@.4 96@.5 96@.6 96@.7 96@.8 96@.9",
  };
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    GError *error = NULL;
    g_assert_false (rw_recipe_set (recipe, "patch_later", texts[i], &error));
    assert_error (&error, RW_ERROR_FORMAT, "patch_later is \"");
  }
}

/* ---- patches that grow -------------------------------------------------- */

/* Through both changes of size, stopped within each stage and at a change, on
 * one thread or three: the same bytes, which are not those without. */
static void
test_grows (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  g_autofree char *plain = scratch_path (&f->scratch, "plain.safetensors");
  static const guint64 stops[] = { 5, 12, 15, 18, 20, 0 };
  RwTraining training = make_training (f, plain);
  Watch w = { 0 };

  train (&training);
  g_assert_true (
      rw_recipe_set (f->recipe, "patch_later", "32@0.5 24@0.75", NULL));
  training.out = whole;
  rw_set_threads (1);
  train (&training);
  rw_set_threads (3);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  for (guint i = 0; i < G_N_ELEMENTS (stops); i++) {
    w.stop_at = stops[i];
    train (&training);
    training.resume = TRUE;
  }
  rw_set_threads (0);
  assert_same (whole, parts);

  g_autoptr (RwWeights) a = rw_weights_load (whole, NULL);
  g_autoptr (RwWeights) b = rw_weights_load (plain, NULL);
  g_assert_cmpint (memcmp (a->params, b->params,
                           rw_net_get_n_inner (a->net) * sizeof (float)),
                   !=, 0);
}

/* A later size that the net or the pictures do not take is refused before the
 * first step. */
static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "m.safetensors");
  RwTraining training = make_training (f, out);

  g_assert_true (rw_recipe_set (f->recipe, "patch_later", "33@0.9", NULL));
  assert_refused (&training, RW_ERROR_MISMATCH, "patch is 33");
  g_assert_true (rw_recipe_set (f->recipe, "patch_later", "1024@0.9", NULL));
  assert_refused (&training, RW_ERROR_MISMATCH, "patch is 1024");
}

/* ---- the plateau -------------------------------------------------------- */

typedef struct {
  GArray *rates;
  guint64 stop_at;
  char note[400];
} Rates;

static gboolean
note_rate (gpointer data, const RwTrainReport *report)
{
  Rates *r = data;

  g_array_append_val (r->rates, report->learning_rate);
  return report->step != r->stop_at;
}

static void
keep_note (gpointer data, const char *sentence)
{
  Rates *r = data;

  g_strlcpy (r->note, sentence, sizeof r->note);
}

/* The file of the plateau has not seen the fall, and a leg from it goes on at
 * the full rate as if there had been none. */
static void
test_plateau (Fixture *f, gconstpointer data)
{
  g_autofree char *release = scratch_path (&f->scratch, "r.safetensors");
  g_autofree char *base = scratch_path (&f->scratch, "r.safetensors.plateau");
  g_autofree char *longer = scratch_path (&f->scratch, "l.safetensors");
  g_autofree char *direct = scratch_path (&f->scratch, "d.safetensors");
  g_autofree char *killed = scratch_path (&f->scratch, "k.safetensors");
  g_autofree char *killed_base =
      scratch_path (&f->scratch, "k.safetensors.plateau");
  g_autofree char *unused =
      scratch_path (&f->scratch, "l.safetensors.plateau");
  Rates r = { .rates = g_array_new (FALSE, FALSE, sizeof (double)) };
  RwTraining training = make_training (f, release);

  training.report = note_rate;
  training.note = keep_note;
  training.report_data = &r;
  g_assert_true (rw_recipe_set (f->recipe, "schedule", "stable-decay", NULL));
  f->recipe->decay = 0.25;
  train (&training);
  g_assert_nonnull (strstr (r.note, "the rate falls from step 19 on"));
  for (guint i = 4; i < 24; i++)
    g_assert_cmpfloat_with_epsilon (g_array_index (r.rates, double, i),
                                    0.003 * MIN (6, 24 - (int) i) / 6, 1e-9);

  /* a leg that stays on the plateau, and the same without a branch */
  f->recipe->steps = 36;
  f->recipe->decay = 0;
  training.from = base;
  training.continues = TRUE;
  training.out = longer;
  g_array_set_size (r.rates, 0);
  train (&training);
  g_assert_cmpuint (r.rates->len, ==, 17);
  for (guint i = 0; i < 17; i++)
    g_assert_cmpfloat (g_array_index (r.rates, double, i), ==, 0.003);
  g_assert_false (g_file_test (unused, G_FILE_TEST_EXISTS));
  training.continues = FALSE;
  training.from = NULL;
  training.out = direct;
  train (&training);
  g_autofree char *longer_checkpoint = checkpoint_of (longer);
  g_autofree char *direct_checkpoint = checkpoint_of (direct);
  g_autoptr (RwSafetensors) a =
      rw_safetensors_load (longer_checkpoint, 1 << 20, NULL);
  g_autoptr (RwSafetensors) b =
      rw_safetensors_load (direct_checkpoint, 1 << 20, NULL);
  for (int i = 0; i < rw_safetensors_get_n_tensors (b); i++) {
    const RwTensorInfo *y = rw_safetensors_get_tensor (b, i);
    const RwTensorInfo *x = rw_safetensors_find (a, y->name);
    if (g_str_has_prefix (y->name, "weights/") ||
        g_str_has_prefix (y->name, "average/") ||
        g_str_has_prefix (y->name, "square/"))
      g_assert_cmpmem (rw_safetensors_get_data (a, x), x->n_bytes,
                       rw_safetensors_get_data (b, y), y->n_bytes);
  }

  /* stopped on its way down: the plateau is that of before */
  f->recipe->steps = 24;
  f->recipe->decay = 0.25;
  training.out = killed;
  r.stop_at = 20;
  train (&training);
  training.resume = TRUE;
  r.stop_at = 0;
  train (&training);
  assert_same (release, killed);
  assert_same (base, killed_base);
  g_array_unref (r.rates);
}

/* ---- two averages ------------------------------------------------------- */

static double
train_with (Fixture *f, const char *name, const char *ema, const char *second)
{
  g_autofree char *out = scratch_path (&f->scratch, name);
  const RwTraining training = make_training (f, out);

  g_assert_true (rw_recipe_set (f->recipe, "ema", ema, NULL));
  g_assert_true (rw_recipe_set (f->recipe, "ema_second", second, NULL));
  return train (&training).psnr;
}

/* Of two averages the file has the one that validates better, whichever of
 * them is called the second; and stopping changes no byte. */
static void
test_averages (Fixture *f, gconstpointer data)
{
  const double fast = train_with (f, "fast", "0.5", "0");
  const double slow = train_with (f, "slow", "0.95", "0");
  const double both = train_with (f, "both", "0.5", "0.95");
  g_autofree char *out = scratch_path (&f->scratch, "both");
  g_autofree char *parts = scratch_path (&f->scratch, "parts");
  g_autofree char *turned = scratch_path (&f->scratch, "turned");

  g_assert_cmpfloat (fast, !=, slow);
  g_assert_cmpfloat (both, ==, fmax (fast, slow));
  g_autoptr (RwWeights) weights = rw_weights_load (out, NULL);
  g_autofree char *want =
      g_strdup_printf (" ema=%s", fast > slow ? "0.5" : "0.95");
  g_assert_true (g_str_has_suffix (
      g_hash_table_lookup (weights->metadata, "metrics"), want));

  RwTraining training = make_training (f, parts);
  Watch w = { .stop_at = 10 };
  training.report = watch;
  training.report_data = &w;
  train (&training);
  training.resume = TRUE;
  w.stop_at = 0;
  train (&training);
  assert_same (out, parts);

  g_assert_cmpfloat (train_with (f, "turned", "0.95", "0.5"), ==, both);
  g_autoptr (RwWeights) other = rw_weights_load (turned, NULL);
  g_assert_cmpmem (
      weights->params, rw_net_get_n_inner (weights->net) * sizeof (float),
      other->params, rw_net_get_n_inner (other->net) * sizeof (float));
  g_assert_true (g_str_has_suffix (
      g_hash_table_lookup (other->metadata, "metrics"), want));
}

/* A leg may take up a second average that the one before did not have. */
static void
test_new_average (Fixture *f, gconstpointer data)
{
  g_autofree char *first = scratch_path (&f->scratch, "first.safetensors");
  g_autofree char *second = scratch_path (&f->scratch, "second.safetensors");
  RwTraining training = make_training (f, first);

  train (&training);
  f->recipe->steps = 30;
  f->recipe->ema_second = 0.5;
  training.out = second;
  training.from = first;
  training.continues = TRUE;
  g_assert_cmpuint (train (&training).step, ==, 30);
}

#define ADD(name, func)                                                       \
  g_test_add ("/stages/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stages/text", test_text);
  g_test_add_func ("/stages/broken", test_broken);
  ADD ("grows", test_grows);
  ADD ("refused", test_refused);
  ADD ("plateau", test_plateau);
  ADD ("averages", test_averages);
  ADD ("new-average", test_new_average);
  return g_test_run ();
}
