/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * charbonnier: the mean of sqrt (d^2 + eps^2), d = y - target; a smooth mean
 * absolute error.
 * Source: Charbonnier, Blanc-Feraud, Aubert, Barlaud 1994.
 */
#include "train/loss-elements.h"

#include <math.h>

#define EPSILON 1e-3f /* a quarter of an 8-bit step */

static inline float
element (float d, float *slope)
{
  const float root = sqrtf (d * d + EPSILON * EPSILON);

  *slope = d / root;
  return root;
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

const RwLoss rw_loss_charbonnier = {
  .name = "charbonnier",
  .summary = "mean of sqrt (d^2 + 0.001^2)",
  .evaluate = evaluate,
};
