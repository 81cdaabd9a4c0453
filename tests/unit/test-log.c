/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/log.c: rows as they should be, and each step once, however often the
 * training was stopped, killed or sent back.
 */
#include "training.h"

#include "train/log.h"

#include <math.h>

#define HEADER                                                                \
  "step,loss,learning_rate,gradient_norm,validation_psnr,training_psnr\n"

static void
assert_text (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static RwTrainLog *
open_log (const char *path, guint64 step)
{
  GError *error = NULL;
  RwTrainLog *log = rw_train_log_open (path, step, &error);

  g_assert_no_error (error);
  return log;
}

static void
add (RwTrainLog *log, guint64 step, gboolean validated)
{
  const RwTrainReport report = { .step = step,
                                 .loss = 0.5,
                                 .learning_rate = 1e-3,
                                 .gradient_norm = 2,
                                 .score = 30.25,
                                 .training_psnr = NAN,
                                 .validated = validated };

  g_assert_true (rw_train_log_add (log, &report, NULL));
}

static void
test_rows (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.csv");
  RwTrainLog *log = open_log (path, 0);

  add (log, 1, FALSE);
  add (log, 2, TRUE);
  add (log, 3, FALSE);
  g_assert_true (rw_train_log_sync (log, NULL));
  assert_text (path, HEADER "1,0.5,0.001,2,,\n2,0.5,0.001,2,30.25,\n"
                            "3,0.5,0.001,2,,\n");
  g_assert_true (rw_train_log_rewind (log, 1, NULL));
  add (log, 2, FALSE);
  rw_train_log_free (log);
  assert_text (path, HEADER "1,0.5,0.001,2,,\n2,0.5,0.001,2,,\n");
  rw_train_log_free (open_log (path, 0)); /* anew */
  assert_text (path, HEADER);
}

/* What a kill leaves: rows after the checkpoint, and half a row. */
static void
test_cut (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.csv");
  static const char *const left[] = {
    HEADER "1,0.5,0.001,2,,\n2,0.5,0.001,2,,\n3,0.5",
    HEADER "1,0.5,0.001,2,,\n2,0.5,0.001,2,,\n3,0.5,0.001,2,,\n4,1,1,1,,\n",
    HEADER "1,0.5,0.001,2,,\n2,0.5,0.001,2,,\n2,0.5,0.001,2,,\n",
    HEADER "1,0.5,0.001,2,,\n2,0.5,0.001,2,,\nrubbish\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (left); i++) {
    g_assert_true (g_file_set_contents (path, left[i], -1, NULL));
    RwTrainLog *log = open_log (path, 2);
    add (log, 3, FALSE);
    rw_train_log_free (log);
    assert_text (path, HEADER "1,0.5,0.001,2,,\n2,0.5,0.001,2,,\n"
                              "3,0.5,0.001,2,,\n");
  }
  g_unlink (path); /* somebody took it away */
  rw_train_log_free (open_log (path, 2));
  assert_text (path, HEADER);
}

static void
test_refusals (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.csv");
  g_autofree char *missing = scratch_path (scratch, "no/a.csv");
  GError *error = NULL;

  g_assert_true (g_file_set_contents (path, "my,own,table\n", -1, NULL));
  g_assert_null (rw_train_log_open (path, 2, &error));
  assert_error (&error, RW_ERROR_FORMAT, "its first line is another one");
  assert_text (path, "my,own,table\n");
  g_assert_null (rw_train_log_open (missing, 0, &error));
  assert_error (&error, RW_ERROR_IO, "could not be written");
  g_assert_null (rw_train_log_open ("/dev/full", 0, &error));
  assert_error (&error, RW_ERROR_IO, "could not be written");
}

/* ---- the trainer's ------------------------------------------------------ */

static char *
log_of (const char *path)
{
  return g_strdup_printf ("%s.log.csv", path);
}

/* Steps 1 to @n, each once. */
static void
assert_steps (const char *path, guint64 n)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, n + 2);
  for (guint64 i = 1; i <= n; i++)
    g_assert_cmpuint (g_ascii_strtoull (lines[i], NULL, 10), ==, i);
}

static void
test_trainer (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "b.safetensors");
  g_autofree char *log = log_of (whole), *other = log_of (parts);
  g_autofree char *checkpoint = checkpoint_of (parts);
  g_autofree char *kept = scratch_path (&f->scratch, "kept");
  RwTraining training = make_training (f, whole);
  Watch w = { .stop_at = 9 };

  f->recipe->steps = 40;
  training.capacity = TRUE;
  train (&training);
  assert_steps (log, 40);
  training.out = parts;
  training.report = watch;
  training.report_data = &w;
  train (&training);
  copy_file (checkpoint, kept);
  training.resume = TRUE;
  w.stop_at = 16;
  train (&training);
  copy_file (kept, checkpoint); /* as if killed after step 16 */
  w.stop_at = 0;
  train (&training);
  assert_same (whole, parts);
  assert_same_file (log, other);
}

/* The guard sends it back. */
static void
test_diverging (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *log = log_of (out);
  Watch w = { 0 };
  RwTraining training = make_diverging (f, out, &w);

  train (&training);
  g_assert_cmpint (w.n_notes, >=, 1);
  assert_steps (log, 160);
}

#define ADD(name, fixture, up, func, down)                                    \
  g_test_add ("/log/" name, fixture, NULL, up, func, down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("rows", Scratch, scratch_set_up, test_rows, scratch_tear_down);
  ADD ("cut", Scratch, scratch_set_up, test_cut, scratch_tear_down);
  ADD ("refusals", Scratch, scratch_set_up, test_refusals, scratch_tear_down);
  ADD ("trainer", Fixture, set_up, test_trainer, tear_down);
  ADD ("diverging", Fixture, set_up, test_diverging, tear_down);
  return g_test_run ();
}
