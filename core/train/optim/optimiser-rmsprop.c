/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rmsprop: v = beta2 v + (1 - beta2) g^2,  w -= rate g / (sqrt (v) + epsilon).
 * Source: Tieleman and Hinton 2012, lecture 6.5, without momentum.
 */
#include "train/optim/optimisers.h"

#include <math.h>

static void
update_rmsprop (const RwOptimiserUpdate *update)
{
  const RwOptimiserSettings *settings = update->settings;
  const float b2 = (float) settings->beta2;
  const float c2 = (float) (1 - settings->beta2);
  const float rate = (float) update->rate;
  const float epsilon = (float) settings->epsilon;
  float *restrict w = update->params;
  float *restrict v = update->states[0];

  for (gsize i = 0; i < update->n; i++) {
    const float g = rw_optimiser_update_gradient (update, i);
    v[i] = b2 * v[i] + c2 * g * g;
    w[i] -= rate * g / (sqrtf (v[i]) + epsilon);
  }
}

const RwOptimiserClass rw_optimiser_rmsprop = {
  .name = "rmsprop",
  .summary = "gradients over the root of their mean square (Tieleman and "
             "Hinton 2012)",
  .state_names = { "square" },
  .update = update_rmsprop,
};
