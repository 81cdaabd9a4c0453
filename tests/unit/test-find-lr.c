/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/find-lr.c: the suggestion from made-up curves; a sweep of a small net,
 * the same for any number of threads and without a file; a training with what
 * it suggests.
 */
#include "training.h"

#include "base/parallel.h"
#include "base/random.h"
#include "train/find-lr.h"

#include <math.h>

/* ---- judging ------------------------------------------------------------ */

typedef double (*Curve) (double decade);

/* Points over 1e-7 .. 10, with @noise on the relative loss. */
static RwLrSearch
judge (Curve curve, double noise)
{
  RwLrSearch search = { .points = g_new0 (RwLrPoint, RW_LR_STEPS),
                        .n_points = RW_LR_STEPS };

  for (int i = 0; i < RW_LR_STEPS; i++) {
    const double decade = -7 + 8.0 * i / (RW_LR_STEPS - 1);
    const double random = (double) rw_random_uniform (3, (guint64) i) - 0.5;
    search.points[i].rate = pow (10, decade);
    search.points[i].relative = curve (decade) * (1 + noise * random);
  }
  rw_lr_search_judge (&search);
  return search;
}

/* From 1 to 0.4, most steeply at 1e-3; from 1e-1 on it leaves. */
static double
usual (double decade)
{
  return 1 - 0.6 / (1 + exp (-4 * (decade + 3))) +
         (decade > -1 ? expm1 (8 * (decade + 1)) : 0);
}

static double
rising (double decade)
{
  return exp (decade + 7);
}

static void
test_usual (void)
{
  for (double noise = 0; noise < 0.1; noise += 0.04) {
    RwLrSearch search = judge (usual, noise);
    g_test_message ("noise %g: %g, lowest %g", noise, search.suggestion,
                    search.lowest);
    g_assert_cmpfloat (fabs (log10 (search.suggestion) + 3), <=, 0.25);
    g_assert_cmpfloat (search.lowest, >, search.suggestion);
    g_assert_cmpfloat (search.lowest, <, 0.2);
    rw_lr_search_clear (&search);
  }
}

static void
test_rising (void)
{
  RwLrSearch search = judge (rising, 0);

  g_assert_true (isnan (search.suggestion));
  g_assert_cmpfloat (fabs (search.lowest / 1e-7 - 1), <=, 1e-9);
  rw_lr_search_clear (&search);
  rw_lr_search_judge (&search); /* no point at all */
  g_assert_true (isnan (search.suggestion) && isnan (search.lowest));
}

/* A constant is smoothed to itself, also at the ends; a straight line in the
 * logarithm between them too. */
static double
power (double decade)
{
  return pow (10, -0.1 * decade);
}

static void
test_smooth (void)
{
  RwLrSearch search = judge (power, 0);

  for (int i = 18; i < RW_LR_STEPS - 18; i++)
    g_assert_cmpfloat (
        fabs (search.points[i].smooth / search.points[i].relative - 1), <=,
        1e-9);
  rw_lr_search_clear (&search);
}

/* ---- sweeping ----------------------------------------------------------- */

static RwLrSearch
find (const RwTraining *training)
{
  g_autoptr (GError) error = NULL;
  RwLrSearch search;

  g_assert_true (rw_find_lr (training, NULL, NULL, &search, &error));
  g_assert_no_error (error);
  return search;
}

static double
train_at (Fixture *f, double rate)
{
  g_autofree char *out = scratch_path (&f->scratch, "t.safetensors");
  RwTraining training = make_training (f, out);
  Watch w = { 0 };

  f->recipe->lr = rate;
  training.validation = NULL;
  training.report = watch;
  training.report_data = &w;
  train (&training);
  return w.last_loss;
}

static void
test_sweep (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "s.safetensors");
  g_autoptr (GDir) folder = NULL;
  RwTraining training = make_training (f, out);

  f->recipe->patience = 3; /* neither counts: nothing is validated */
  g_assert_true (
      rw_recipe_set (f->recipe, "schedule", "reduce-on-plateau", NULL));
  rw_parallel_set_threads (1);
  RwLrSearch one = find (&training);
  rw_parallel_set_threads (3);
  RwLrSearch three = find (&training);
  rw_parallel_set_threads (0);
  g_test_message ("%d steps, %g, lowest %g", one.n_points, one.suggestion,
                  one.lowest);
  g_assert_cmpint (one.n_points, ==, three.n_points);
  g_assert_cmpmem (one.points, sizeof (RwLrPoint) * (gsize) one.n_points,
                   three.points, sizeof (RwLrPoint) * (gsize) three.n_points);
  g_assert_cmpfloat (one.points[0].relative, ==, 1);
  g_assert_cmpfloat (one.suggestion, >, 1e-4);
  g_assert_cmpfloat (one.suggestion, <, 1);
  folder = g_dir_open (f->scratch.folder, 0, NULL);
  g_assert_null (g_dir_read_name (folder));
  rw_lr_search_clear (&three);

  f->recipe->patience = 0;
  f->recipe->steps = 60;
  g_assert_true (rw_recipe_set (f->recipe, "schedule", "cosine", NULL));
  const double best = train_at (f, one.suggestion);
  const double low = train_at (f, one.suggestion / 100);
  g_test_message ("loss %g, at a hundredth of the rate %g", best, low);
  g_assert_cmpfloat (best, <, 0.9 * low);
  rw_lr_search_clear (&one);
}

static gboolean
stop_at_five (gpointer data, int step, const RwLrPoint *point)
{
  g_assert_cmpfloat (point->rate, >, 0);
  return step < 5;
}

static void
test_stopped (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "s.safetensors");
  const RwTraining training = make_training (f, out);
  GError *error = NULL;
  RwLrSearch search;

  g_assert_false (rw_find_lr (&training, stop_at_five, NULL, &search, &error));
  assert_error (&error, RW_ERROR_CANCELLED, "stopped at step 6 of 200");
  g_assert_null (search.points);
  g_assert_true (
      rw_recipe_set (f->recipe, "net", "input rgb\nkonv 3\n", NULL));
  g_assert_false (rw_find_lr (&training, NULL, NULL, &search, &error));
  assert_error (&error, RW_ERROR_FORMAT, "net: ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/find-lr/usual", test_usual);
  g_test_add_func ("/find-lr/rising", test_rising);
  g_test_add_func ("/find-lr/smooth", test_smooth);
  g_test_add ("/find-lr/sweep", Fixture, NULL, set_up, test_sweep, tear_down);
  g_test_add ("/find-lr/stopped", Fixture, NULL, set_up, test_stopped,
              tear_down);
  return g_test_run ();
}
