/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * unshuffle N: N x N pixels of a channel become N*N channels; the inverse of
 * shuffle.  Source: Shi et al. 2016; Zhang, Zuo and Zhang 2018, section 3.2.
 */
#include "layers/layer.h"
#include "layers/scale.h"
#include "layers/shuffle-rows.h"

typedef struct {
  RwLayer base;
  int factor;
} Unshuffle;

static const RwSetting settings[] = {
  RW_SETTING_INT (Unshuffle,
                  factor,
                  RW_SETTING_BARE,
                  "by how much the result is less wide and high",
                  .def = 2,
                  .low = 2,
                  .high = 8),
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  const int f = ((const Unshuffle *) layer)->factor;

  return rw_shape_divide (layer, in, f, in->c * f * f, out, error);
}

static RwWindow
window (const RwLayer *layer)
{
  return (RwWindow){ .multiply = ((const Unshuffle *) layer)->factor,
                     .divide = 1 };
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_unshuffle (p->y, p->x[0], &p->out, &p->in[0],
                ((const Unshuffle *) layer)->factor, FALSE);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  if (p->dx[0])
    rw_shuffle (p->dx[0], p->dy, &p->in[0], &p->out,
                ((const Unshuffle *) layer)->factor,
                p->dx_add[0] ? p->dx[0] : NULL, FALSE);
}

const RwLayerClass rw_layer_unshuffle = {
  .name = "unshuffle",
  .summary = "pixels to channels",
  .size = sizeof (Unshuffle),
  .flags = RW_LAYER_LINEAR,
  .relevance = RW_RELEVANCE_MOVES,
  .channels = { RW_CHANNELS_SPREAD },
  .settings = settings,
  .examples = { "unshuffle", "unshuffle 3" },
  .shape = shape,
  .window = window,
  .forward = forward,
  .backward = backward,
};
