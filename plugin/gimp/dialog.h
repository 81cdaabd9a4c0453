/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The dialog of a task, for every GIMP: preview on the left, settings on the
 * right.
 */
#pragma once

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

/* Lets the user change @options while looking at the first of @targets.
 * Returns: TRUE for OK. */
gboolean rw_dialog_run (const RwTaskInfo *task,
                        RwOptions *options,
                        const GArray *targets);

/* Lets the user choose a weight file, beginning with @weights (a path, a name
 * or "").  Returns: (transfer full): its path, or NULL for Cancel. */
char *rw_dialog_ask_for_weights (const char *weights);

G_END_DECLS
