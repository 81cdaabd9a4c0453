/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From a task's description to what GIMP is told.
 */
#include "procedures.h"

#define PREFIX "plug-in-reweave-"

static const char common_help[] =
    "Works on layers, layer masks and channels of any precision; looks at the "
    "surroundings of a selection and changes only what is selected; leaves "
    "alpha as it is.  Of a layer group every layer in it is restored.  "
    "Weights are the path of a weight file, the name of an installed one, or "
    "empty for the task's default.";

GPtrArray *
rw_procedure_list_tasks (void)
{
  GPtrArray *tasks = g_ptr_array_new ();

  for (const RwTaskInfo *const *task = rw_task_list (); *task != NULL;
       task++) {
    if (rw_task_is_plain_filter (*task))
      g_ptr_array_add (tasks, (gpointer) *task);
  }
  return tasks;
}

const RwTaskInfo *
rw_procedure_find_task (const char *procedure)
{
  g_autoptr (GPtrArray) tasks = rw_procedure_list_tasks ();

  if (!g_str_has_prefix (procedure, PREFIX))
    return NULL;
  for (guint i = 0; i < tasks->len; i++) {
    const RwTaskInfo *task = tasks->pdata[i];

    if (g_str_equal (procedure + strlen (PREFIX), task->name))
      return task;
  }
  return NULL;
}

char *
rw_procedure_get_name (const RwTaskInfo *task)
{
  return g_strconcat (PREFIX, task->name, NULL);
}

char *
rw_procedure_get_label (const RwTaskInfo *task)
{
  return g_strconcat ("_", task->title, "\xe2\x80\xa6", NULL);
}

char *
rw_procedure_get_help (const RwTaskInfo *task)
{
  return g_strconcat (task->help, "  ", common_help, NULL);
}
