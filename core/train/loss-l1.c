/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * l1: the mean absolute error; its slope at d = 0 is taken as 0.
 */
#include "train/loss-elements.h"

#include <math.h>

static inline float
element (float d, float *slope)
{
  *slope = (float) ((d > 0) - (d < 0));
  return fabsf (d);
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

const RwLoss rw_loss_l1 = {
  .name = "l1",
  .summary = "mean of |d|",
  .evaluate = evaluate,
};
