/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * --difference: what it is for, and what is told of it.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <stdio.h>

#include "apply/apply-difference.h"

/* Whether @pairs (element-type RwCliPair) are one picture that keeps its size,
 * and the difference a file besides; RW_CLI_USAGE.  TRUE for none. */
gboolean rw_cli_check_difference (const RwModel *model,
                                  const RwCliDifference *difference,
                                  const GPtrArray *pairs,
                                  GError **error);

/* Into the open object of @json, or as a line on @stream. */
void rw_cli_tell_difference (const RwCliDifference *difference,
                             JsonBuilder *json,
                             FILE *stream);

/* Whether a mask goes with the task. */
gboolean
rw_cli_check_mask (const RwTaskInfo *info, const char *mask, GError **error);

/* Whether --scratches, where it was given, goes with the task and its @mask,
 * and the settings do where it gives a mask: that is not mixed with the
 * picture. */
gboolean rw_cli_check_finding (const RwTaskInfo *info,
                               gboolean given,
                               const char *mask,
                               const RwSettings *settings,
                               GError **error);

/* "1.2 % taken for damage, ", or "" for NAN.  (transfer full) */
char *rw_cli_tell_found (double share);
