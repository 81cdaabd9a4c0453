/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * mse: the mean squared error, d = y - target.
 */
#include "train/losses.h"

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
      part += d * d;
      dy[at + c] = scale * 2 * d;
    }
    for (int c = shape->channels; c < shape->stride; c++)
      dy[at + c] = 0;
    sum += (double) part;
  }
  return sum / n;
}

const RwLoss rw_loss_mse = {
  .name = "mse",
  .summary = "mean of d^2",
  .evaluate = evaluate,
};
