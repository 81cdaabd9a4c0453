/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of tasks, from core/meson.build.
 */
#include "tasks/task.h"

#include "base/choice.h"

#define RW_ENTRY(name) extern const RwTask rw_task_##name;
#include "tasks.def"
#undef RW_ENTRY

static const RwTask *const entries[] = {
#define RW_ENTRY(name) &rw_task_##name,
#include "tasks.def"
#undef RW_ENTRY
  NULL
};

const RwTask *const *
rw_task_list (void)
{
  return entries;
}

const RwTask *
rw_task_find (const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS (entries)] = { NULL };

  for (guint i = 0; entries[i] != NULL; i++) {
    if (g_str_equal (entries[i]->name, name))
      return entries[i];
    names[i] = entries[i]->name;
  }
  rw_choice_set_error (error, "task", name, names);
  return NULL;
}
