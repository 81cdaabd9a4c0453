/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Channels that can only be taken out of a net together, and the net without
 * some of them.
 *
 *   conv 16 -> a | relu | conv 16 | add a     both convolutions' channel k
 *   conv 32 | gate                            channels k and k + 16
 *   conv 16 | shuffle 2                       channels 4 k to 4 k + 3
 *
 * Each layer class says in RwLayerClass.channels how its channels hang
 * together; a group is what that ties to one another all over the graph, the
 * rounds of a block included.  Channels of the input and of the output stay,
 * as do those of layers that say so, and all that is tied to them.
 */
#pragma once

#include "nets/net.h"

typedef struct RwTies RwTies;

/* Of @net, which is not kept.  RW_ERROR_LIMIT when memory is short. */
RwTies *rw_ties_new (const RwNet *net, GError **error);
void rw_ties_free (RwTies *ties); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwTies, rw_ties_free)

/* The groups that may be taken out. */
int rw_ties_get_n (const RwTies *ties);

/* The group of channel @channel of the result of node @node; -1: it stays. */
int rw_ties_find (const RwTies *ties, int node, int channel);

/* ---- which are to go ----------------------------------------------------- */

/* Channels that layers make with parameters of their own, one layer after the
 * other; later rounds of a block do not count. */
int rw_ties_get_n_own (const RwTies *ties);

/* Adds to each of @sums, one an own channel, the products of its parameters in
 * two flat arrays of the net: the squares of its weights and its bias where
 * both are the parameters.  RW_ERROR_LIMIT. */
gboolean rw_ties_add_products (const RwTies *ties,
                               const float *a,
                               const float *b,
                               double *sums,
                               GError **error);

/* Scores of the groups from what their @own channels (not negative) are worth:
 * the values of a layer are divided by the root of the sum of their squares,
 * and those of a group added up. */
void rw_ties_score (const RwTies *ties, const double *own, double *scores);

/* Writes the groups in the order in which they are to go to @order
 * (rw_ties_get_n of them): the one with the least score first, of equals the
 * one that stands first in the net.  Those that a layer cannot spare are left
 * out: an eighth of its channels and one at least stays.
 *
 * With @step above 1 those of the same layers go some at a time, so that what
 * is left of them is a multiple of @step; the mean of their scores counts, and
 * the last @step stay.
 *
 * Returns how often something may go, as many as there are groups at most:
 * entry i of @ends says how many of @order are gone then.  -1 with
 * RW_ERROR_LIMIT. */
int rw_ties_order (const RwTies *ties,
                   const double *scores,
                   int step,
                   int *order,
                   int *ends,
                   GError **error);

/* ---- going --------------------------------------------------------------- */

/* The net without the groups whose entry in @gone is TRUE: the same text with
 * smaller numbers, so that names stay.  (transfer full); RW_ERROR_MISMATCH when
 * a layer would be left with no channel. */
RwNet *rw_ties_cut (const RwTies *ties, const gboolean *gone, GError **error);

/* Copies what of @params is left in @cut, which rw_ties_cut made for @gone, to
 * @left, flat arrays both.  RW_ERROR_LIMIT. */
gboolean rw_ties_move (const RwTies *ties,
                       const gboolean *gone,
                       const float *params,
                       const RwNet *cut,
                       float *left,
                       GError **error);
