/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * l1, mae: the mean absolute error; its slope at d = 0 is taken as 0.
 */
#include "train/loss/loss-elements.h"

#include <math.h>

static inline float
element (float y, float target, float param, float *slope)
{
  const float d = y - target;

  *slope = (float) ((d > 0) - (d < 0));
  return fabsf (d);
}

static double
evaluate (const RwLossPass *pass)
{
  return rw_loss_elements (element, pass);
}

const RwLoss rw_loss_l1 = {
  .name = "l1",
  .alias = "mae",
  .summary = "mean of |d|",
  .elementwise = TRUE,
  .evaluate = evaluate,
};
