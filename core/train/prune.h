/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pruning: a net without the channels that it needs least.
 *
 * What a channel is worth is estimated either by the length of its weights, or
 * by how much the loss would change, to first order, if the channel were 0:
 * the mean over patches of |sum over pixels of value x gradient|, before what
 * comes behind the layer (Molchanov, Tyree, Karras, Aila and Kautz 2017).
 * Since a layer's value is linear in its weights and bias, that sum is the one
 * over the channel's parameters of parameter x gradient, so that batches of
 * one patch tell it.  Both are normalised within each layer.
 */
#pragma once

#include "nets/ties.h"
#include "tasks/task.h"
#include "train/data/dataset.h"
#include "train/recipe.h"

/* What scoring by the loss looks at. */
typedef struct {
  const RwTask *task;
  const RwRecipe *recipe; /* loss, patch, augmentation, seed; its loss names no
                             teacher */
  const RwDataset *dataset;
  int n_patches; /* 0: RW_PRUNE_PATCHES */
} RwPruneData;

enum { RW_PRUNE_PATCHES = 64 };

/* A score for each group of @ties, g_free; NULL with an error: RW_ERROR_LIMIT,
 * or for the second one also those of rw_batch_new and rw_batch_begin. */
double *rw_prune_score_magnitude (const RwTies *ties,
                                  const float *params,
                                  GError **error);
double *rw_prune_score_taylor (const RwTies *ties,
                               RwNet *net,
                               const float *params,
                               const RwPruneData *data,
                               GError **error);

/* What a net costs, in a unit of its own; less for fewer channels. */
typedef double (*RwPruneCost) (gpointer data, RwNet *net);

/* Takes out as few groups, in the order of @scores and @step of a kind at a
 * time (rw_ties_order), as make the cost @target or less.  *@pruned and *@left:
 * the net and its parameters, (transfer full), rw_net_unref and rw_free.  Returns the number of groups taken out, which may
 * be 0; -1 with RW_ERROR_MISMATCH when all that can be spared is not enough,
 * with the least cost in the message, which begins with @what; or _LIMIT. */
int rw_prune (const RwTies *ties,
              const float *params,
              const double *scores,
              RwPruneCost cost,
              gpointer data,
              const char *what,
              double target,
              int step,
              RwNet **pruned,
              float **left,
              GError **error);
