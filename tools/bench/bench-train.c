/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One step of training as the trainer does it, on drawn pictures.
 */
#include "bench/bench-train.h"

#include "bench/bench-clock.h"

#include "tasks/task.h"
#include "train/batch.h"
#include "train/optim/optimisers.h"

#define PICTURES "synth:4"

struct RwBenchTrain {
  float *params;          /* the caller's */
  const RwRecipe *recipe; /* the caller's, too */
  RwDataset *pictures;
  RwBatch *batch;
  RwPack *pack;
  RwOptimiser *optimiser;
  guint64 step;
  RwBenchTrainShares spent; /* seconds */
};

static gboolean
prepare (RwBenchTrain *train, RwNet *net, GError **error)
{
  const RwRecipe *recipe = train->recipe;
  const RwOptimiserSettings settings = { .beta1 = recipe->beta1,
                                         .beta2 = recipe->beta2,
                                         .epsilon = recipe->epsilon,
                                         .l1 = recipe->l1_penalty,
                                         .l2 = recipe->l2_penalty,
                                         .weight_decay =
                                             recipe->weight_decay };
  const RwOptimiserClass *class = rw_optimiser_find (recipe->optimizer, error);
  const RwTask *task = rw_task_find (recipe->task, error);

  train->pictures = rw_dataset_load (
      PICTURES, &(RwDatasetOptions){ .min_side = recipe->patch }, NULL, error);
  if (!class || !task || !train->pictures)
    return FALSE;
  train->batch = rw_batch_new (net, task, recipe, train->pictures, error);
  train->pack = train->batch ? rw_pack_new (net, RW_RUN_TRAIN, error) : NULL;
  train->optimiser =
      train->pack ? rw_optimiser_new (class, &settings, net, error) : NULL;
  if (!train->optimiser)
    return FALSE;
  rw_pack_update (train->pack, train->params);
  return TRUE;
}

RwBenchTrain *
rw_bench_train_new (RwNet *net,
                    float *params,
                    const RwRecipe *recipe,
                    GError **error)
{
  g_autoptr (RwBenchTrain) train = g_new0 (RwBenchTrain, 1);

  train->params = params;
  train->recipe = recipe;
  return prepare (train, net, error) ? g_steal_pointer (&train) : NULL;
}

void
rw_bench_train_free (RwBenchTrain *train)
{
  if (!train)
    return;
  rw_optimiser_free (train->optimiser);
  rw_pack_free (train->pack);
  rw_batch_free (train->batch);
  rw_dataset_free (train->pictures);
  g_free (train);
}

void
rw_bench_train_step (RwBenchTrain *train)
{
  double norm;
  const double begun = rw_bench_now ();

  rw_batch_begin (train->batch, train->step, NULL); /* all is held */
  rw_batch_run (train->batch, train->pack, train->recipe->batch, &norm);
  const double computed = rw_bench_now ();
  rw_optimiser_step (train->optimiser, train->params,
                     rw_batch_get_gradient (train->batch), ++train->step,
                     1e-6, /* it shall stay as it is, and finite */
                     1);
  const double updated = rw_bench_now ();
  rw_pack_update (train->pack, train->params);
  train->spent.gradient += computed - begun;
  train->spent.optimiser += updated - computed;
  train->spent.packing += rw_bench_now () - updated;
}

RwBenchTrainShares
rw_bench_train_get_shares (const RwBenchTrain *train)
{
  const RwBenchTrainShares *spent = &train->spent;
  const double sum = spent->gradient + spent->optimiser + spent->packing;

  return (RwBenchTrainShares){ .gradient = spent->gradient / sum,
                               .optimiser = spent->optimiser / sum,
                               .packing = spent->packing / sum };
}

void
rw_bench_train_forget (RwBenchTrain *train)
{
  train->spent = (RwBenchTrainShares){ 0 };
}
