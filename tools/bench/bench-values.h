/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net's parameters, input and result for a process that computes the same.
 */
#pragma once

#include "nets/net.h"

/* Writes floats in the machine's order to a temporary file: parameters as a
 * weight file has them, then the pixels of @run's input of @width x @height
 * and of its output, without spare channels.  @run has gone forward.  Its
 * path: (transfer full), to be removed by the caller.  RW_ERROR_IO. */
char *rw_bench_write_values (const RwNet *net,
                             const float *params,
                             RwRun *run,
                             int width,
                             int height,
                             GError **error);
