/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * edge: how far the gradients of y and target are apart, by differences of
 * neighbours across and down:
 *   the mean of sqrt (e^2 + epsilon^2) over all pairs of neighbours,
 *   e = (y' - y) - (target' - target).
 * Source: the gradient difference loss of Mathieu, Couprie and LeCun 2016,
 * section 3.2, which compares |y' - y| with |target' - target|; with the signs
 * an edge the wrong way round counts too.  Smooth as charbonnier is.
 */
#include "train/loss/losses.h"

#include <math.h>

#define EPSILON 1e-3f /* a quarter of an 8-bit step */

/* Pairs of the pixel at @at and the one @step floats on. */
static double
add_pair (const RwLossPass *pass, gsize at, gsize step, float scale)
{
  float sum = 0;

  for (int c = 0; c < pass->shape.channels; c++, at++) {
    const float e = (pass->y[at + step] - pass->y[at]) -
                    (pass->target[at + step] - pass->target[at]);
    const float root = sqrtf (e * e + EPSILON * EPSILON);
    const float slope = scale * e / root;

    pass->dy[at + step] += slope;
    pass->dy[at] -= slope;
    sum += root;
  }
  return (double) sum;
}

static double
evaluate (const RwLossPass *pass)
{
  const int height = pass->shape.height, width = pass->shape.width;
  const gsize stride = (gsize) pass->shape.stride;
  const double n_pairs =
      (double) height * (width - 1) + (double) (height - 1) * width;
  const double n = n_pairs * pass->shape.channels;
  const float scale = (float) (pass->weight / n);
  double sum = 0;

  if (n_pairs == 0)
    return 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const gsize at = ((gsize) y * (gsize) width + (gsize) x) * stride;
      if (x + 1 < width)
        sum += add_pair (pass, at, stride, scale);
      if (y + 1 < height)
        sum += add_pair (pass, at, stride * (gsize) width, scale);
    }
  return sum / n;
}

const RwLoss rw_loss_edge = {
  .name = "edge",
  .summary = "mean of |d - d of the neighbour|, smoothed at 0",
  .evaluate = evaluate,
};
