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

const RwTaskInfo rw_procedure_any_task = {
  .name = "restore-with",
  .title = N_ ("Apply Weights"),
  .blurb = N_ ("Restore with a weight file of any task"),
  .help = N_ (
      "Does what the weight file was trained for, with the task's controls "
      "left open."),
  .done = N_ ("restored"),
  .category = "enhance",
  .weights = "",
  .kind = RW_TASK_FILTER,
  .scale = 1,
};

GPtrArray *
rw_procedure_list_tasks (void)
{
  GPtrArray *tasks = g_ptr_array_new ();

  for (const RwTaskInfo *const *task = rw_task_list (); *task != NULL;
       task++) {
    if (rw_task_is_offered (*task))
      g_ptr_array_add (tasks, (gpointer) *task);
  }
  g_ptr_array_add (tasks, (gpointer) &rw_procedure_any_task);
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

const RwTaskInfo *
rw_procedure_find_task_of (const char *weights, GError **error)
{
  g_autoptr (RwModel) model = NULL;
  const RwTaskInfo *task;

  if (weights == NULL || *weights == '\0') {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 _ ("weights: none are given, expected the path or name of a "
                    "weight file; choose one"));
    return NULL;
  }
  model = rw_model_load (NULL, weights, error);
  if (model == NULL)
    return NULL;
  task = rw_model_get_task (model);
  if (rw_task_is_offered (task))
    return task;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("%s: its task is \"%s\", expected one that gives a "
                  "picture; choose other weights"),
               weights, task->name);
  return NULL;
}

char *
rw_procedure_get_name (const RwTaskInfo *task)
{
  return g_strconcat (PREFIX, task->name, NULL);
}

/* What rw_procedure_get_label makes, for translators: one a task. */
G_GNUC_UNUSED static const char *const labels[] = {
  N_ ("_Denoise…"),
  N_ ("_JPEG Artifacts…"),
  N_ ("_Deblur…"),
  N_ ("_Low Light…"),
  N_ ("_Inpaint…"),
  N_ ("_Upscale…"),
  N_ ("_Restore Old Picture…"),
  N_ ("_White Noise…"),
  N_ ("_Apply Weights…"),
};

char *
rw_procedure_get_label (const RwTaskInfo *task)
{
  return g_strconcat ("_", task->title, "…", NULL);
}

char *
rw_procedure_get_help (const RwTaskInfo *task)
{
  const char *own = task->mask != RW_MASK_NONE
                        ? "  What is selected is made up, and where nothing "
                          "is, what looks like scratches and dust."
                    : task->scale > 1 ? "  The selection does not count."
                                      : "";

  return g_strconcat (task->help, own, "  ", common_help, NULL);
}
