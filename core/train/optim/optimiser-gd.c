/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * gd: plain gradient descent, w -= rate g, with the gradient over the whole
 * training set; train/gradient.h says what that is.
 * Source: Cauchy 1847.
 */
#include "train/optim/optimisers.h"

static void
update_gd (const RwOptimiserUpdate *update)
{
  const float rate = (float) update->rate;
  float *restrict w = update->params;

  for (gsize i = 0; i < update->n; i++)
    w[i] -= rate * rw_optimiser_update_gradient (update, i);
}

const RwOptimiserClass rw_optimiser_gd = {
  .name = "gd",
  .summary = "plain gradient descent, the whole training set in each step",
  .whole_set = TRUE,
  .update = update_gd,
};
