/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * sgd: stochastic gradient descent with momentum: u = beta1 u + g,
 *   w -= rate u.
 * Source: Polyak 1964, in PyTorch's form: u holds gradients, not steps, so
 * that a change of the rate takes effect at once.
 */
#include "train/optim/optimisers.h"

static void
update_sgd (const RwOptimiserUpdate *update)
{
  const float momentum = (float) update->settings->beta1;
  const float rate = (float) update->rate;
  float *restrict w = update->params;
  float *restrict u = update->states[0];

  for (gsize i = 0; i < update->n; i++) {
    u[i] = momentum * u[i] + rw_optimiser_update_gradient (update, i);
    w[i] -= rate * u[i];
  }
}

const RwOptimiserClass rw_optimiser_sgd = {
  .name = "sgd",
  .summary = "stochastic gradient descent with momentum beta1 (Polyak 1964)",
  .state_names = { "momentum" },
  .update = update_sgd,
};
