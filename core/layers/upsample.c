/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * upsample N: each pixel becomes an N x N square (nearest neighbour).
 */
#include "layers/layer.h"
#include "layers/scale.h"

#include <string.h>

typedef struct {
  RwLayer base;
  int factor;
} Upsample;

static const RwField fields[] = {
  RW_FIELD_INT (
      Upsample, factor, .def = 2, .min = 2, .max = 8, .positional = TRUE),
  RW_FIELD_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  return rw_shape_multiply (layer, in, ((const Upsample *) layer)->factor,
                            in->c, out, error);
}

static RwWindow
window (const RwLayer *layer)
{
  return (RwWindow){ .multiply = 1,
                     .divide = ((const Upsample *) layer)->factor };
}

static void
forward_row (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const size_t stride = (size_t) p->out.stride;
  const int f = p->out.w / p->in[0].w;

  for (size_t i = first; i < last; i++) {
    const float *x = p->x[0] + i / f * p->in[0].w * stride;
    float *y = p->y + i * p->out.w * stride;

    for (int ox = 0; ox < p->out.w; ox++)
      memcpy (y + ox * stride, x + ox / f * stride, stride * sizeof (float));
  }
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges ((size_t) p->out.n * p->out.h, 2, forward_row,
                       (void *) p);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const int f = ((const Upsample *) layer)->factor, stride = p->out.stride;
  const size_t row = (size_t) p->out.w * stride,
               n_rows = (size_t) p->in[0].n * p->in[0].h;

  if (!p->dx[0])
    return;
  for (size_t i = 0; i < n_rows; i++)
    for (int x = 0; x < p->in[0].w; x++) {
      const float *dy = p->dy + i * f * row + (size_t) x * f * stride;
      float *dx = p->dx[0] + (i * p->in[0].w + x) * stride;

      if (!p->dx_add[0])
        memset (dx, 0, (size_t) stride * sizeof (float));
      for (int k = 0; k < f * f; k++)
        for (int c = 0; c < stride; c++)
          dx[c] += dy[(size_t) (k / f) * row + (size_t) (k % f) * stride + c];
    }
}

const RwLayerClass rw_layer_upsample = {
  .name = "upsample",
  .summary = "each pixel repeated in a square",
  .size = sizeof (Upsample),
  .flags = RW_LAYER_LINEAR | RW_LAYER_REPEATS,
  .fields = fields,
  .examples = { "upsample", "upsample 3" },
  .shape = shape,
  .window = window,
  .forward = forward,
  .backward = backward,
};
