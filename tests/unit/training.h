/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: a small training in a folder of its own.
 */
#pragma once

#include "train/trainer.h"

#include "scratch.h"

#include <string.h>

static const char recipe_text[] =
    "[about]\ntitle = Test\nlicense = CC0-1.0\n"
    "[train]\ntask = white-noise\npatch = 16\nbatch = 9\nslices = 3\nsteps = "
    "24\n"
    "lr = 0.003\nwarmup = 4\nema = 0.9\nseed = 5\nvalidate_every = 7\n"
    "weight_decay = 0.01\noptimizer = adamw\n"
    "[net]\ninput rgb sigma\nconv 8 | relu -> a\ndown 12 | relu\n"
    "up 8 | add a | relu\nconv 3\nresidual\n";

/* One training: its files are OUT and OUT.checkpoint. */
typedef struct {
  Scratch scratch;
  RwRecipe *recipe;
  RwDataset *training, *validation;
} Fixture;

static inline void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwDataset) all = rw_dataset_load (
      "synth:4", &(RwDatasetOptions){ .seed = 1 }, NULL, &error);

  g_assert_no_error (error);
  scratch_set_up (&f->scratch, NULL);
  f->recipe = rw_recipe_parse (recipe_text, "test", &error);
  g_assert_no_error (error);
  g_assert_true (
      rw_dataset_split (all, 0.05, 0, &f->training, &f->validation, &error));
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  rw_recipe_free (f->recipe);
  rw_dataset_free (f->training);
  rw_dataset_free (f->validation);
  scratch_tear_down (&f->scratch, NULL);
}

static inline RwTraining
make_training (const Fixture *f, const char *out)
{
  return (RwTraining){ .recipe = f->recipe,
                       .training = f->training,
                       .validation = f->validation,
                       .out = out,
                       .command = "reweave train" };
}

static inline RwTrained
train (const RwTraining *training)
{
  g_autoptr (GError) error = NULL;
  RwTrained result;

  const gboolean good = rw_train (training, &result, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  return result;
}

static inline void
assert_refused (const RwTraining *training,
                RwErrorCode code,
                const char *fragment)
{
  GError *error = NULL;

  g_assert_false (rw_train (training, NULL, &error));
  assert_error (&error, code, fragment);
}

static inline char *
checkpoint_of (const char *path)
{
  return g_strdup_printf ("%s.checkpoint", path);
}

static inline void
assert_same_file (const char *a, const char *b)
{
  g_autofree char *x = NULL, *y = NULL;
  gsize n_x = 0, n_y = 0;

  g_assert_true (g_file_get_contents (a, &x, &n_x, NULL));
  g_assert_true (g_file_get_contents (b, &y, &n_y, NULL));
  g_assert_cmpuint (n_x, >, 1000);
  if (n_x != n_y || memcmp (x, y, n_x) != 0) {
    g_test_message ("%s and %s differ", a, b);
    g_test_fail ();
  }
}

/* Weights and checkpoint. */
static inline void
assert_same (const char *a, const char *b)
{
  g_autofree char *x = checkpoint_of (a), *y = checkpoint_of (b);

  assert_same_file (a, b);
  assert_same_file (x, y);
}

static inline void
copy_file (const char *from, const char *to)
{
  g_autofree char *bytes = NULL;
  gsize n = 0;

  g_assert_true (g_file_get_contents (from, &bytes, &n, NULL));
  g_assert_true (g_file_set_contents (to, bytes, (gssize) n, NULL));
}

/* Stops after a step, or copies the checkpoint away after it, as a kill would
 * leave it. */
typedef struct {
  guint64 stop_at, copy_at;
  const char *from, *to;
  int n_validations, n_calls, n_notes;
  double last_loss, first_loss;
  gboolean done;
  char note[400]; /* the last one */
} Watch;

static inline gboolean
watch (gpointer data, const RwTrainReport *report)
{
  Watch *w = data;

  w->n_calls++;
  w->n_validations += report->validated;
  w->done = report->done;
  if (report->step == 1)
    w->first_loss = report->loss;
  w->last_loss = report->mean_loss;
  if (w->copy_at == report->step) {
    g_assert_true (report->saved);
    copy_file (w->from, w->to);
  }
  return report->step != w->stop_at;
}

static inline void
count_note (gpointer data, const char *sentence)
{
  Watch *w = data;

  w->n_notes++;
  g_strlcpy (w->note, sentence, sizeof w->note);
}

/* Plain descent with a rate that rises without end. */
static inline RwTraining
make_diverging (Fixture *f, const char *out, Watch *w)
{
  static const char *const settings[][2] = {
    { "loss", "mse" },       { "optimizer", "sgd" },     { "lr", "10" },
    { "clip", "0" },         { "schedule", "constant" }, { "steps", "160" },
    { "warmup", "100" },     { "validate_every", "20" }, { "ema", "0" },
    { "weight_decay", "0" }, { "l2_penalty", "0.01" },
  };
  RwTraining training = make_training (f, out);

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (
        rw_recipe_set (f->recipe, settings[i][0], settings[i][1], NULL));
  training.guard_steps = 8;
  training.report = watch;
  training.note = count_note;
  training.report_data = w;
  return training;
}
