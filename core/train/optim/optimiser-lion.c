/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * lion: w -= rate sign (beta1 m + (1 - beta1) g),
 *   m = beta2 m + (1 - beta2) g.
 * Every weight moves by the whole rate, so it needs a rate 3 to 10 times
 * smaller than adam's (section 5 of the source).
 * Source: Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms",
 * algorithm 2.
 */
#include "train/optim/optimisers.h"

static void
update_lion (const RwOptimiserUpdate *update)
{
  const RwOptimiserSettings *settings = update->settings;
  const float b1 = (float) settings->beta1, b2 = (float) settings->beta2;
  const float c1 = (float) (1 - settings->beta1);
  const float c2 = (float) (1 - settings->beta2);
  const float rate = (float) update->rate;
  float *restrict w = update->params;
  float *restrict m = update->states[0];

  for (gsize i = 0; i < update->n; i++) {
    const float g = rw_optimiser_update_gradient (update, i);
    const float way = b1 * m[i] + c1 * g;
    m[i] = b2 * m[i] + c2 * g;
    w[i] -= rate * (float) ((way > 0) - (way < 0));
  }
}

const RwOptimiserClass rw_optimiser_lion = {
  .name = "lion",
  .summary = "the sign of the mean gradient (Chen et al. 2023)",
  .state_names = { "mean" },
  .update = update_lion,
};
