/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * charbonnier: the mean of sqrt (d^2 + eps^2), d = y - target; a smooth mean
 * absolute error.
 * Source: Charbonnier, Blanc-Feraud, Aubert, Barlaud 1994.
 */
#include "train/losses.h"

#include <math.h>

#define EPSILON 1e-3f /* a quarter of an 8-bit step */

static double
evaluate (const RwLossShape *shape,
          const float *y,
          const float *target,
          float *dy,
          double weight)
{
  const gsize n_pixels = (gsize) shape->height * (gsize) shape->width;
  const double n = (double) n_pixels * shape->channels;
  const float scale = (float) (weight / n);
  double sum = 0;

  for (gsize i = 0; i < n_pixels; i++) {
    const gsize at = i * (gsize) shape->stride;
    float part = 0;
    for (int c = 0; c < shape->channels; c++) {
      const float d = y[at + c] - target[at + c];
      const float root = sqrtf (d * d + EPSILON * EPSILON);
      part += root;
      dy[at + c] = scale * (d / root);
    }
    for (int c = shape->channels; c < shape->stride; c++)
      dy[at + c] = 0;
    sum += (double) part;
  }
  return sum / n;
}

const RwLoss rw_loss_charbonnier = {
  .name = "charbonnier",
  .summary = "mean of sqrt (d^2 + 0.001^2)",
  .evaluate = evaluate,
};
