/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of tasks, from core/meson.build.
 */
#include "tasks/task.h"

#include "base/choice.h"
#include "nets/feed.h"

#define RW_ENTRY(name) extern const RwTask rw_task_##name;
#include "tasks.def"
#undef RW_ENTRY

static const RwTask *const entries[] = {
#define RW_ENTRY(name) &rw_task_##name,
#include "tasks.def"
#undef RW_ENTRY
};

static const RwTaskInfo *const infos[] = {
#define RW_ENTRY(name) &rw_task_##name.info,
#include "tasks.def"
#undef RW_ENTRY
  NULL
};

const RwTaskInfo *const *
rw_task_list (void)
{
  return infos;
}

const RwTask *
rw_task_get (const RwTaskInfo *info)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    if (&entries[i]->info == info)
      return entries[i];
  g_return_val_if_reached (NULL);
}

const RwTask *
rw_task_find (const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS (infos)] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    names[i] = entries[i]->info.name;
    if (g_str_equal (names[i], name))
      return entries[i];
  }
  rw_choice_set_error (error, "task", name, names);
  return NULL;
}

const char *
rw_task_get_weights (const RwTask *task, const char *weights)
{
  return weights != NULL && *weights != '\0' ? weights : task->info.weights;
}

int
rw_task_get_extent (const RwTask *task, const RwDamage *damage, int length)
{
  return task->extent != NULL ? task->extent (damage, length) : length;
}

RwDamage
rw_task_pose (const RwTask *task, double value, guint64 key)
{
  const double first = task->eval != NULL ? task->eval[0] : 0;

  return (RwDamage){ .values = { value > 0 ? value : first },
                     .told = 1,
                     .plain = TRUE,
                     .key = key };
}

RwDamage
rw_task_compare (const RwTask *task, const RwPair *pair)
{
  if (task->compare == NULL)
    return (RwDamage){ .told = 1, .plain = TRUE, .blind = TRUE };
  const double value = task->compare (pair);
  return (RwDamage){ .values = { MIN (value, task->info.controls[0].high) },
                     .told = 1,
                     .plain = TRUE };
}

RwTold
rw_task_tell (const RwTask *task, const RwDamage *damage)
{
  if (task->info.n_controls == 0 || damage->blind)
    return (RwTold){ 0 };
  const double told =
      MIN (damage->values[0] * damage->told, task->info.controls[0].high);
  return (RwTold){ .value = (float) task->to_plane (told), .known = TRUE };
}

/* ---- pairs -------------------------------------------------------------- */

gboolean
rw_pair_init (
    RwPair *pair, const RwTask *task, int width, int height, GError **error)
{
  const int scale = task->info.scale;
  const gboolean with_mask = task->info.mask != RW_MASK_NONE;

  *pair = (RwPair){ 0 };
  if (rw_sample_init (&pair->source, rw_task_get_extent (task, NULL, width),
                      rw_task_get_extent (task, NULL, height), FALSE, error) &&
      rw_sample_init (&pair->clean, width, height, FALSE, error) &&
      rw_sample_init (&pair->input, width / scale, height / scale, with_mask,
                      error))
    return TRUE;
  rw_pair_clear (pair);
  return FALSE;
}

void
rw_pair_clear (RwPair *pair)
{
  rw_sample_clear (&pair->source);
  rw_sample_clear (&pair->clean);
  rw_sample_clear (&pair->input);
}

static void
set_size (RwSample *sample, int width, int height)
{
  sample->width = width;
  sample->height = height;
}

void
rw_pair_set_size (RwPair *pair,
                  const RwTask *task,
                  const RwDamage *damage,
                  int width,
                  int height)
{
  set_size (&pair->source, rw_task_get_extent (task, damage, width),
            rw_task_get_extent (task, damage, height));
  set_size (&pair->clean, width, height);
  set_size (&pair->input, width / task->info.scale, height / task->info.scale);
}

void
rw_pair_degrade (RwPair *pair, const RwTask *task, RwDamage *damage)
{
  if (damage->grey && !damage->plain)
    rw_sample_make_grey (&pair->source);
  task->degrade (&pair->source, &pair->clean, &pair->input, damage);
}
