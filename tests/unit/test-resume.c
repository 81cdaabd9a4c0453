/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Resuming: however often a training was stopped or killed, its files end with
 * the bytes of one that was not; and what does not fit is refused.
 */
#include "training.h"

static void
test_resume_stopped (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  RwTraining training = make_training (f, whole);
  Watch w = { 0 };

  train (&training);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  w.stop_at = 3; /* before any validation */
  RwTrained result = train (&training);
  g_assert_true (result.stopped);
  g_assert_cmpuint (result.step, ==, 3);
  training.resume = TRUE;
  training.command = "reweave train --resume";
  for (w.stop_at = 10; w.stop_at <= 24; w.stop_at += 7) {
    result = train (&training);
    g_assert_cmpuint (result.step, ==, w.stop_at);
    g_assert_cmpint (result.stopped, ==, w.stop_at < 24);
  }
  assert_same (whole, parts);
  w.n_calls = 0;
  result = train (&training); /* already at its end */
  g_assert_cmpint (w.n_calls, ==, 0);
  g_assert_false (result.stopped);
  assert_same (whole, parts);
}

static void
test_resume_killed (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *killed = scratch_path (&f->scratch, "killed.safetensors");
  g_autofree char *from = checkpoint_of (whole), *to = checkpoint_of (killed);
  RwTraining training = make_training (f, whole);
  Watch w = { .copy_at = 11, .from = from, .to = to };

  training.checkpoint_seconds = 1e-9; /* after each step */
  training.report = watch;
  training.report_data = &w;
  train (&training);
  training.out = killed;
  training.resume = TRUE;
  training.report = NULL;
  train (&training);
  assert_same (whole, killed);
}

/* What layers draw follows from seed and step: stopped or not, on one thread
 * or three, the bytes are the same; and another seed draws otherwise. */
static void
test_drawing (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  RwTraining training = make_training (f, whole);
  Watch w = { .stop_at = 5 };

  g_free (f->recipe->net);
  f->recipe->net =
      g_strdup ("input rgb sigma\nconv 8 | dropout 0.2 -> seen\n"
                "repeat 2 {\nadd seen | gru 8 | quantise | dropout 0.1\n}\n"
                "gdn | conv 3\nresidual\n");
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
}

static void
test_resume_mismatch (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "m.safetensors");
  g_autofree char *checkpoint = checkpoint_of (out);
  RwTraining training = make_training (f, out);
  static const char *const changes[][3] = {
    { "lr", "0.004", "made with lr = 0.003, but now it is 0.004" },
    { "seed", "6", "made with seed = 5, but now it is 6" },
    { "loss", "mse", "made with loss = charbonnier" },
    { "optimizer", "adam", "made with optimizer = adamw" },
    { "steps", "20", "has done 24 steps already" },
    { "net", "input rgb\nconv 3\nresidual\n", "made with another net" }
  };

  training.resume = TRUE;
  assert_refused (&training, RW_ERROR_IO, "m.safetensors.checkpoint");
  training.resume = FALSE;
  train (&training);
  training.resume = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree char *was = rw_recipe_get (f->recipe, changes[i][0]);
    g_assert_true (
        rw_recipe_set (f->recipe, changes[i][0], changes[i][1], NULL));
    assert_refused (&training, RW_ERROR_MISMATCH, changes[i][2]);
    g_assert_true (rw_recipe_set (f->recipe, changes[i][0], was, NULL));
  }
  training.training = f->validation;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "other training or validation pictures");
  training.training = f->training;
  copy_file (out, checkpoint); /* a weight file is no checkpoint */
  assert_refused (&training, RW_ERROR_FORMAT, "not a checkpoint");
  g_assert_true (g_file_set_contents (checkpoint, "short", -1, NULL));
  assert_refused (&training, RW_ERROR_FORMAT, "m.safetensors.checkpoint");
}

/* More steps than at first is allowed, and goes on. */
static void
test_more_steps (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "m.safetensors");
  RwTraining training = make_training (f, out);

  train (&training);
  f->recipe->steps = 30;
  training.resume = TRUE;
  g_assert_cmpuint (train (&training).step, ==, 30);
}

#define ADD(name, func)                                                       \
  g_test_add ("/resume/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("stopped", test_resume_stopped);
  ADD ("killed", test_resume_killed);
  ADD ("drawing", test_drawing);
  ADD ("mismatch", test_resume_mismatch);
  ADD ("more-steps", test_more_steps);
  return g_test_run ();
}
