/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From a call to what is to be done.
 */
#include "choose-task.h"

#include "apply.h"
#include "dialog.h"
#include "procedures.h"

static RwChoice
choose_weights (gboolean interactive,
                RwOptions *options,
                const RwTaskInfo **task,
                GError **error)
{
  if (interactive) {
    g_autofree char *path = rw_dialog_ask_for_weights (options->weights);

    if (path == NULL)
      return RW_CHOICE_CANCEL;
    rw_options_set_weights (options, path);
  }
  *task = rw_procedure_find_task_of (options->weights, error);
  if (*task == NULL)
    return RW_CHOICE_FAIL;
  rw_options_set_task (options, *task);
  return RW_CHOICE_GO;
}

RwChoice
rw_choose_task (const RwTaskInfo *called,
                gboolean interactive,
                RwImage image,
                const GArray *targets,
                RwOptions *options,
                const RwTaskInfo **task,
                GError **error)
{
  *task = called;
  if (called == &rw_procedure_any_task) {
    const RwChoice choice = choose_weights (interactive, options, task, error);

    if (choice != RW_CHOICE_GO)
      return choice;
  }
  if (interactive && !rw_dialog_run (*task, options, targets))
    return RW_CHOICE_CANCEL;
  return RW_CHOICE_GO;
}
