/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * sigmoid: y = 1 / (1 + exp (-x)).  dy/dx = y (1 - y).
 */
#include "layers/layer.h"

#include <math.h>

static const RwSetting settings[] = { RW_SETTING_END };

static float
sigmoid (float x)
{
  return 1 / (1 + expf (-x));
}

static float
sigmoid_grad (float y)
{
  return y * (1 - y);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_map (p, sigmoid);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_map_grad (p, p->y, sigmoid_grad);
}

const RwLayerClass rw_layer_sigmoid = {
  .name = "sigmoid",
  .summary = "1 / (1 + exp (-x))",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_Y | RW_LAYER_IN_PLACE,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "sigmoid" },
  .shape = rw_layer_same_shape,
  .forward = forward,
  .backward = backward,
};
