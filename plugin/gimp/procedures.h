/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The procedures that the plug-in offers: one for each task, and one for a
 * weight file of any.  Arguments, menu entry, dialog and saved settings follow
 * from the task's description.
 */
#pragma once

#include "offered.h"

G_BEGIN_DECLS

#define RW_PROCEDURE_MENU "<Image>/Filters/Enhance/Reweave"
#define RW_PROCEDURE_IMAGE_TYPES "RGB*, GRAY*"
#define RW_PROCEDURE_AUTHORS "The reweave authors"
#define RW_PROCEDURE_DATE "2026"
#define RW_PROCEDURE_BINARY "reweave-gimp"

#define RW_WHOLE_IMAGE_BLURB                                                  \
  "Whether all of the image grows, or the layer alone { TRUE, FALSE }"
#define RW_WEIGHTS_BLURB                                                      \
  N_ ("Path or name of a weight file; empty for the default")

/* Stands for the task of whatever weights are given: a name, words and no
 * controls. */
extern const RwTaskInfo rw_procedure_any_task;

/* The tasks, (transfer container) and (element-type RwTaskInfo). */
GPtrArray *rw_procedure_list_tasks (void);

/* The task of the weights @weights (a path or a name).  NULL with what
 * rw_model_load reports, or RW_ERROR_MISMATCH where the plug-in does not offer
 * that task. */
const RwTaskInfo *rw_procedure_find_task_of (const char *weights,
                                             GError **error);

/* The task with that procedure, or NULL. */
const RwTaskInfo *rw_procedure_find_task (const char *procedure);

/* All (transfer full). */
char *rw_procedure_get_name (const RwTaskInfo *task); /* "plug-in-reweave-x" */
char *rw_procedure_get_help (const RwTaskInfo *task); /* in English */

/* Of the menu entry, in English: "_Denoise...", a message of the catalogue,
 * which GIMP 2.10 looks up by itself.  (transfer full) */
char *rw_procedure_get_label (const RwTaskInfo *task);

G_END_DECLS
