/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The loop of losses that are a mean of f (d) over all elements, d = y -
 * target.
 */
#pragma once

#include "train/losses.h"

/* f and its derivative at @d. */
typedef float (*RwElementLoss) (float d, float *slope);

/* RwLoss.evaluate for @f; always inlined, so that f is part of the loop. */
static inline __attribute__ ((always_inline)) double
rw_loss_elements (RwElementLoss f,
                  const RwLossShape *shape,
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
      float slope;

      part += f (y[at + c] - target[at + c], &slope);
      dy[at + c] = scale * slope;
    }
    for (int c = shape->channels; c < shape->stride; c++)
      dy[at + c] = 0;
    sum += (double) part;
  }
  return sum / n;
}
