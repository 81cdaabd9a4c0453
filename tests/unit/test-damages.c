/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the damages of all tasks promise: pure functions of the key, which need
 * no more of the source than they ask for, keep grey pictures grey, and give
 * colours in 0..1 that a file of 8 bits can hold.
 */
#include "damages.h"

#include "tasks/deblur.h"
#include "tasks/inpaint.h"
#include "tasks/lowlight.h"
#include "tasks/restore-damage.h"
#include "tasks/scratch-damage.h"
#include "tasks/upscale.h"

enum { N_KEYS = 60 };

#define DAMAGER(name, scale)                                                  \
  {                                                                           \
#name, scale, rw_##name##_draw, rw_##name##_extent, rw_##name##_degrade   \
  }

static const Damager tasks[] = {
  DAMAGER (upscale, 2),  DAMAGER (inpaint, 1), DAMAGER (deblur, 1),
  DAMAGER (lowlight, 1), DAMAGER (restore, 1), DAMAGER (scratch, 1),
};

static RwDamage
draw (const Damager *task, guint64 key)
{
  RwDamage damage;

  memset (&damage, 0xa5, sizeof damage); /* all of it has to be set */
  task->draw (rw_random_key (31, key), &damage);
  return damage;
}

/* The same key, the same bits; another one, others. */
static void
test_pure (gconstpointer data)
{
  const Damager *task = data;
  int n_other = 0;

  for (guint64 key = 0; key < N_KEYS; key++) {
    const RwDamage damage = draw (task, key), again = draw (task, key);
    RwDamage other = damage;
    other.key++;
    g_assert_cmpmem (&damage, sizeof damage, &again, sizeof again);
    Pair a = make_pair (task, damage, 44, 38);
    Pair b = make_pair (task, again, 44, 38);
    Pair c = make_pair (task, other, 44, 38);
    g_assert_cmpmem (a.clean.rgb, count (&a.clean) * 4, b.clean.rgb,
                     count (&b.clean) * 4);
    g_assert_cmpmem (a.input.rgb, count (&a.input) * 4, b.input.rgb,
                     count (&b.input) * 4);
    g_assert_cmpmem (a.input.mask, count (&a.input) / 3 * 4, b.input.mask,
                     count (&b.input) / 3 * 4);
    g_assert_cmpmem (&a.damage, sizeof a.damage, &b.damage, sizeof b.damage);
    n_other += memcmp (a.input.rgb, c.input.rgb, count (&a.input) * 4) != 0;
    clear_pair (&a);
    clear_pair (&b);
    clear_pair (&c);
  }
  g_assert_cmpint (n_other, >=, task->scale == 2 ? N_KEYS / 10 : N_KEYS / 2);
}

/* What lies around the source does not count: every pixel beyond is not a
 * number here, and a result that used one would not be one either. */
static void
test_extent (gconstpointer data)
{
  const Damager *task = data;

  for (guint64 key = 0; key < N_KEYS; key++) {
    const RwDamage damage = draw (task, key);
    const int width = 40, height = 26;
    const int w = task->extent (&damage, width);
    const int h = task->extent (&damage, height);
    const gsize n = (gsize) w * (gsize) h * 3, around = (gsize) w * 3 * 30;
    Pair pair = make_pair (task, damage, width, height);
    RwSample clean = make_sample (width, height);
    RwSample input = make_sample (width / task->scale, height / task->scale);
    RwSample source = { w, h, NULL, NULL };
    RwDamage same = damage;
    g_autofree float *memory = g_new (float, n + 2 * around);

    g_assert_cmpint (w, >=, width);
    g_assert_cmpint (w - width, ==, h - height);
    for (gsize i = 0; i < n + 2 * around; i++)
      memory[i] = NAN;
    source.rgb = memory + around;
    memcpy (source.rgb, pair.source.rgb, n * sizeof (float));
    task->degrade (&source, &clean, &input, &same);
    g_assert_cmpmem (clean.rgb, count (&clean) * 4, pair.clean.rgb,
                     count (&clean) * 4);
    g_assert_cmpmem (input.rgb, count (&input) * 4, pair.input.rgb,
                     count (&input) * 4);
    clear_sample (&clean);
    clear_sample (&input);
    clear_pair (&pair);
  }
}

static void
assert_grey (const RwSample *sample)
{
  for (gsize i = 0; i < count (sample); i += 3) {
    g_assert_cmpfloat (sample->rgb[i], ==, sample->rgb[i + 1]);
    g_assert_cmpfloat (sample->rgb[i], ==, sample->rgb[i + 2]);
  }
}

static void
test_grey (gconstpointer data)
{
  const Damager *task = data;

  for (guint64 key = 0; key < N_KEYS; key++) {
    RwDamage damage = draw (task, key);
    damage.grey = TRUE;
    Pair pair = make_pair (task, damage, 48, 36);
    assert_grey (&pair.clean);
    assert_grey (&pair.input);
    clear_pair (&pair);
  }
}

/* Finite, in 0..1; whole numbers of 1/255 unless the task leaves pixels as
 * they are. */
static void
test_values (gconstpointer data)
{
  const Damager *task = data;
  const gboolean rounds = strcmp (task->name, "inpaint") != 0;
  const int widths[] = { 64, 33, 8, 130 }, heights[] = { 48, 9, 70, 131 };

  for (guint64 key = 0; key < 4 * N_KEYS; key++) {
    const RwDamage damage = draw (task, key);
    const int width = widths[key % 4] / task->scale * task->scale;
    const int height = heights[key % 4] / task->scale * task->scale;
    Pair pair = make_pair (task, damage, width, height);
    for (gsize i = 0; i < count (&pair.clean); i++)
      g_assert_true (pair.clean.rgb[i] >= 0 && pair.clean.rgb[i] <= 1);
    for (gsize i = 0; i < count (&pair.input); i++) {
      const double value = 255 * (double) pair.input.rgb[i];
      g_assert_true (value >= 0 && value <= 255);
      if (rounds)
        g_assert_cmpfloat (fabs (value - rint (value)), <, 1e-4);
    }
    for (int i = 0; i < RW_CONTROLS_MAX; i++)
      g_assert_true (isfinite (pair.damage.values[i]));
    clear_pair (&pair);
  }
}

static void
test_draw (gconstpointer data)
{
  const Damager *task = data;
  const int n = 20000;
  int n_grey = 0;

  for (int i = 0; i < n; i++) {
    const RwDamage damage = draw (task, (guint64) i);
    g_assert_true (damage.told > 0.2 && damage.told < 4);
    g_assert_true (damage.clip);
    n_grey += damage.grey;
  }
  g_assert_cmpfloat (fabs (n_grey / (double) n - 0.1), <=, 0.01);
}

static void
add (const char *what, const Damager *task, GTestDataFunc function)
{
  g_autofree char *path = g_strdup_printf ("/%s/%s", task->name, what);

  g_test_add_data_func (path, task, function);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tasks); i++) {
    add ("pure", &tasks[i], test_pure);
    add ("extent", &tasks[i], test_extent);
    add ("grey", &tasks[i], test_grey);
    add ("values", &tasks[i], test_values);
    add ("draw", &tasks[i], test_draw);
  }
  return g_test_run ();
}
