/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/denoise.c: the noise's statistics, clipping, grey, and the levels that
 * training draws.
 */
#include "tasks/task.h"

#include "reweave.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

enum { SEED = 14, WIDTH = 250, HEIGHT = 201, N = WIDTH * HEIGHT * 3 };

static const RwTask *
get_task (void)
{
  g_autoptr (GError) error = NULL;
  const RwTask *task = rw_task_find ("denoise", &error);

  g_assert_no_error (error);
  return task;
}

static float *
make_clean (float low, float high)
{
  float *clean = g_new (float, N);

  for (int i = 0; i < N; i++)
    clean[i] = low + (high - low) * rw_random_uniform (SEED, (guint64) i);
  return clean;
}

static float *
degrade (const float *clean, RwDamage damage)
{
  float *degraded = g_new (float, N);

  get_task ()->degrade (clean, degraded, WIDTH, HEIGHT, &damage);
  return degraded;
}

/* Mean 0, the deviation asked for, little excess, no correlation. */
static void
test_noise (void)
{
  g_autofree float *clean = make_clean (0, 1);

  for (double level = 5; level <= 75; level += 35) {
    g_autofree float *noisy =
        degrade (clean, (RwDamage){ .level = level, .key = SEED });
    double sum = 0, squares = 0, fourth = 0, pairs = 0, last = 0;
    for (int i = 0; i < N; i++) {
      const double d = ((double) noisy[i] - (double) clean[i]) * 255 / level;
      sum += d;
      squares += d * d;
      fourth += d * d * d * d;
      pairs += d * last;
      last = d;
    }
    g_assert_cmpfloat (fabs (sum / N), <=, 0.015);
    g_assert_cmpfloat (fabs (squares / N - 1), <=, 0.02);
    g_assert_cmpfloat (fabs (fourth / N - 3), <=, 0.15);
    g_assert_cmpfloat (fabs (pairs / N), <=, 0.015);
  }
}

static void
test_pure (void)
{
  g_autofree float *clean = make_clean (0, 1);
  const RwDamage damage = { .level = 20, .key = 5 };
  g_autofree float *first = degrade (clean, damage);
  g_autofree float *second = degrade (clean, damage);
  g_autofree float *other =
      degrade (clean, (RwDamage){ .level = 20, .key = 6 });

  g_assert_cmpmem (first, N * sizeof (float), second, N * sizeof (float));
  g_assert_cmpint (memcmp (first, other, N * sizeof (float)), !=, 0);
  get_task ()->degrade (clean, clean, WIDTH, HEIGHT, &damage); /* in place */
  g_assert_cmpmem (first, N * sizeof (float), clean, N * sizeof (float));
}

static void
test_clip (void)
{
  g_autofree float *clean = make_clean (-0.2f, 1.2f);
  g_autofree float *plain =
      degrade (clean, (RwDamage){ .level = 50, .key = SEED });
  g_autofree float *clipped =
      degrade (clean, (RwDamage){ .level = 50, .clip = TRUE, .key = SEED });
  int n_outside = 0;

  for (int i = 0; i < N; i++) {
    const double value = fmin (fmax ((double) plain[i], 0), 1) * 255;
    const double got = (double) clipped[i] * 255;
    n_outside += plain[i] < 0 || plain[i] > 1;
    g_assert_cmpfloat (fabs (got - rint (got)), <=, 1e-4);
    g_assert_cmpfloat (fabs (got - value), <=, 0.5 + 1e-4);
  }
  g_assert_cmpint (n_outside, >, N / 10);
}

static void
test_grey (void)
{
  g_autofree float *clean = make_clean (0, 1);

  for (int i = 0; i < N; i++)
    clean[i] = clean[i / 3 * 3];
  g_autofree float *noisy =
      degrade (clean, (RwDamage){ .level = 30, .grey = TRUE, .key = SEED });
  double squares = 0;
  for (int i = 0; i < N; i += 3) {
    const double d = ((double) noisy[i] - (double) clean[i]) * 255 / 30;
    squares += d * d;
    g_assert_cmpfloat (noisy[i], ==, noisy[i + 1]);
    g_assert_cmpfloat (noisy[i], ==, noisy[i + 2]);
  }
  g_assert_cmpfloat (fabs (squares / (N / 3) - 1), <=, 0.03);
}

/* One pixel of a larger picture has the same noise however large it is drawn.
 */
static void
test_prefix (void)
{
  g_autofree float *clean = make_clean (0, 1);
  const RwDamage damage = { .level = 20, .key = 5 };
  g_autofree float *whole = degrade (clean, damage);
  float few[3 * 7];

  get_task ()->degrade (clean, few, 7, 1, &damage);
  g_assert_cmpmem (few, sizeof few, whole, sizeof few);
}

static void
test_draw (void)
{
  const RwTask *task = get_task ();
  const int n = 20000;
  int n_grey = 0, n_clip = 0, n_tiny = 0;
  double sum = 0, most = 0;

  for (int i = 0; i < n; i++) {
    RwDamage damage = { 0 };
    task->draw (rw_random_key (SEED, (guint64) i), &damage);
    g_assert_cmpfloat (damage.level, >, 0);
    g_assert_cmpfloat (damage.level, <=, task->level_max);
    sum += damage.level;
    most = MAX (most, damage.level);
    n_tiny += damage.level <= 0.5;
    n_grey += damage.grey;
    n_clip += damage.clip;
  }
  g_assert_cmpfloat (fabs (sum / n - 0.98 * 37.5), <=, 0.6);
  g_assert_cmpfloat (most, >, 74.5);
  g_assert_cmpfloat (fabs (n_tiny / (double) n - 0.0265), <=, 0.005);
  g_assert_cmpfloat (fabs (n_grey / (double) n - 0.1), <=, 0.01);
  g_assert_cmpfloat (fabs (n_clip / (double) n - 0.25), <=, 0.015);
}

static void
test_declarations (void)
{
  for (const RwTask *const *t = rw_task_list (); *t != NULL; t++) {
    const RwTask *task = *t;
    g_assert_true (task == rw_task_find (task->name, NULL));
    g_assert_nonnull (task->label);
    g_assert_nonnull (task->blurb);
    g_assert_false (g_str_has_suffix (task->blurb, "."));
    g_assert_nonnull (task->level_unit);
    g_assert_nonnull (task->default_weights);
    g_assert_cmpfloat (task->level_eval, <=, task->level_max);
    g_assert_true ((task->level_eval > 0) == (task->level_max > 0));
    g_assert_cmpfloat (task->range_low, <=, 0);
    g_assert_cmpfloat (task->range_high, >=, 1);
    g_assert_true (task->degrade != NULL && task->draw != NULL &&
                   task->estimate_level != NULL);
  }
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_task_find ("denoize", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "did you mean \"denoise\"?"));
  g_clear_error (&error);
  g_assert_null (rw_task_find ("sharpen-everything-now", &error));
  g_assert_null (strstr (error->message, "did you mean"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/denoise/noise", test_noise);
  g_test_add_func ("/denoise/pure", test_pure);
  g_test_add_func ("/denoise/clip", test_clip);
  g_test_add_func ("/denoise/grey", test_grey);
  g_test_add_func ("/denoise/prefix", test_prefix);
  g_test_add_func ("/denoise/draw", test_draw);
  g_test_add_func ("/denoise/declarations", test_declarations);
  g_test_add_func ("/denoise/unknown", test_unknown);
  return g_test_run ();
}
