/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * RwOperation, an abstract GeglOperationAreaFilter, and a class below it for
 * each task.  The task's description is the class data: properties, keys and
 * pads follow from it.
 *
 * Names of operations and of properties are kept in XCF files, so they never
 * change.
 */
#pragma once

#include <gegl-plugin.h>

#include "reweave.h"

/* Makes the abstract class one of @module's.  Returns 0 where another module
 * has it already: then no class may be added. */
GType rw_operation_register_base (GTypeModule *module);

/* Makes "reweave:NAME" of @info, which has to stay.  @info->weights NULL: the
 * weight file says which task it is for, and the only control is the task's
 * first. */
void rw_operation_register (GTypeModule *module,
                            GType base,
                            const RwTaskInfo *info);
