/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The dialog for GIMP 3.x.
 */
#pragma once

#include <libgimp/gimp.h>

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

/* From the arguments of those names. */
void rw_sliders_read (RwSliders *sliders,
                      const RwTaskInfo *task,
                      GimpProcedureConfig *config);

/* Lets the user change @config while looking at the first of @targets.
 * Returns: TRUE for OK. */
gboolean rw_dialog_run (const RwTaskInfo *task,
                        GimpProcedure *procedure,
                        GimpProcedureConfig *config,
                        const GArray *targets);

G_END_DECLS
