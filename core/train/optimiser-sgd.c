/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * sgd: gradient descent with momentum: u = beta1 u + g,  w -= rate u, with the
 * weight decay added to g.
 * Source: Polyak 1964; the form of Sutskever et al. 2013 without Nesterov's
 * correction.
 */
#include "train/optimisers.h"

static void
update_sgd (const RwOptimiserUpdate *update)
{
  const float momentum = (float) update->settings->beta1;
  const float rate = (float) update->rate, scale = (float) update->scale;
  const float decay = (float) update->weight_decay;
  float *restrict w = update->params;
  float *restrict u = update->states[0];
  const float *restrict grads = update->grads;

  for (gsize i = 0; i < update->n; i++) {
    u[i] = momentum * u[i] + (grads[i] * scale + decay * w[i]);
    w[i] -= rate * u[i];
  }
}

const RwOptimiserClass rw_optimiser_sgd = {
  .name = "sgd",
  .summary = "gradient descent with momentum beta1",
  .state_names = { "momentum" },
  .update = update_sgd,
};
