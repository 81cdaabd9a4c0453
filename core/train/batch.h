/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One batch: patches, loss and gradient.
 *
 * The batch is cut into fixed slices, each worked on by one thread with
 * buffers of its own; gradients are added in the order of slices.  So the bits
 * are the same for any number of threads, and of ranks (ranks.h), each of
 * which has whole slices and adds up part of the gradient.
 */
#pragma once

#include "nets/net.h"
#include "tasks/task.h"
#include "train/data/dataset.h"
#include "train/recipe.h"

typedef struct RwBatch RwBatch;

/* Borrows all arguments.  RW_ERROR_MISMATCH when net, task, patch and data do
 * not go together, _LIMIT when memory is short. */
RwBatch *rw_batch_new (RwNet *net,
                       const RwTask *task,
                       const RwRecipe *recipe,
                       const RwDataset *dataset,
                       GError **error);
void rw_batch_free (RwBatch *batch); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwBatch, rw_batch_free)

/* The gradient of the parameters for which @frozen, one a parameter, is TRUE
 * is 0 from now on, in its length too. */
void rw_batch_freeze (RwBatch *batch, const gboolean *frozen);

/* Packs are rounded as @quant says from now on.  RW_ERROR_LIMIT. */
gboolean
rw_batch_set_quant (RwBatch *batch, const RwQuant *quant, GError **error);

/* Waits for the patches of @step, see supply.h, whose errors these are. */
gboolean rw_batch_begin (RwBatch *batch, guint64 step, GError **error);

/* Computes the mean loss over the first @n_counted patches of the step begun
 * (most often all) and its gradient with the parameters in @pack
 * (RW_RUN_TRAIN).  @norm: the gradient's length.  A pure function of (seed,
 * step, pack, n_counted). */
double
rw_batch_run (RwBatch *batch, const RwPack *pack, int n_counted, double *norm);

/* Of the last run: n_inner floats. */
const float *rw_batch_get_gradient (const RwBatch *batch);
