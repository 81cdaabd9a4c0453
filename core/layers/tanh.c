/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * tanh: the hyperbolic tangent.  dy/dx = 1 - y^2.
 */
#include "layers/layer.h"

#include <math.h>

static const RwSetting settings[] = { RW_SETTING_END };

static float
tanh_grad (float y)
{
  return 1 - y * y;
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_map (p, tanhf);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_map_grad (p, p->y, tanh_grad);
}

const RwLayerClass rw_layer_tanh = {
  .name = "tanh",
  .summary = "hyperbolic tangent",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_Y | RW_LAYER_IN_PLACE,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "tanh" },
  .shape = rw_layer_same_shape,
  .forward = forward,
  .backward = backward,
};
