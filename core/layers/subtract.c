/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * subtract NAME: y = x - the result called NAME.
 */
#include "layers/layer.h"
#include "layers/scale.h"

static const RwSetting settings[] = { RW_SETTING_END };

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;

  for (size_t i = first; i < last; i++)
    p->y[i] = p->x[0][i] - p->x[1][i];
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges (rw_shape_n_floats (&p->out), 65536, forward_range,
                       (void *) p);
}

/* the second first: the first may be the same memory as dy */
static void
backward (const RwLayer *layer, const RwPass *p)
{
  const size_t n = rw_shape_n_floats (&p->out);
  float *dx = p->dx[1];

  for (size_t i = 0; dx && i < n; i++)
    dx[i] = (p->dx_add[1] ? dx[i] : 0) - p->dy[i];
  rw_layer_pass_grad (p, 0);
}

const RwLayerClass rw_layer_subtract = {
  .name = "subtract",
  .summary = "the difference to a named result",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_IN_PLACE | RW_LAYER_LINEAR | RW_LAYER_NAMED_INPUT,
  .relevance = RW_RELEVANCE_SUBTRACTS,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "subtract" },
  .shape = rw_shape_match,
  .forward = forward,
  .backward = backward,
};
