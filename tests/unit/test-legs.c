/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Trainings in several legs: what is taken up, and the history that the weight
 * file keeps.
 */
#include "training.h"

#include "train/legs.h"
#include "weights/weights.h"

#include <math.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- text --------------------------------------------------------------- */

static void
test_text (void)
{
  static const char text[] =
      "steps=24 seed=5\n"
      "steps=9007199254740992 seed=1 parent=" HASH
      " seconds=12.5 machine=2 threads, AVX-512 and 1 thread, AVX2\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) legs = rw_legs_parse (text, "test", &error);
  g_autoptr (GString) again = g_string_new (NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (legs->len, ==, 2);
  const RwLeg *first = legs->pdata[0], *second = legs->pdata[1];
  g_assert_cmpuint (first->steps, ==, 24);
  g_assert_cmpuint (first->seed, ==, 5);
  g_assert_true (isnan (first->seconds));
  g_assert_null (first->machine);
  g_assert_null (first->parent);
  g_assert_cmpfloat (second->seconds, ==, 12.5);
  g_assert_cmpstr (second->machine, ==,
                   "2 threads, AVX-512 and 1 thread, AVX2");
  g_assert_cmpstr (second->parent, ==, HASH);
  for (guint i = 0; i < legs->len; i++) {
    g_autofree char *line = rw_leg_to_text (legs->pdata[i]);
    g_string_append (again, line);
  }
  g_assert_cmpstr (again->str, ==, text);
  g_assert_cmpuint (rw_legs_count_steps ("steps=3 seed=0\nsteps=4 seed=1\n"),
                    ==, 7);
}

static void
test_broken (void)
{
  static const char *const texts[] = {
    "x",
    "seed=1 steps=2",
    "steps= seed=1",
    "steps=-1 seed=1",
    "steps=1e3 seed=1",
    "steps=99999999999999999999 seed=1",
    "steps=1 seed=x",
    "steps=1 seed=1 seconds=nan",
    "steps=1 seed=1 seconds=-1",
    "steps=1 seed=1 seconds=1x",
    "steps=1 seed=1 word",
    "steps=1 seed=1\nsteps",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    GError *error = NULL;
    g_assert_null (rw_legs_parse (texts[i], "a file", &error));
    assert_error (&error, RW_ERROR_FORMAT, "is no leg of a training");
  }
  g_autoptr (GString) many = g_string_new (NULL);
  for (int i = 0; i < 1001; i++)
    g_string_append (many, "steps=1 seed=1\n");
  GError *error = NULL;
  g_assert_null (rw_legs_parse (many->str, "a file", &error));
  assert_error (&error, RW_ERROR_FORMAT, "line 1001");
  g_string_truncate (many, many->len - strlen ("steps=1 seed=1\n"));
  g_assert_true (rw_legs_check (many->str, "a file", NULL));
}

static void
test_machine (void)
{
  g_autofree char *machine = NULL;

  rw_set_threads (3);
  rw_legs_add_machine (&machine);
  g_assert_true (g_str_has_prefix (machine, "3 threads, "));
  g_autofree char *once = g_strdup (machine);
  rw_legs_add_machine (&machine);
  g_assert_cmpstr (machine, ==, once);
  rw_set_threads (1);
  rw_legs_add_machine (&machine);
  g_assert_nonnull (strstr (machine, " and 1 thread, "));
  rw_set_threads (0);
}

/* ---- trainings ---------------------------------------------------------- */

static char *
get_metadata (const char *path, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwWeights) weights = rw_weights_load (path, &error);

  g_assert_no_error (error);
  return g_strdup (g_hash_table_lookup (weights->metadata, key));
}

static char *
get_digest (const char *path)
{
  g_autoptr (RwWeights) weights = rw_weights_load (path, NULL);

  return g_strdup (weights->digest);
}

/* Two legs of 12 with the checkpoint give the weights of one training of 24,
 * and the second leg's files tell of both; a kill in the second changes
 * nothing. */
static void
test_with_checkpoint (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *first = scratch_path (&f->scratch, "first.safetensors");
  g_autofree char *second = scratch_path (&f->scratch, "second.safetensors");
  g_autofree char *killed = scratch_path (&f->scratch, "killed.safetensors");
  g_autofree char *history = NULL, *want = NULL, *parent = NULL;
  RwTraining training = make_training (f, whole);
  Watch w = { .stop_at = 17 };

  g_assert_true (rw_recipe_set (f->recipe, "schedule", "constant", NULL));
  train (&training);
  f->recipe->steps = 12;
  training.out = first;
  train (&training);

  f->recipe->steps = 24;
  training.out = second;
  training.from = first;
  training.continues = TRUE;
  training.note = count_note;
  training.report_data = &w;
  train (&training);
  g_assert_nonnull (strstr (w.note, "from step 12 with the optimiser's"));
  g_autoptr (RwWeights) a = rw_weights_load (whole, NULL);
  g_autoptr (RwWeights) b = rw_weights_load (second, NULL);
  g_assert_cmpmem (a->params, rw_net_get_n_inner (a->net) * sizeof (float),
                   b->params, rw_net_get_n_inner (b->net) * sizeof (float));
  history = get_metadata (second, "history");
  parent = get_digest (first);
  want =
      g_strdup_printf ("steps=12 seed=5\nsteps=12 seed=5 parent=%s\n", parent);
  g_assert_cmpstr (history, ==, want);
  g_assert_cmpstr (g_hash_table_lookup (b->metadata, "parent"), ==, parent);
  g_assert_cmpstr (g_hash_table_lookup (b->metadata, "steps"), ==, "24");

  training.out = killed;
  training.report = watch;
  g_assert_true (train (&training).stopped);
  training.continues = FALSE;
  training.from = NULL;
  training.resume = TRUE;
  w.stop_at = 0;
  train (&training);
  assert_same (second, killed);
}

/* Another rate, loss and schedule in the next leg. */
static void
test_other_recipe (Fixture *f, gconstpointer data)
{
  g_autofree char *first = scratch_path (&f->scratch, "first.safetensors");
  g_autofree char *second = scratch_path (&f->scratch, "second.safetensors");
  RwTraining training = make_training (f, first);
  Watch w = { 0 };

  train (&training);
  f->recipe->steps = 30;
  f->recipe->lr = 0.001;
  g_assert_true (rw_recipe_set (f->recipe, "loss", "mse", NULL));
  g_assert_true (rw_recipe_set (f->recipe, "schedule", "linear", NULL));
  training.out = second;
  training.from = first;
  training.continues = TRUE;
  training.note = count_note;
  training.report_data = &w;
  g_assert_cmpuint (train (&training).step, ==, 30);
  g_assert_nonnull (strstr (w.note, "from step 24 with the optimiser's"));

  /* the optimiser's state is of no use to another optimiser */
  g_autofree char *third = scratch_path (&f->scratch, "third.safetensors");
  g_assert_true (rw_recipe_set (f->recipe, "optimizer", "sgd", NULL));
  training.out = third;
  w.n_notes = 0;
  g_assert_cmpuint (train (&training).step, ==, 30);
  g_assert_cmpint (w.n_notes, ==, 2);
  g_assert_nonnull (strstr (w.note, "with the weights alone"));
}

/* Collects the rates. */
static gboolean
note_rate (gpointer data, const RwTrainReport *report)
{
  g_array_append_val (data, report->learning_rate);
  return report->step != 27;
}

/* On another machine: the weights alone, a rise from their step on, and the
 * same bytes after a stop. */
static void
test_without_checkpoint (Fixture *f, gconstpointer data)
{
  g_autofree char *first = scratch_path (&f->scratch, "first.safetensors");
  g_autofree char *checkpoint = checkpoint_of (first);
  g_autofree char *second = scratch_path (&f->scratch, "second.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  g_autoptr (GArray) rates = g_array_new (FALSE, FALSE, sizeof (double));
  RwTraining training = make_training (f, first);

  g_assert_true (rw_recipe_set (f->recipe, "schedule", "constant", NULL));
  train (&training);
  g_assert_cmpint (g_remove (checkpoint), ==, 0);
  f->recipe->steps = 34;
  training.from = first;
  training.continues = TRUE;
  training.out = second;
  g_assert_cmpuint (train (&training).step, ==, 34);

  training.out = parts;
  training.report = note_rate;
  training.report_data = rates;
  g_assert_true (train (&training).stopped);
  training.from = NULL;
  training.continues = FALSE;
  training.resume = TRUE;
  g_assert_false (train (&training).stopped);
  assert_same (second, parts);
  g_assert_cmpuint (rates->len, ==, 10);
  for (guint i = 0; i < rates->len; i++) /* warmup = 4 */
    g_assert_cmpfloat_with_epsilon (g_array_index (rates, double, i),
                                    0.003 * MIN (4, i + 1) / 4, 1e-12);
}

/* A file that tells no history goes on from the steps that it names; one with
 * a broken history is refused. */
static void
test_old_file (Fixture *f, gconstpointer data)
{
  g_autofree char *first = scratch_path (&f->scratch, "first.safetensors");
  g_autofree char *old = scratch_path (&f->scratch, "old.safetensors");
  g_autofree char *next = scratch_path (&f->scratch, "next.safetensors");
  RwTraining training = make_training (f, first);

  train (&training);
  g_autoptr (RwWeights) weights = rw_weights_load (first, NULL);
  g_hash_table_remove (weights->metadata, "history");
  g_assert_true (rw_weights_save (old, weights->net, weights->params,
                                  weights->metadata, RW_DTYPE_F32, NULL));
  f->recipe->steps = 26;
  training.from = old;
  training.continues = TRUE;
  training.out = next;
  g_assert_cmpuint (train (&training).step, ==, 26);
  g_autofree char *history = get_metadata (next, "history");
  g_assert_true (g_str_has_prefix (history, "steps=24 seed=5\nsteps=2 "));

  g_hash_table_insert (weights->metadata, g_strdup ("history"),
                       g_strdup ("a long time"));
  g_assert_true (rw_weights_save (old, weights->net, weights->params,
                                  weights->metadata, RW_DTYPE_F32, NULL));
  assert_refused (&training, RW_ERROR_FORMAT, "is no leg of a training");
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  g_autofree char *first = scratch_path (&f->scratch, "first.safetensors");
  g_autofree char *second = scratch_path (&f->scratch, "second.safetensors");
  RwTraining training = make_training (f, first);

  train (&training);
  training.from = first;
  training.continues = TRUE;
  training.out = second;
  assert_refused (&training, RW_ERROR_MISMATCH, "has done 24 steps already");
  training.task = rw_task_find ("dejpeg", NULL);
  assert_refused (&training, RW_ERROR_MISMATCH, "dejpeg");
}

/* Only where it is asked for do time and machine stand in the file. */
static void
test_record (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "m.safetensors");
  RwTraining training = make_training (f, out);

  train (&training);
  g_autofree char *plain = get_metadata (out, "history");
  g_assert_cmpstr (plain, ==, "steps=24 seed=5\n");
  training.record = TRUE;
  train (&training);
  g_autofree char *told = get_metadata (out, "history");
  g_autoptr (GPtrArray) legs = rw_legs_parse (told, "test", NULL);
  g_autofree char *machine = rw_legs_describe_machine ();
  const RwLeg *leg = legs->pdata[0];
  g_assert_cmpfloat (leg->seconds, >, 0);
  g_assert_cmpstr (leg->machine, ==, machine);
}

#define ADD(name, func)                                                       \
  g_test_add ("/legs/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/legs/text", test_text);
  g_test_add_func ("/legs/broken", test_broken);
  g_test_add_func ("/legs/machine", test_machine);
  ADD ("with-checkpoint", test_with_checkpoint);
  ADD ("other-recipe", test_other_recipe);
  ADD ("without-checkpoint", test_without_checkpoint);
  ADD ("old-file", test_old_file);
  ADD ("refusals", test_refusals);
  ADD ("record", test_record);
  return g_test_run ();
}
