/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where the tensors of a run lie in its arena.
 */
#pragma once

#include "nets/graph.h"

/* A stretch of memory and the steps during which it is in use. */
typedef struct {
  gsize size;      /* floats */
  int first, last; /* steps, inclusive */
  gsize offset;    /* result: floats from the arena's start */
} RwSlot;

/* Places slots so that those alive at the same step do not overlap: first fit,
 * largest first (Pisarchyk and Lee 2020, greedy by size).  Returns the arena's
 * floats, or G_MAXSIZE when they overflow. */
gsize rw_plan_slots (RwSlot *slots, int n_slots);

/* Which node's memory a node's result (and its gradient) shares: its own, or,
 * in place, that of its first input.  @kept, by node: results that share
 * theirs with none; NULL: no such. */
void rw_plan_aliases (const RwNet *net,
                      RwRunMode mode,
                      const gboolean *kept,
                      int *owner);
