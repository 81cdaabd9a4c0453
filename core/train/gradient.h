/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The gradient of one step of a training, over as many batches as the step
 * takes, clipped.
 *
 * With recipe->accumulate N a step is N batches one after the other, the same
 * patches as of one batch N times as large; mix-up mixes within each.  With an
 * optimiser of the whole set (optimisers.h) it is all batches of the first
 * epoch, in their order: one crop of each picture, whose place, augmentation
 * and damage are drawn once and are the same in every step, so that the loss
 * is a fixed function of the weights.
 */
#pragma once

#include "train/batch.h"

typedef struct RwGradient RwGradient;

/* Borrows all arguments.  RW_ERROR_MISMATCH when the optimiser takes the whole
 * set and the recipe accumulates, _LIMIT when memory is short. */
RwGradient *rw_gradient_new (RwBatch *batch,
                             const RwNet *net,
                             const RwRecipe *recipe,
                             int n_pictures,
                             GError **error);
void rw_gradient_free (RwGradient *gradient); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwGradient, rw_gradient_free)

/* Patches a step. */
guint64 rw_gradient_count_patches (const RwGradient *gradient);

typedef struct {
  double loss;         /* mean over the patches, without penalties */
  double norm;         /* of the gradient, before clipping */
  double scale;        /* that clipping by norm multiplies it by, <= 1 */
  const float *values; /* n_inner, clipped by value; until the next run */
} RwGradientStep;

/* Computes the gradient of step @step with the parameters in @pack.  Errors of
 * rw_batch_begin. */
gboolean rw_gradient_run (RwGradient *gradient,
                          const RwPack *pack,
                          guint64 step,
                          RwGradientStep *result,
                          GError **error);
