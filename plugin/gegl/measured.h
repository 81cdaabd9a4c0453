/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The property "measured": what an operation found where a control is open.
 */
#pragma once

#include <gegl-plugin.h>

/* Of any thread.  Where the value is another than before, the node's signal
 * "notify::measured" follows from the main loop.  0: nothing was measured. */
void rw_op_show_measured (GeglOperation *operation, double value);
double rw_op_get_measured (GeglOperation *operation);
