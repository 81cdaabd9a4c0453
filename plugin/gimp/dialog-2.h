/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The dialog for GIMP 2.10.
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

G_END_DECLS
