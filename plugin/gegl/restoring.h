/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What all operations of reweave do, whatever their task.
 */
#pragma once

#include <gegl-plugin.h>

#include "offered.h"

typedef struct {
  const char *task;    /* NULL: that of the weight file, a plain filter */
  const char *weights; /* path, name, "" or NULL */
  double strength, grain;
  double values[RW_CONTROLS_MAX]; /* of the task's controls; 0: left open */
  int n_values;
} RwOpSettings;

/* Class methods that need no settings. */
void rw_op_prepare (GeglOperation *operation);
GeglRectangle rw_op_get_bounding_box (GeglOperation *operation);

/* Whole blocks and their halo; all of the picture if a control is measured. */
GeglRectangle rw_op_get_required (GeglOperation *operation,
                                  const RwOpSettings *settings,
                                  const GeglRectangle *roi);

/* Where a pixel of the output may change when the input does in @roi. */
GeglRectangle rw_op_get_invalidated (GeglOperation *operation,
                                     const RwOpSettings *settings,
                                     const GeglRectangle *roi);

/* TRUE where the input is the output: strength 0, a plane without end, weights
 * that cannot be used (which is reported). */
gboolean rw_op_passes_input (GeglOperation *operation,
                             const RwOpSettings *settings);

/* Restores @roi; on failure reports, and copies. */
gboolean rw_op_restore (GeglOperation *operation,
                        const RwOpSettings *settings,
                        GeglBuffer *input,
                        GeglBuffer *output,
                        const GeglRectangle *roi);
