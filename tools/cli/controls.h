/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Options that tasks bring along: "--level", "--quality", one for each control
 * of any task.  One that the task at hand does not have is a mistake of usage.
 */
#pragma once

#include "cli/cli.h"

typedef struct RwCliControls RwCliControls;

RwCliControls *rw_cli_controls_new (void);
void rw_cli_controls_free (RwCliControls *controls); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCliControls, rw_cli_controls_free)

/* Their entries, ended by an empty one; rw_cli_parse takes them besides a
 * command's own.  Borrowed. */
const GOptionEntry *rw_cli_controls_get_entries (RwCliControls *controls);

/* Those that were given, as rw_restore takes them: (transfer full) of RwValue,
 * or NULL with a mistake of usage.  "auto" leaves a control open. */
GArray *rw_cli_controls_get_values (const RwCliControls *controls,
                                    const RwTask *task,
                                    GError **error);

/* The numbers given for the task's first control, with commas between and
 * however often: (transfer full) of double, empty where none was, or NULL with
 * a mistake of usage. */
GArray *rw_cli_controls_get_list (const RwCliControls *controls,
                                  const RwTask *task,
                                  GError **error);
