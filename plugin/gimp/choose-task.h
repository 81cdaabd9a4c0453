/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From a call to what is to be done: the same for every GIMP.
 */
#pragma once

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

typedef enum {
  RW_CHOICE_GO,
  RW_CHOICE_CANCEL, /* by the user */
  RW_CHOICE_FAIL,
} RwChoice;

/* Finds the task of a call of @called's procedure; where that takes weights of
 * any, @options become those of the weights' task, and a person is asked for
 * the weights.  Then a person sees the dialog and may change @options.
 * RW_ERROR_MISMATCH where the image lacks the selection that the task wants,
 * and what rw_procedure_find_task_of reports. */
RwChoice rw_choose_task (const RwTaskInfo *called,
                         gboolean interactive,
                         RwImage image,
                         const GArray *targets,
                         RwOptions *options,
                         const RwTaskInfo **task,
                         GError **error);

G_END_DECLS
