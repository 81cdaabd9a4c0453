/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * adamw: adam, with weights that shrink by themselves:
 *   w -= rate * weight_decay * w, apart from the gradient's means.
 * Source: Loshchilov and Hutter 2019, algorithm 2, where the schedule's factor
 * multiplies the decay; here the whole rate does, as is usual.
 */
#include "train/optimiser-adam.h"

static void
update_adamw (const RwOptimiserUpdate *update)
{
  const float keep = (float) (1 - update->rate * update->weight_decay);

  if (update->weight_decay > 0)
    for (gsize i = 0; i < update->n; i++)
      update->params[i] *= keep;
  rw_adam_update (update, 0);
}

const RwOptimiserClass rw_optimiser_adamw = {
  .name = "adamw",
  .summary = "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
  .state_names = { "mean", "square" },
  .update = update_adamw,
};
