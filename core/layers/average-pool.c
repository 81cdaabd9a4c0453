/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * average-pool N: the mean of each N x N square, stride N.
 */
#include "layers/layer.h"
#include "layers/scale.h"

typedef struct {
  RwLayer base;
  int size;
} AveragePool;

static const RwSetting settings[] = {
  RW_SETTING_INT (AveragePool,
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
  return rw_shape_divide (layer, in, ((const AveragePool *) layer)->size,
                          in->c, out, error);
}

static RwWindow
window (const RwLayer *layer)
{
  return (RwWindow){ .multiply = ((const AveragePool *) layer)->size,
                     .divide = 1 };
}

static void
forward_row (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const int s = p->in[0].w / p->out.w, stride = p->out.stride;
  const size_t row = (size_t) p->in[0].w * stride;
  const float share = 1.f / (float) (s * s);

  for (size_t i = first; i < last; i++)
    for (int ox = 0; ox < p->out.w; ox++) {
      const float *x = p->x[0] + i * s * row + (size_t) ox * s * stride;
      float *y = p->y + (i * p->out.w + ox) * stride;

      for (int c = 0; c < stride; c++) {
        float sum = 0;

        for (int k = 0; k < s * s; k++)
          sum += x[(size_t) (k / s) * row + (size_t) (k % s) * stride + c];
        y[c] = sum * share;
      }
    }
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
  const int s = ((const AveragePool *) layer)->size, stride = p->out.stride,
            w = p->in[0].w;
  const size_t n_rows = (size_t) p->in[0].n * p->in[0].h;
  const float share = 1.f / (float) (s * s);

  if (!p->dx[0])
    return;
  for (size_t i = 0; i < n_rows; i++)
    for (int x = 0; x < w; x++) {
      const float *dy = p->dy + (i / s * p->out.w + x / s) * stride;
      float *dx = p->dx[0] + (i * w + x) * stride;

      for (int c = 0; c < stride; c++)
        dx[c] = (p->dx_add[0] ? dx[c] : 0) + share * dy[c];
    }
}

const RwLayerClass rw_layer_average_pool = {
  .name = "average-pool",
  .summary = "the mean of each square of pixels",
  .size = sizeof (AveragePool),
  .flags = RW_LAYER_LINEAR,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "average-pool", "average-pool 3" },
  .shape = shape,
  .window = window,
  .forward = forward,
  .backward = backward,
};
