/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One step of training: patches drawn and damaged, forward, backward, update.
 */
#pragma once

#include "nets/net.h"
#include "train/recipe.h"

typedef struct RwBenchTrain RwBenchTrain;

/* @params: n_inner floats, to be changed by the steps.  @recipe: borrowed. */
RwBenchTrain *rw_bench_train_new (RwNet *net,
                                  float *params,
                                  const RwRecipe *recipe,
                                  GError **error);
void rw_bench_train_free (RwBenchTrain *train); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwBenchTrain, rw_bench_train_free)

void rw_bench_train_step (RwBenchTrain *train);

/* Where the time of all steps since rw_bench_train_forget went, as shares of
 * it; NaN before the first. */
typedef struct {
  double gradient;  /* patches drawn and damaged, forward, backward */
  double optimiser; /* the update */
  double packing;   /* weights brought into the layout of the kernels */
} RwBenchTrainShares;

RwBenchTrainShares rw_bench_train_get_shares (const RwBenchTrain *train);
void rw_bench_train_forget (RwBenchTrain *train);
