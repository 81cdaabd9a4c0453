/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/stopping.c on made-up curves, and the trainer that stops by it.
 */
#include "training.h"

#include "train/stopping.h"
#include "weights/weights.h"

#include <math.h>

/* ---- curves ------------------------------------------------------------- */

/* How many of @n values are seen before @patience ends. */
static int
count_seen (RwStopping *stopping, const double *curve, int n, guint64 patience)
{
  rw_stopping_begin (stopping);
  for (int i = 0; i < n; i++) {
    rw_stopping_add (stopping, (guint64) i + 1, curve[i]);
    if (rw_stopping_is_due (stopping, patience))
      return i + 1;
  }
  return n;
}

static void
test_curve (void)
{
  static const double curve[] = { 20, 25, 28, 27, 27.5, 28, 29, 28, 28, 28 };
  const int n = G_N_ELEMENTS (curve);
  RwStopping stopping;

  g_assert_cmpint (count_seen (&stopping, curve, n, 0), ==, n);
  g_assert_cmpint (count_seen (&stopping, curve, n, 1), ==, 4);
  g_assert_cmpfloat (stopping.best, ==, 28);
  g_assert_cmpuint (stopping.best_step, ==, 3);
  g_assert_cmpint (count_seen (&stopping, curve, n, 2), ==, 5);
  g_assert_cmpint (count_seen (&stopping, curve, n, 3), ==, 6); /* a tie */
  g_assert_cmpint (count_seen (&stopping, curve, n, 4), ==, n);
  g_assert_cmpfloat (stopping.best, ==, 29);
  g_assert_cmpuint (stopping.best_step, ==, 7);
  g_assert_cmpuint (stopping.n_stale, ==, 3);
}

static void
test_not_a_number (void)
{
  static const double curve[] = { NAN, 20, NAN, NAN, 21 };
  RwStopping stopping;

  g_assert_cmpint (count_seen (&stopping, curve, 5, 2), ==, 4);
  g_assert_cmpfloat (stopping.best, ==, 20);
  g_assert_cmpint (count_seen (&stopping, curve, 5, 3), ==, 5);
  g_assert_cmpfloat (stopping.best, ==, 21);
}

/* ---- the trainer -------------------------------------------------------- */

static void
set (Fixture *f, const char *key, const char *value)
{
  g_assert_true (rw_recipe_set (f->recipe, key, value, NULL));
}

/* Rates too small to change a bit: each validation equals the first. */
static void
stand_still (Fixture *f)
{
  set (f, "lr", "1e-9");
  set (f, "warmup", "1000000000");
  set (f, "steps", "1000");
  set (f, "validate_every", "5");
  set (f, "patience", "3");
}

static void
test_trainer (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, out);
  Watch w = { 0 };

  stand_still (f);
  training.report = watch;
  training.note = count_note;
  training.report_data = &w;
  RwTrained result = train (&training);
  g_assert_cmpuint (result.step, ==, 20); /* 5 is the best; 10, 15, 20 */
  g_assert_cmpuint (result.best_step, ==, 5);
  g_assert_false (result.stopped);
  g_assert_cmpint (w.n_notes, ==, 1);
  g_assert_nonnull (strstr (w.note, "ended after step 20: the last 3 "));
  g_assert_nonnull (strstr (w.note, "of step 5,"));
  g_assert_true (w.done);
  training.out = parts;
  w.stop_at = 12;
  train (&training);
  training.resume = TRUE;
  w.stop_at = 0;
  g_assert_cmpuint (train (&training).step, ==, 20);
  assert_same (out, parts);
  w.n_calls = 0;
  train (&training); /* its patience is at its end */
  g_assert_cmpint (w.n_calls, ==, 0);
}

/* With more patience a training that ended goes on. */
static void
test_more_patience (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  RwTraining training = make_training (f, out);

  stand_still (f);
  train (&training);
  set (f, "patience", "5");
  training.resume = TRUE;
  g_assert_cmpuint (train (&training).step, ==, 30);
}

/* The best validation's weights are in the file, not the last ones. */
static void
test_keeps_best (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *early = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, out);

  set (f, "ema", "0");
  set (f, "schedule", "constant");
  set (f, "warmup", "0");
  set (f, "steps", "60");
  set (f, "validate_every", "2");
  set (f, "lr", "0.3"); /* far too much */
  set (f, "patience", "4");
  const RwTrained result = train (&training);
  g_assert_cmpuint (result.step, ==, result.best_step + 8);
  training.out = early;
  f->recipe->steps = result.best_step;
  train (&training);
  g_autoptr (RwWeights) best = rw_weights_load (out, NULL);
  g_autoptr (RwWeights) then = rw_weights_load (early, NULL);
  g_assert_cmpmem (
      best->params, rw_net_get_n_inner (best->net) * sizeof (float),
      then->params, rw_net_get_n_inner (then->net) * sizeof (float));
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  RwTraining training = make_training (f, out);

  set (f, "patience", "2");
  set (f, "validate_every", "0");
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "expected validate_every above 0");
  set (f, "validate_every", "5");
  training.validation = NULL;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "expected validation pictures");
}

#define ADD(name, func)                                                       \
  g_test_add ("/stopping/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stopping/curve", test_curve);
  g_test_add_func ("/stopping/not-a-number", test_not_a_number);
  ADD ("trainer", test_trainer);
  ADD ("more-patience", test_more_patience);
  ADD ("keeps-best", test_keeps_best);
  ADD ("refusals", test_refusals);
  return g_test_run ();
}
