/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The loop of losses that are a mean of f (y, target) over all elements.
 */
#pragma once

#include "train/loss/losses.h"

/* f at one element and its derivative by @y. */
typedef float (*RwElementLoss) (float y,
                                float target,
                                float param,
                                float *slope);

/* Always inlined, so that f is part of the loop, of which there is one for
 * targets and one for 0. */
static inline __attribute__ ((always_inline)) double
rw_loss_elements_of (RwElementLoss f, const RwLossPass *pass, gboolean zero)
{
  const RwLossShape *shape = &pass->shape;
  const gsize n_pixels = (gsize) shape->height * (gsize) shape->width;
  const double n = (double) n_pixels * shape->channels;
  const float scale = (float) (pass->weight / n);
  const float param = (float) pass->param;
  double sum = 0;

  for (gsize i = 0; i < n_pixels; i++) {
    const gsize at = i * (gsize) shape->stride;
    float part = 0;

    for (int c = 0; c < shape->channels; c++) {
      float slope;

      part +=
          f (pass->y[at + c], zero ? 0 : pass->target[at + c], param, &slope);
      pass->dy[at + c] += scale * slope;
    }
    sum += (double) part;
  }
  return sum / n;
}

/* RwLoss.evaluate for @f. */
static inline __attribute__ ((always_inline)) double
rw_loss_elements (RwElementLoss f, const RwLossPass *pass)
{
  return pass->target != NULL ? rw_loss_elements_of (f, pass, FALSE)
                              : rw_loss_elements_of (f, pass, TRUE);
}
