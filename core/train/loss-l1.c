/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * l1: the mean absolute error; its slope at d = 0 is taken as 0.
 */
#include "train/losses.h"

#include <math.h>

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
      part += fabsf (d);
      dy[at + c] = d > 0 ? scale : d < 0 ? -scale : 0;
    }
    for (int c = shape->channels; c < shape->stride; c++)
      dy[at + c] = 0;
    sum += (double) part;
  }
  return sum / n;
}

const RwLoss rw_loss_l1 = {
  .name = "l1",
  .summary = "mean of |d|",
  .evaluate = evaluate,
};
