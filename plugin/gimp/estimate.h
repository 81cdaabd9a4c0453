/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How long things take, in words.
 */
#pragma once

#include "filter-options.h"
#include "host.h"

G_BEGIN_DECLS

/* "40 seconds", "3 minutes"; (transfer full). */
char *rw_estimate_duration (double seconds);

/* What a filter takes for @targets (of RwItem), when a pixel of the result
 * takes @seconds: a sentence, (transfer full); NULL when @seconds is 0. */
char *rw_estimate_describe (const RwTaskInfo *task,
                            const GArray *targets,
                            double seconds);

G_END_DECLS
