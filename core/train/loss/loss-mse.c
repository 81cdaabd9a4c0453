/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * mse: the mean squared error, d = y - target.
 */
#include "train/loss/loss-elements.h"

static inline float
element (float y, float target, float param, float *slope)
{
  const float d = y - target;

  *slope = 2 * d;
  return d * d;
}

static double
evaluate (const RwLossPass *pass)
{
  return rw_loss_elements (element, pass);
}

const RwLoss rw_loss_mse = {
  .name = "mse",
  .summary = "mean of d^2",
  .elementwise = TRUE,
  .evaluate = evaluate,
};
