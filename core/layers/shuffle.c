/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * shuffle N: N*N channels become one channel of N x N pixels; channel order as
 * in PyTorch's PixelShuffle.
 * Source: Shi et al. 2016, equation 4.
 */
#include "layers/layer.h"
#include "layers/scale.h"
#include "layers/shuffle-rows.h"

#include "reweave.h"

typedef struct {
  RwLayer base;
  int factor;
} Shuffle;

static const RwSetting settings[] = {
  RW_SETTING_INT (Shuffle,
                  factor,
                  RW_SETTING_BARE,
                  "how many times as wide and high the result is",
                  .def = 2,
                  .low = 2,
                  .high = 8),
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  const int f = ((const Shuffle *) layer)->factor;

  if (in->c % (f * f)) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        "shuffle %d: its input has %d channels, wanted a multiple of %d", f,
        in->c, f * f);
    return FALSE;
  }
  return rw_shape_multiply (layer, in, f, in->c / (f * f), out, error);
}

static RwWindow
window (const RwLayer *layer)
{
  return (RwWindow){ .multiply = 1,
                     .divide = ((const Shuffle *) layer)->factor };
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_shuffle (p->y, p->x[0], &p->out, &p->in[0],
              ((const Shuffle *) layer)->factor, p->addend, p->fused_relu);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  if (p->dx[0])
    rw_unshuffle (p->dx[0], p->dy, &p->in[0], &p->out,
                  ((const Shuffle *) layer)->factor, p->dx_add[0]);
}

const RwLayerClass rw_layer_shuffle = {
  .name = "shuffle",
  .summary = "channels to pixels",
  .size = sizeof (Shuffle),
  .flags = RW_LAYER_LINEAR | RW_LAYER_FUSES,
  .relevance = RW_RELEVANCE_MOVES,
  .channels = { RW_CHANNELS_GATHERED },
  .settings = settings,
  .examples = { "shuffle", "shuffle 3" },
  .shape = shape,
  .window = window,
  .forward = forward,
  .backward = backward,
};
