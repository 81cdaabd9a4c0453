/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * bce: binary cross-entropy, the mean of -t log y - (1 - t) log (1 - y), for
 * targets t in [0,1] and outputs in (0,1), such as a sigmoid gives.
 *
 * Within EDGE of 0 and 1, and outside, the straight line that touches the
 * curve there goes on where it leads back inside, and a level one where it
 * would lead away; so nothing is infinite and outputs that stray return.
 */
#include "train/loss/loss-elements.h"

#include <math.h>

#define EDGE 1e-4f /* slopes stay below 1 / EDGE */

static inline float
element (float y, float target, float param, float *slope)
{
  const float p = y < EDGE ? EDGE : y > 1 - EDGE ? 1 - EDGE : y; /* NaN: NaN */
  const float value = -target * logf (p) - (1 - target) * log1pf (-p);

  *slope = (p - target) / (p * (1 - p));
  if ((y<EDGE && * slope> 0) || (y > 1 - EDGE && *slope < 0))
    *slope = 0;
  return value + *slope * (y - p);
}

static double
evaluate (const RwLossPass *pass)
{
  return rw_loss_elements (element, pass);
}

const RwLoss rw_loss_bce = {
  .name = "bce",
  .summary = "binary cross-entropy, for outputs in (0,1)",
  .elementwise = TRUE,
  .evaluate = evaluate,
};
