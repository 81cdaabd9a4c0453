/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * huber: the mean of d^2 / 2 where |d| <= delta, delta (|d| - delta / 2)
 * elsewhere; d = y - target.
 * Source: Huber 1964; as in PyTorch's HuberLoss, whose delta is 1 by itself,
 * which on pictures in [0,1] would never be reached.
 */
#include "train/loss/loss-elements.h"

#include <math.h>

static inline float
element (float y, float target, float delta, float *slope)
{
  const float d = y - target, size = fabsf (d);

  *slope = size <= delta ? d : copysignf (delta, d);
  return size <= delta ? 0.5f * d * d : delta * (size - 0.5f * delta);
}

static double
evaluate (const RwLossPass *pass)
{
  return rw_loss_elements (element, pass);
}

const RwLoss rw_loss_huber = {
  .name = "huber",
  .summary = "mean of d^2 / 2, delta (|d| - delta / 2) beyond |d| = delta",
  /* chosen: about 13 steps of 8 bits, so that what is left of noise is
   * squared and a missed edge is not */
  .param = { .name = "delta",
             .summary = "the error from which on it grows evenly",
             .kind = RW_FIELD_REAL,
             .def = 0.05,
             .low = 1e-4,
             .high = 1e3 },
  .elementwise = TRUE,
  .evaluate = evaluate,
};
