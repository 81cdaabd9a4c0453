/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * zeros N: N channels of 0 as large as x, of which nothing else is read: a
 * state to begin with.
 */
#include "layers/layer.h"

#include <string.h>

typedef struct {
  RwLayer base;
  int channels;
} Zeros;

static const RwSetting settings[] = {
  RW_SETTING_INT (Zeros,
                  channels,
                  RW_SETTING_REQUIRED,
                  "channels of the result",
                  .low = 1,
                  .high = 4096),
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  *out = *in;
  rw_shape_set (out, in->h, in->w, ((const Zeros *) layer)->channels);
  return TRUE;
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  memset (p->y, 0, rw_shape_n_floats (&p->out) * sizeof (float));
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  if (p->dx[0] && !p->dx_add[0])
    memset (p->dx[0], 0, rw_shape_n_floats (&p->in[0]) * sizeof (float));
}

const RwLayerClass rw_layer_zeros = {
  .name = "zeros",
  .summary = "channels of 0, a state to begin with",
  .size = sizeof (Zeros),
  .flags = RW_LAYER_LINEAR,
  .relevance = RW_RELEVANCE_STOPS,
  .channels = { RW_CHANNELS_OWN },
  .settings = settings,
  .examples = { "zeros 8", "zeros 3" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
