/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * from NAME: y = the result of that name, whatever stands before, so that a
 * text can go back to an earlier result and grow another branch there.
 */
#include "layers/layer.h"

#include <string.h>

static const RwSetting settings[] = { RW_SETTING_END };

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  *out = in[1];
  return TRUE;
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  memcpy (p->y, p->x[1], rw_shape_n_floats (&p->out) * sizeof (float));
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_pass_grad (p, 1);
  if (p->dx[0] && !p->dx_add[0])
    memset (p->dx[0], 0, rw_shape_n_floats (&p->in[0]) * sizeof (float));
}

const RwLayerClass rw_layer_from = {
  .name = "from",
  .summary = "an earlier result once more, to go on from",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_LINEAR | RW_LAYER_NAMED_INPUT | RW_LAYER_SECOND_ONLY,
  .channels = { RW_CHANNELS_SECOND },
  .relevance = RW_RELEVANCE_MOVES,
  .settings = settings,
  .examples = { "from" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
