/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Weight files that were chosen by their path, the latest first, in the user's
 * own file beside the last values.
 */
#pragma once

#include "reweave.h"

G_BEGIN_DECLS

/* Those that are still there: (transfer full), NULL-terminated. */
char **rw_recent_list (const RwTaskInfo *task);

void rw_recent_add (const RwTaskInfo *task, const char *path);

G_END_DECLS
