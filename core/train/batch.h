/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One batch: patches, loss and gradient.
 *
 * The batch is cut into fixed slices.  One thread works on each with buffers of
 * its own, and gradients are added in the order of the slices.  So the bits are
 * the same for any number of threads, and for any number of ranks (ranks.h):
 * each rank has whole slices and adds up its part of the gradient.
 */
#pragma once

#include "nets/net.h"
#include "tasks/task.h"
#include "train/data/dataset.h"
#include "train/data/noise-library.h"
#include "train/recipe.h"
#include "weights/weights.h"

typedef struct RwBatch RwBatch;

/* Borrows all arguments.  RW_ERROR_MISMATCH when net, task, patch and data do
 * not go together, or the loss names a result that the net does not have;
 * _LIMIT when memory is short. */
RwBatch *rw_batch_new (RwNet *net,
                       const RwTask *task,
                       const RwRecipe *recipe,
                       const RwDataset *dataset,
                       GError **error);
void rw_batch_free (RwBatch *batch); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwBatch, rw_batch_free)

/* What the net of @weights (borrowed) makes of a patch's input is the target
 * of the loss's "(teacher)"; it is told what the net that learns is.  Before
 * the first step, which is RW_ERROR_MISMATCH when the loss wants a teacher and
 * there is none; _MISMATCH when its net does not go with task and patch. */
gboolean rw_batch_set_teacher (RwBatch *batch,
                               const RwWeights *weights,
                               GError **error);

/* A share of the patches gets noise of @library (borrowed), see
 * data/transplant.h.  Before the first step. */
void rw_batch_set_noise (RwBatch *batch, const RwNoiseLibrary *library);

/* From now on the gradient of each parameter whose entry in @frozen is TRUE is
 * 0 and does not count in the gradient's length. */
void rw_batch_freeze (RwBatch *batch, const gboolean *frozen);

/* From now on the packs are rounded as @quant says.  RW_ERROR_LIMIT. */
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

/* The patches of the step begun, for a trainer outside: of each image of the
 * batch @inputs, [side][side][planes], what the net is fed with, and @clean,
 * [patch][patch][3], what it ought to make of it. */
void rw_batch_make (RwBatch *batch, float *inputs, float *clean);

/* Of the last run: n_inner floats. */
const float *rw_batch_get_gradient (const RwBatch *batch);
