/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * gelu: y = x P (X <= x) with X standard normal, exact (not the tanh
 * approximation).  Source: Hendrycks and Gimpel 2016, equation 1.
 */
#include "layers/layer.h"

#include <math.h>

static const RwSetting settings[] = { RW_SETTING_END };

static float
cumulative (float x)
{
  return 0.5f * erfcf (-x * 0.70710678f);
}

static float
gelu (float x)
{
  return x * cumulative (x);
}

static float
gelu_grad (float x)
{
  return cumulative (x) + x * 0.39894228f * expf (-0.5f * x * x);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_map (p, gelu);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_map_grad (p, p->x[0], gelu_grad);
}

const RwLayerClass rw_layer_gelu = {
  .name = "gelu",
  .summary = "x times the normal distribution function of x",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_IN_PLACE,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "gelu" },
  .shape = rw_layer_same_shape,
  .forward = forward,
  .backward = backward,
};
