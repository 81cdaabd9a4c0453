/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * times NAME: y = x times the result called NAME, value by value.
 */
#include "layers/layer.h"
#include "layers/scale.h"

static const RwSetting settings[] = { RW_SETTING_END };

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const float *a = p->x[0], *b = p->x[1];

  for (size_t i = first; i < last; i++)
    p->y[i] = a[i] * b[i];
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges (rw_shape_n_floats (&p->out), 65536, forward_range,
                       (void *) p);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const size_t n = rw_shape_n_floats (&p->out);

  for (int k = 1; k >= 0; k--) {
    const float *other = p->x[1 - k];
    float *dx = p->dx[k];

    for (size_t i = 0; dx && i < n; i++)
      dx[i] = (p->dx_add[k] ? dx[i] : 0) + p->dy[i] * other[i];
  }
}

const RwLayerClass rw_layer_times = {
  .name = "times",
  .summary = "the product with a named result",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_IN_PLACE | RW_LAYER_NAMED_INPUT,
  .relevance = RW_RELEVANCE_HALVES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "times" },
  .shape = rw_shape_match,
  .forward = forward,
  .backward = backward,
};
