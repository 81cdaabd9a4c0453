/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/guard.c: what it keeps, how it goes back, and a training that
 * diverges, stopped or not.
 */
#include "training.h"

#include "train/guard.h"

#include <math.h>

/* ---- the state ---------------------------------------------------------- */

/* After a step that left @loss: parameters are the step's number. */
static void
step (RwTrainState *state, double loss)
{
  state->step++;
  state->loss = loss;
  for (gsize i = 0; i < rw_net_get_n_inner (state->net); i++)
    state->params[i] = (float) state->step;
  rw_guard_keep (state, 3);
}

static void
assert_back_at (RwTrainState *state, guint64 at, guint64 n_retries)
{
  GError *error = NULL;

  g_assert_true (rw_guard_go_back (state, 2, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (state->step, ==, at);
  g_assert_cmpfloat (state->params[0], ==, (float) at);
  g_assert_cmpuint (state->n_retries, ==, n_retries);
  g_assert_cmpfloat (state->rate_scale, ==, pow (0.5, (double) n_retries));
}

static void
test_keep (Fixture *f, gconstpointer data)
{
  g_autoptr (RwNet) net = rw_net_parse (f->recipe->net, NULL);
  g_autoptr (RwTrainState) state =
      rw_train_state_new (net, f->recipe, "data", NULL);
  GError *error = NULL;

  g_assert_false (rw_guard_go_back (state, 2, &error)); /* nothing kept */
  g_assert_no_error (error);
  rw_guard_keep (state, 3);
  for (int i = 0; i < 5; i++)
    step (state, 0.1);
  assert_back_at (state, 3, 1);
  g_assert_cmpfloat (state->loss, ==, 0.1);
  step (state, 0.1);
  step (state, 0.5);
  step (state, 1.1); /* at step 6, but eleven times that of step 3 */
  assert_back_at (state, 3, 2);
  g_assert_false (rw_guard_go_back (state, 2, &error)); /* used up */
  g_assert_no_error (error);
}

/* ---- the trainer -------------------------------------------------------- */

static void
test_diverging (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  Watch w = { 0 };
  const RwTraining training = make_diverging (f, out, &w);
  const RwTrained result = train (&training);

  g_test_message ("%d retries, %g dB", w.n_notes, result.psnr);
  g_assert_cmpint (w.n_notes, >=, 1);
  g_assert_cmpint (w.n_notes, <=, 5);
  g_assert_nonnull (strstr (w.note, "went back to step "));
  g_assert_cmpuint (result.step, ==, 160);
  g_assert_true (isfinite (result.psnr) && isfinite (w.last_loss));
}

static void
test_resumed (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "b.safetensors");
  Watch w = { 0 };
  RwTraining training = make_diverging (f, whole, &w);

  train (&training);
  training.out = parts;
  for (w.stop_at = 3; w.stop_at <= 160; w.stop_at += 5) {
    train (&training);
    training.resume = TRUE;
  }
  w.stop_at = 0;
  train (&training);
  assert_same (whole, parts);
}

static void
test_used_up (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *kept = scratch_path (&f->scratch, "kept");
  g_autofree char *checkpoint = checkpoint_of (out);
  Watch w = { .stop_at = 1 };
  RwTraining training = make_diverging (f, out, &w);

  f->recipe->retries = 1;
  f->recipe->warmup = 20; /* so that half of the rate diverges, too */
  train (&training);
  copy_file (checkpoint, kept);
  training.resume = TRUE;
  w.stop_at = 0;
  assert_refused (&training, RW_ERROR_FORMAT, "also after 1 retries");
  g_assert_cmpint (w.n_notes, ==, 1);
  assert_same_file (checkpoint, kept);
}

/* What has learnt nothing is in nobody's way. */
static void
test_fails_at_the_start (Fixture *f, gconstpointer data)
{
  static const char *const endings[] = { "", ".checkpoint", ".log.csv" };
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  Watch w = { 0 };
  RwTraining training = make_diverging (f, out, &w);

  f->recipe->retries = 0;
  f->recipe->warmup = 0;
  assert_refused (&training, RW_ERROR_FORMAT, "also after 0 retries");
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *path = g_strconcat (out, endings[i], NULL);
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  }
}

#define ADD(name, func)                                                       \
  g_test_add ("/guard/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("keep", test_keep);
  ADD ("diverging", test_diverging);
  ADD ("resumed", test_resumed);
  ADD ("used-up", test_used_up);
  ADD ("fails-at-the-start", test_fails_at_the_start);
  return g_test_run ();
}
