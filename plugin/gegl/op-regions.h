/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What part of which picture depends on what part of which other.
 */
#pragma once

#include <gegl-plugin.h>

#include "op-model.h"

/* Where the pad "input" has pixels; empty where nothing is connected. */
GeglRectangle rw_op_get_input_box (GeglOperation *operation);

/* That of the result: the input's, times the scale, unless it passes through. */
GeglRectangle rw_op_get_bounding_box (GeglOperation *operation,
                                      const RwOpSettings *settings);

/* Of each input: whole blocks and what is around them, and around that where
 * marks are found; all of the picture if a control is measured. */
GeglRectangle rw_op_get_required (GeglOperation *operation,
                                  const RwOpSettings *settings,
                                  const GeglRectangle *roi);

/* Where a pixel of the output may change when an input does in @roi. */
GeglRectangle rw_op_get_invalidated (GeglOperation *operation,
                                     const RwOpSettings *settings,
                                     const GeglRectangle *roi);

/* A plane without end, which is never restored. */
gboolean rw_op_is_endless (const GeglRectangle *rect);

/* Whether the input is the output, whatever the weights. */
gboolean rw_op_is_idle (GeglOperation *operation,
                        const RwOpSettings *settings);

RwRect rw_op_to_rect (const GeglRectangle *rect);
GeglRectangle rw_op_from_rect (const RwRect *rect);
