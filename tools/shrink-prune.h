/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave shrink --mac, --size, --time: channels are taken out of the net.
 */
#pragma once

#include "cli/cli.h"

#include "weights/weights.h"

typedef struct {
  char *mac, *size, *time; /* the target; at most one is given */
  char *by, *val, *steps, *rounds, *lr, *teacher;
  const char *data;
  gboolean json;
} RwCliPrune;

/* Whether there is a target. */
gboolean rw_cli_prune_is_wanted (const RwCliPrune *options);

/* What of @options can be checked without the net; without a target there must
 * be none of the others. */
gboolean rw_cli_prune_check (const RwCliPrune *options, GError **error);

/* Prunes @weights, which were loaded from @name, writes them to @out with
 * numbers of type @dtype, and prints what that changed. */
gboolean rw_cli_prune (const RwCliPrune *options,
                       const RwWeights *weights,
                       const char *name,
                       const char *out,
                       RwDtype dtype,
                       GError **error);
