/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tasks/white-noise.c: the noise's statistics, clipping, grey, and the levels
 * that training draws.
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
  const RwTask *task = rw_task_find ("white-noise", &error);

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

/* The answer is the source. */
static void
degrade_to (
    float *clean, float *degraded, int width, int height, RwDamage *damage)
{
  const RwSample source = { width, height, clean, NULL };
  const gsize n_bytes = 3 * sizeof (float) * (gsize) width * (gsize) height;
  g_autofree float *answer = g_malloc0 (n_bytes);
  g_autofree float *before = g_memdup2 (clean, n_bytes);
  RwSample target = { width, height, answer, NULL },
           input = { width, height, degraded, NULL };

  get_task ()->degrade (&source, &target, &input, damage);
  g_assert_cmpmem (answer, n_bytes, before, n_bytes);
}

static float *
degrade (float *clean, RwDamage damage)
{
  const double level = damage.values[0];
  float *degraded = g_new (float, N);

  degrade_to (clean, degraded, WIDTH, HEIGHT, &damage);
  g_assert_cmpfloat (damage.values[0], ==, level);
  return degraded;
}

/* Mean 0, the deviation asked for, little excess, no correlation. */
static void
test_noise (void)
{
  g_autofree float *clean = make_clean (0, 1);

  for (double level = 5; level <= 75; level += 35) {
    g_autofree float *noisy =
        degrade (clean, (RwDamage){ .values = { level }, .key = SEED });
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
  const RwDamage damage = { .values = { 20 }, .key = 5 };
  g_autofree float *first = degrade (clean, damage);
  g_autofree float *second = degrade (clean, damage);
  g_autofree float *other =
      degrade (clean, (RwDamage){ .values = { 20 }, .key = 6 });

  g_assert_cmpmem (first, N * sizeof (float), second, N * sizeof (float));
  g_assert_cmpint (memcmp (first, other, N * sizeof (float)), !=, 0);
  RwDamage in_place = damage;
  degrade_to (clean, clean, WIDTH, HEIGHT, &in_place);
  g_assert_cmpmem (first, N * sizeof (float), clean, N * sizeof (float));
}

static void
test_clip (void)
{
  g_autofree float *clean = make_clean (-0.2f, 1.2f);
  g_autofree float *plain =
      degrade (clean, (RwDamage){ .values = { 50 }, .key = SEED });
  g_autofree float *clipped = degrade (
      clean, (RwDamage){ .values = { 50 }, .clip = TRUE, .key = SEED });
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
  g_autofree float *noisy = degrade (
      clean, (RwDamage){ .values = { 30 }, .grey = TRUE, .key = SEED });
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
  RwDamage damage = { .values = { 20 }, .key = 5 };
  g_autofree float *whole = degrade (clean, damage);
  float few[3 * 7];

  degrade_to (clean, few, 7, 1, &damage);
  g_assert_cmpmem (few, sizeof few, whole, sizeof few);
}

/* Most levels are those of photographs, a tenth goes up to 75, some are next
 * to nothing, so that clean pictures stay clean; some nets are told too much.
 */
static void
test_draw (void)
{
  const RwTask *task = get_task ();
  const double n = 20000;
  int n_grey = 0, n_clip = 0, n_tiny = 0, n_high = 0, n_over = 0;
  double sum = 0, most = 0;

  for (int i = 0; i < (int) n; i++) {
    RwDamage damage = { 0 };
    task->draw (rw_random_key (SEED, (guint64) i), &damage);
    const double level = damage.values[0];
    g_assert_cmpfloat (level, >, 0);
    g_assert_cmpfloat (level, <=, task->info.controls[0].high);
    g_assert_cmpfloat (damage.told, >=, 1);
    g_assert_cmpfloat (damage.told * level, <=, 75 + 1e-4);
    g_assert_false (damage.blind || damage.plain);
    sum += level;
    most = MAX (most, level);
    n_tiny += level <= 0.5;
    n_high += level > 55;
    n_over += damage.told > 1;
    n_grey += damage.grey;
    n_clip += damage.clip;
  }
  g_assert_cmpfloat (fabs (sum / n - 27.09), <=, 0.6);
  g_assert_cmpfloat (most, >, 74.5);
  g_assert_cmpfloat (fabs (n_tiny / n - 0.0584), <=, 0.005);
  g_assert_cmpfloat (fabs (n_high / n - 0.0253), <=, 0.005);
  g_assert_cmpfloat (fabs (n_over / n - 0.12), <=, 0.01);
  g_assert_cmpfloat (fabs (n_grey / n - 0.1), <=, 0.01);
  g_assert_cmpfloat (fabs (n_clip / n - 0.25), <=, 0.015);
}

/* What the net is told of a level, and what of one that nobody told. */
static void
test_tell (void)
{
  const RwTask *task = get_task ();
  RwDamage damage = rw_task_pose (task, 51, 1);

  g_assert_cmpfloat (task->to_plane (51), ==, 0.2);
  g_assert_cmpfloat (rw_task_tell (task, &damage).value, ==, 0.2f);
  g_assert_true (rw_task_tell (task, &damage).known);
  damage.told = 2; /* at most the highest level */
  g_assert_cmpfloat (rw_task_tell (task, &damage).value, ==, 75.0f / 255);
  damage.blind = TRUE;
  g_assert_cmpfloat (rw_task_tell (task, &damage).value, ==, 0);
  g_assert_false (rw_task_tell (task, &damage).known);
  damage = rw_task_pose (task, 0, 1); /* that of validation */
  g_assert_cmpfloat (damage.values[0], ==, 25);
  g_assert_cmpfloat (damage.told, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/white-noise/noise", test_noise);
  g_test_add_func ("/white-noise/pure", test_pure);
  g_test_add_func ("/white-noise/clip", test_clip);
  g_test_add_func ("/white-noise/grey", test_grey);
  g_test_add_func ("/white-noise/prefix", test_prefix);
  g_test_add_func ("/white-noise/draw", test_draw);
  g_test_add_func ("/white-noise/tell", test_tell);
  return g_test_run ();
}
