/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What ties.c and ties-cut.c share.
 */
#pragma once

#include "nets/graph.h"
#include "nets/ties.h"

struct RwTies {
  RwNet *net;    /* parsed from its own text, which statements count in */
  gsize *firsts; /* where each node's channels begin; n_nodes + 1 */
  int *groups;   /* of each channel; -1: it stays */
  int n;
  int n_own;
};

/* Whether node @i makes channels with parameters that no node before it has. */
static inline gboolean
rw_ties_owns (const RwTies *ties, int i)
{
  const RwNode *node = &ties->net->nodes[i];

  return node->twin == i && node->n_params > 0 &&
         node->layer->class->channels.way == RW_CHANNELS_OWN;
}
