/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What all operations of reweave do with pixels, whatever their task.
 */
#pragma once

#include <gegl-plugin.h>

#include "op-model.h"

void rw_op_prepare (GeglOperation *operation, const RwOpSettings *settings);

/* TRUE where the input is the output: strength 0 of what does not enlarge, a
 * plane without end, a mask that is connected and empty, weights that cannot
 * be used (which is reported).  @aux may be NULL. */
gboolean rw_op_passes_input (GeglOperation *operation,
                             const RwOpSettings *settings,
                             GeglBuffer *aux);

/* Restores @roi; on failure reports, and copies. */
gboolean rw_op_restore (GeglOperation *operation,
                        const RwOpSettings *settings,
                        GeglBuffer *input,
                        GeglBuffer *aux,
                        GeglBuffer *output,
                        const GeglRectangle *roi);
