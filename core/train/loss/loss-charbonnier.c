/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * charbonnier: the mean of sqrt (d^2 + epsilon^2), d = y - target; a smooth
 * mean absolute error.
 * Source: Charbonnier, Blanc-Feraud, Aubert, Barlaud 1994.
 */
#include "train/loss/loss-elements.h"

#include <math.h>

static inline float
element (float y, float target, float epsilon, float *slope)
{
  const float d = y - target;
  const float root = sqrtf (d * d + epsilon * epsilon);

  *slope = d / root;
  return root;
}

static double
evaluate (const RwLossPass *pass)
{
  return rw_loss_elements (element, pass);
}

const RwLoss rw_loss_charbonnier = {
  .name = "charbonnier",
  .summary = "mean of sqrt (d^2 + epsilon^2)",
  /* a quarter of an 8-bit step */
  .param = { .name = "epsilon",
             .summary = "root of what is added under the root",
             .kind = RW_FIELD_REAL,
             .def = 1e-3,
             .low = 1e-6,
             .high = 1 },
  .elementwise = TRUE,
  .evaluate = evaluate,
};
