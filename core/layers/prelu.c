/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * prelu: y = x for x > 0, a[c] x otherwise, with a learnt slope a channel.
 * Source: He, Zhang, Ren and Sun 2015, section 2.1.
 */
#include "layers/layer.h"

static const RwSetting settings[] = { RW_SETTING_END };

static int
n_params (const RwLayer *layer)
{
  return 1;
}

static void
param (const RwLayer *layer, int i, RwParamSpec *spec)
{
  spec->name = "weight";
  spec->n_dims = 1;
  spec->dims[0] = (size_t) layer->in[0].c;
  spec->n_inner = (size_t) layer->in[0].stride;
  spec->init = RW_INIT_CONSTANT;
  spec->value = 0.25; /* the paper's */
}

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const int stride = p->out.stride;

  for (size_t i = first; i < last; i++)
    for (int c = 0; c < stride; c++) {
      const float x = p->x[0][i * stride + c];

      p->y[i * stride + c] = x > 0 ? x : p->params[0][c] * x;
    }
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges (rw_shape_n_pixels (&p->out), 2048, forward_range,
                       (void *) p);
}

/* da[c] += sum of dy x where x <= 0 */
static void
slope_grad (const RwPass *p, int c)
{
  const size_t n = rw_shape_n_pixels (&p->out),
               stride = (size_t) p->out.stride;
  double sum = 0;

  for (size_t i = 0; i < n; i++) {
    const float x = p->x[0][i * stride + c];

    if (!(x > 0))
      sum += (double) x * (double) p->dy[i * stride + c];
  }
  p->grads[0][c] += (float) sum;
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const size_t n = rw_shape_n_pixels (&p->out);
  const int stride = p->out.stride;
  float *dx = p->dx[0];

  for (int c = 0; c < p->out.c; c++)
    slope_grad (p, c);
  for (size_t i = 0; dx && i < n; i++)
    for (int c = 0; c < stride; c++) {
      const size_t k = i * stride + c;
      const float g = p->dy[k] * (p->x[0][k] > 0 ? 1 : p->params[0][c]);

      dx[k] = p->dx_add[0] ? dx[k] + g : g;
    }
}

const RwLayerClass rw_layer_prelu = {
  .name = "prelu",
  .summary = "x where positive, a learnt slope per channel elsewhere",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_IN_PLACE,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME, { "o" } },
  .settings = settings,
  .examples = { "prelu" },
  .shape = rw_layer_same_shape,
  .n_params = n_params,
  .param = param,
  .forward = forward,
  .backward = backward,
};
