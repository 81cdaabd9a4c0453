/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * mse: the mean squared error, d = y - target.
 */
#include "train/loss-elements.h"

static inline float
element (float d, float *slope)
{
  *slope = 2 * d;
  return d * d;
}

static double
evaluate (const RwLossShape *shape,
          const float *y,
          const float *target,
          float *dy,
          double weight)
{
  return rw_loss_elements (element, shape, y, target, dy, weight);
}

const RwLoss rw_loss_mse = {
  .name = "mse",
  .summary = "mean of d^2",
  .evaluate = evaluate,
};
