/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every task of the list keeps to task.h: what it says of itself, its extent,
 * and damages that are pure functions of their keys.
 */
#include "tasks/task.h"

#include "base/random.h"
#include "damages.h"

#include <math.h>
#include <string.h>

enum {
  SEED = 23,
  SIDE = 32,
  N_DRAWS = 200,
  N_DAMAGED = 24 /* of them: some take a large picture */
};

typedef void (*Check) (const RwTask *task);

static void
check_all (gconstpointer data)
{
  const Check *check = data;
  int n = 0;

  for (const RwTaskInfo *const *t = rw_task_list (); *t != NULL; t++, n++) {
    g_test_message ("task %s", (*t)->name);
    (*check) (rw_task_get (*t));
  }
  g_assert_cmpint (n, >=, 9);
}

/* ---- what it says ------------------------------------------------------- */

static void
assert_sentence (const char *text, gboolean stops)
{
  g_assert_nonnull (text);
  g_assert_cmpuint (strlen (text), >, 0);
  g_assert_true (g_str_has_suffix (text, ".") == stops);
}

static void
check_field (const RwField *field)
{
  g_assert_nonnull (field->name);
  assert_sentence (field->label, FALSE);
  assert_sentence (field->summary, FALSE);
  g_assert_cmpfloat (field->low, <, field->high);
  g_assert_cmpfloat (field->low, <=, field->def);
  g_assert_cmpfloat (field->def, <=, field->high);
  g_assert_cmpint (field->digits, >=, 0);
  g_assert_true ((field->kind == RW_FIELD_CHOICE) == (field->words != NULL));
}

static void
check_declaration (const RwTask *task)
{
  const RwTaskInfo *info = &task->info;

  g_assert_true (task == rw_task_find (info->name, NULL));
  assert_sentence (info->title, FALSE);
  assert_sentence (info->blurb, FALSE);
  assert_sentence (info->help, TRUE);
  assert_sentence (info->done, FALSE);
  g_assert_nonnull (info->category);
  g_assert_nonnull (info->weights);
  g_assert_cmpstr (rw_task_get_weights (task, NULL), ==, info->weights);
  g_assert_cmpstr (rw_task_get_weights (task, ""), ==, info->weights);
  g_assert_cmpstr (rw_task_get_weights (task, "mine"), ==, "mine");
  g_assert_true (info->scale == 1 || info->scale == 2);
  g_assert_true ((info->scale > 1) == (info->kind == RW_TASK_SCALER));
  g_assert_cmpint (info->n_controls, <=, RW_CONTROLS_MAX);
  for (int i = 0; i < info->n_controls; i++)
    check_field (&info->controls[i]);
  g_assert_cmpfloat (task->range_low, <=, 0);
  g_assert_cmpfloat (task->range_high, >=, 1);
  g_assert_true (task->draw != NULL && task->degrade != NULL);
  g_assert_true ((task->eval != NULL) == (info->n_controls > 0));
  g_assert_true ((task->to_plane != NULL) == (info->n_controls > 0));
}

/* Values at which it is measured, and what the planes hold of values. */
static void
check_values (const RwTask *task)
{
  const RwField *field = task->info.controls;
  double last = 0, rises = 0;

  if (task->info.n_controls == 0)
    return;
  g_assert_cmpfloat (task->eval[0], >, 0);
  for (const double *value = task->eval; *value != 0; value++)
    g_assert_true (*value >= field->low && *value <= field->high);
  for (int i = 0; i <= 100; i++) {
    const double plane =
        task->to_plane (field->low + i * (field->high - field->low) / 100);
    g_assert_true (plane >= 0 && plane <= 1);
    if (i > 0 && plane != last) {
      const double direction = plane > last ? 1 : -1;
      g_assert_true (rises == 0 || rises == direction);
      rises = direction;
    }
    last = plane;
  }
  g_assert_cmpfloat (rises, !=, 0);
}

/* ---- damages ------------------------------------------------------------ */

static RwDamage
draw (const RwTask *task, guint64 key)
{
  RwDamage damage;

  memset (&damage, 0xff, sizeof damage); /* all members are set */
  task->draw (key, &damage);
  return damage;
}

static void
assert_same_damage (const RwDamage *a, const RwDamage *b)
{
  g_assert_cmpmem (a->values, sizeof a->values, b->values, sizeof b->values);
  g_assert_cmpfloat (a->told, ==, b->told);
  g_assert_cmpint (a->blind, ==, b->blind);
  g_assert_cmpint (a->plain, ==, b->plain);
  g_assert_cmpint (a->clip, ==, b->clip);
  g_assert_cmpint (a->grey, ==, b->grey);
  g_assert_cmpuint (a->key, ==, b->key);
}

static void
check_told (const RwTask *task, const RwDamage *damage)
{
  const RwTold told = rw_task_tell (task, damage);

  g_assert_true (told.value >= 0 && told.value <= 1);
  g_assert_cmpint (told.known, ==,
                   task->info.n_controls > 0 && !damage->blind);
  g_assert_true (told.known || told.value == 0);
}

static void
check_draws (const RwTask *task)
{
  const int most = rw_task_get_extent (task, NULL, SIDE);
  int n_differ = 0;

  for (guint64 i = 0; i < N_DRAWS; i++) {
    const RwDamage damage = draw (task, rw_random_key (SEED, i)),
                   again = draw (task, rw_random_key (SEED, i)),
                   other = draw (task, rw_random_key (SEED, i + 1));
    const int extent = rw_task_get_extent (task, &damage, SIDE);
    assert_same_damage (&damage, &again);
    n_differ += damage.key != other.key;
    g_assert_cmpint (extent, >=, SIDE);
    g_assert_cmpint (extent, <=, most);
    g_assert_true (damage.blind == FALSE || damage.blind == TRUE);
    g_assert_true (damage.clip == FALSE || damage.clip == TRUE);
    g_assert_true (damage.grey == FALSE || damage.grey == TRUE);
    g_assert_false (damage.plain);
    g_assert_cmpfloat (damage.told, >, 0);
    for (int c = 0; c < RW_CONTROLS_MAX; c++)
      g_assert_true (isfinite (damage.values[c]) && damage.values[c] >= 0);
    check_told (task, &damage);
  }
  g_assert_true (task->info.kind == RW_TASK_STUDY || n_differ == N_DRAWS);
}

static gsize
count_floats (const RwSample *sample)
{
  return (gsize) sample->width * (gsize) sample->height * 3;
}

static void
assert_sane (const RwSample *sample, const float *mask)
{
  const gsize n = count_floats (sample);

  for (gsize i = 0; i < n; i++)
    g_assert_true (isfinite (sample->rgb[i]) && fabsf (sample->rgb[i]) < 4);
  for (gsize i = 0; mask != NULL && i < n / 3; i++)
    g_assert_true (mask[i] == 0 || mask[i] == 1);
}

static void
assert_same_sample (const RwSample *a, const RwSample *b)
{
  const gsize n_bytes = count_floats (a) * sizeof (float);

  g_assert_cmpmem (a->rgb, n_bytes, b->rgb, n_bytes);
  if (a->mask != NULL)
    g_assert_cmpmem (a->mask, n_bytes / 3, b->mask, n_bytes / 3);
}

/* Fills whatever was there before, so that nothing of it counts. */
static RwDamage
do_damage (const RwTask *task, RwPair *pair, RwDamage damage, float before)
{
  rw_pair_set_size (pair, task, &damage, SIDE, SIDE);
  for (gsize i = 0; i < count_floats (&pair->clean); i++)
    pair->clean.rgb[i] = before;
  for (gsize i = 0; i < count_floats (&pair->input); i++)
    pair->input.rgb[i] = before;
  paint (&pair->source, FALSE);
  rw_pair_degrade (pair, task, &damage);
  return damage;
}

static void
check_damage (const RwTask *task, RwPair *one, RwPair *two, RwDamage damage)
{
  const RwDamage a = do_damage (task, one, damage, 0),
                 b = do_damage (task, two, damage, NAN);

  g_assert_cmpint (one->clean.width, ==, SIDE);
  g_assert_cmpint (one->input.width, ==, SIDE / task->info.scale);
  assert_same_damage (&a, &b);
  assert_same_sample (&one->clean, &two->clean);
  assert_same_sample (&one->input, &two->input);
  assert_sane (&one->clean, NULL);
  assert_sane (&one->input, one->input.mask);
  g_assert_true ((one->input.mask != NULL) ==
                 (task->info.mask != RW_MASK_NONE));
  check_told (task, &a);
}

static void
check_degrade (const RwTask *task)
{
  RwPair one, two;

  g_assert_true (rw_pair_init (&one, task, SIDE, SIDE, NULL));
  g_assert_true (rw_pair_init (&two, task, SIDE, SIDE, NULL));
  for (guint64 i = 0; i < N_DAMAGED; i++)
    check_damage (task, &one, &two, draw (task, rw_random_key (SEED, i)));
  for (int i = 0; i == 0 || (task->eval != NULL && task->eval[i] != 0); i++) {
    const double value = task->eval != NULL ? task->eval[i] : 0;
    const RwDamage damage = rw_task_pose (task, value, SEED);
    g_assert_true (damage.plain && damage.values[0] == value);
    check_damage (task, &one, &two, damage);
  }
  rw_pair_clear (&one);
  rw_pair_clear (&two);
}

/* ---- finding ------------------------------------------------------------ */

static void
test_unknown (void)
{
  static const char *const near[][2] = { { "denoize", "\"denoise\"" },
                                         { "white-nose", "\"white-noise\"" },
                                         { "upscal", "\"upscale\"" } };

  for (guint i = 0; i < G_N_ELEMENTS (near); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *words = g_strdup_printf ("did you mean %s?", near[i][1]);
    g_assert_null (rw_task_find (near[i][0], &error));
    g_assert_error (error, RW_ERROR, RW_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message, words));
  }
  g_autoptr (GError) error = NULL;
  g_assert_null (rw_task_find ("sharpen-everything-now", &error));
  g_assert_null (strstr (error->message, "did you mean"));
}

#define ADD(name, check)                                                      \
  do {                                                                        \
    static const Check checks[] = { check };                                  \
    g_test_add_data_func ("/tasks/" name, checks, check_all);                 \
  } while (0)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("declarations", check_declaration);
  ADD ("values", check_values);
  ADD ("draws", check_draws);
  ADD ("degrade", check_degrade);
  g_test_add_func ("/tasks/unknown", test_unknown);
  return g_test_run ();
}
