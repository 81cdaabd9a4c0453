/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * adamw: adam under the name that the field gives it with decoupled decay.
 * Here weight_decay is decoupled with every optimiser, so the two are one.
 * Source: Loshchilov and Hutter 2019, algorithm 2, where the schedule's factor
 * multiplies the decay; here the whole rate does, as is usual.
 */
#include "train/optim/optimiser-adam.h"

const RwOptimiserClass rw_optimiser_adamw = {
  .name = "adamw",
  .summary = "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
  .state_names = { "mean", "square" },
  .update = rw_adam_update,
};
