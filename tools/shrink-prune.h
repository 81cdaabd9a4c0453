/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave shrink --mac, --size, --time: channels are taken out of the net;
 * --low-rank: layers become two with fewer multiply-adds.
 */
#pragma once

#include "cli/cli.h"

#include "weights/weights.h"

typedef struct {
  char *mac, *size, *time; /* the target; at most one is given */
  char *low_rank, *together;
  char *by, *val, *steps, *rounds, *lr, *teacher;
  const char *data;
  gboolean json;
} RwCliPrune;

/* The same as numbers. */
typedef struct {
  double target; /* of the one that is given */
  double energy; /* of --low-rank; 0: no layer becomes two */
  gint64 together, n_rounds, n_steps;
} RwCliPruneNumbers;

/* Whether there is a target or --low-rank. */
gboolean rw_cli_prune_is_wanted (const RwCliPrune *options);

/* What of @options can be checked without the net; without a target there must
 * be none of the others. */
gboolean rw_cli_prune_check (const RwCliPrune *options, GError **error);

gboolean rw_cli_prune_parse (const RwCliPrune *options,
                             RwCliPruneNumbers *numbers,
                             GError **error);

/* Prunes @weights, which were loaded from @name, writes them to @out with
 * numbers of type @dtype, and prints what that changed. */
gboolean rw_cli_prune (const RwCliPrune *options,
                       const RwWeights *weights,
                       const char *name,
                       const char *out,
                       RwDtype dtype,
                       GError **error);
