/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rmse: the root of the mean of d^2 over one picture, d = y - target.  Against
 * mse it gives every picture of a batch about the same say, however damaged.
 * Where d is 0 everywhere its gradient is taken as 0.
 */
#include "train/loss/losses.h"

#include <math.h>

static double
sum_squares (const RwLossPass *pass, gsize n_pixels)
{
  const RwLossShape *shape = &pass->shape;
  double sum = 0;

  for (gsize i = 0; i < n_pixels; i++) {
    const gsize at = i * (gsize) shape->stride;
    float part = 0;

    for (int c = 0; c < shape->channels; c++) {
      const float d = pass->y[at + c] - pass->target[at + c];

      part += d * d;
    }
    sum += (double) part;
  }
  return sum;
}

static double
evaluate (const RwLossPass *pass)
{
  const RwLossShape *shape = &pass->shape;
  const gsize n_pixels = (gsize) shape->height * (gsize) shape->width;
  const double n = (double) n_pixels * shape->channels;
  const double root = sqrt (sum_squares (pass, n_pixels) / n);
  const float scale = root > 0 ? (float) (pass->weight / (n * root)) : 0;

  for (gsize i = 0; i < n_pixels; i++) {
    const gsize at = i * (gsize) shape->stride;

    for (int c = 0; c < shape->channels; c++)
      pass->dy[at + c] += scale * (pass->y[at + c] - pass->target[at + c]);
  }
  return root;
}

const RwLoss rw_loss_rmse = {
  .name = "rmse",
  .summary = "root of the mean of d^2, picture by picture",
  .evaluate = evaluate,
};
