/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * nesterov: sgd that looks ahead along its momentum: u = beta1 u + g,
 *   w -= rate (g + beta1 u).
 * Source: Nesterov 1983; Sutskever et al. 2013, section 2, in PyTorch's form.
 */
#include "train/optim/optimisers.h"

static void
update_nesterov (const RwOptimiserUpdate *update)
{
  const float momentum = (float) update->settings->beta1;
  const float rate = (float) update->rate;
  float *restrict w = update->params;
  float *restrict u = update->states[0];

  for (gsize i = 0; i < update->n; i++) {
    const float g = rw_optimiser_update_gradient (update, i);
    u[i] = momentum * u[i] + g;
    w[i] -= rate * (g + momentum * u[i]);
  }
}

const RwOptimiserClass rw_optimiser_nesterov = {
  .name = "nesterov",
  .summary = "sgd with Nesterov's momentum beta1 (Sutskever et al. 2013)",
  .state_names = { "momentum" },
  .update = update_nesterov,
};
