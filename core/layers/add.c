/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * add NAME: y = x + the result called NAME.
 * Source: He, Zhang, Ren and Sun 2016 (residual connection).
 */
#include "layers/layer.h"

#include "kernels/kernels.h"
#include "layers/scale.h"

static const RwSetting settings[] = { RW_SETTING_END };

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;

  rw_kernels ()->add (p->y + first, p->x[0] + first, p->x[1] + first,
                      last - first);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges (rw_shape_n_floats (&p->out), 16384, forward_range,
                       (void *) p);
}

/* the second first: the first may be the same memory as dy */
static void
backward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_pass_grad (p, 1);
  rw_layer_pass_grad (p, 0);
}

const RwLayerClass rw_layer_add = {
  .name = "add",
  .summary = "the sum with a named result",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_IN_PLACE | RW_LAYER_LINEAR | RW_LAYER_NAMED_INPUT |
           RW_LAYER_IS_ADD,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "add" },
  .shape = rw_shape_match,
  .forward = forward,
  .backward = backward,
};
