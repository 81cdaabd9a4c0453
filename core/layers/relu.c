/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * relu: y = max (0, x).
 * Source: Nair and Hinton 2010.
 */
#include "layers/layer.h"

#include "kernels/kernels.h"

static const RwSetting settings[] = { RW_SETTING_END };

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;

  rw_kernels ()->leaky_relu (p->y + first, p->x[0] + first, last - first, 0);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges (rw_shape_n_floats (&p->out), 16384, forward_range,
                       (void *) p);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  if (p->dx[0])
    rw_kernels ()->leaky_relu_grad (
        p->dx[0], p->dy, p->y, rw_shape_n_floats (&p->out), 0, p->dx_add[0]);
}

const RwLayerClass rw_layer_relu = {
  .name = "relu",
  .summary = "max (0, x)",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_Y | RW_LAYER_IN_PLACE | RW_LAYER_IS_RELU,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "relu" },
  .shape = rw_layer_same_shape,
  .forward = forward,
  .backward = backward,
};
