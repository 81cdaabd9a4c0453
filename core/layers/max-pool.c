/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * max-pool N: the largest of each N x N square, stride N.  Where several are
 * equal the first in reading order gets the gradient, as in PyTorch.
 */
#include "layers/layer.h"

#include "kernels/kernels.h"
#include "layers/scale.h"

typedef struct {
  RwLayer base;
  int size;
} MaxPool;

static const RwSetting settings[] = {
  RW_SETTING_INT (MaxPool,
                  size,
                  RW_SETTING_BARE,
                  "side of the squares in pixels",
                  .def = 2,
                  .low = 2,
                  .high = 8),
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  return rw_shape_divide (layer, in, ((const MaxPool *) layer)->size, in->c,
                          out, error);
}

static RwWindow
window (const RwLayer *layer)
{
  return (RwWindow){ .multiply = ((const MaxPool *) layer)->size,
                     .divide = 1 };
}

static void
forward_row (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const int s = p->in[0].w / p->out.w, stride = p->out.stride;
  const size_t row = (size_t) p->in[0].w * stride;

  for (size_t i = first; i < last; i++)
    rw_kernels ()->max_pool (p->y + i * p->out.w * stride,
                             p->x[0] + i * s * row, row, p->out.w, stride, s);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges ((size_t) p->out.n * p->out.h, 1, forward_row,
                       (void *) p);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const int s = ((const MaxPool *) layer)->size, stride = p->out.stride;
  const size_t row = (size_t) p->in[0].w * stride,
               row_y = (size_t) p->out.w * stride;
  const size_t n_rows = (size_t) p->out.n * p->out.h;

  for (size_t i = 0; p->dx[0] && i < n_rows; i++)
    rw_kernels ()->max_pool_grad (p->dx[0] + i * s * row, p->dy + i * row_y,
                                  p->x[0] + i * s * row, p->y + i * row_y, row,
                                  p->out.w, stride, s, p->dx_add[0]);
}

const RwLayerClass rw_layer_max_pool = {
  .name = "max-pool",
  .summary = "the largest of each square of pixels",
  .size = sizeof (MaxPool),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_NEEDS_Y,
  .relevance = RW_RELEVANCE_MOVES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "max-pool", "max-pool 3" },
  .shape = shape,
  .window = window,
  .forward = forward,
  .backward = backward,
};
