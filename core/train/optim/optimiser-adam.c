/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * adam: m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
 *   w -= rate (m / (1 - beta1^t)) / (sqrt (v / (1 - beta2^t)) + epsilon).
 * Source: Kingma and Ba 2015, algorithm 1.
 */
#include "train/optim/optimiser-adam.h"

#include <math.h>

void
rw_adam_update (const RwOptimiserUpdate *update)
{
  const RwOptimiserSettings *settings = update->settings;
  const double t = (double) update->step;
  const double mean_scale = 1 / (1 - pow (settings->beta1, t));
  const double square_scale = 1 / (1 - pow (settings->beta2, t));
  const float b1 = (float) settings->beta1, b2 = (float) settings->beta2;
  const float c1 = (float) (1 - settings->beta1);
  const float c2 = (float) (1 - settings->beta2);
  const float rate = (float) (update->rate * mean_scale);
  const float root_scale = (float) sqrt (square_scale);
  const float epsilon = (float) settings->epsilon;
  float *restrict w = update->params;
  float *restrict m = update->states[0];
  float *restrict v = update->states[1];

  for (gsize i = 0; i < update->n; i++) {
    const float g = rw_optimiser_update_gradient (update, i);
    m[i] = b1 * m[i] + c1 * g;
    v[i] = b2 * v[i] + c2 * g * g;
    w[i] -= rate * m[i] / (sqrtf (v[i]) * root_scale + epsilon);
  }
}

const RwOptimiserClass rw_optimiser_adam = {
  .name = "adam",
  .summary = "Adam (Kingma and Ba 2015)",
  .state_names = { "mean", "square" },
  .update = rw_adam_update,
};
