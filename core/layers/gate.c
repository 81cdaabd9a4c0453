/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * gate: the product of the two halves of the channels, y[c] = x[c] x[c + C/2],
 * a gated linear unit without its sigmoid.
 * Source: Chen, Chu, Zhang and Sun 2022 (NAFNet), equation 4 (SimpleGate).
 */
#include "layers/layer.h"

#include "reweave.h"

static const RwSetting settings[] = { RW_SETTING_END };

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  if (in->c % 2) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "gate: its input has %d channels, wanted an even number, "
                 "two halves to multiply; use %d",
                 in->c, in->c + 1);
    return FALSE;
  }
  *out = *in;
  rw_shape_set (out, in->h, in->w, in->c / 2);
  return TRUE;
}

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const int c = p->out.c, stride = p->out.stride;

  for (size_t i = first; i < last; i++) {
    const float *x = p->x[0] + i * p->in[0].stride;
    float *y = p->y + i * stride;

    for (int k = 0; k < c; k++)
      y[k] = x[k] * x[k + c];
    for (int k = c; k < stride; k++)
      y[k] = 0;
  }
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges (rw_shape_n_pixels (&p->out), 1024, forward_range,
                       (void *) p);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const size_t n = rw_shape_n_pixels (&p->out);
  const int c = p->out.c, stride = p->in[0].stride;
  const gboolean add = p->dx_add[0];

  for (size_t i = 0; p->dx[0] && i < n; i++) {
    const float *x = p->x[0] + i * stride, *dy = p->dy + i * p->out.stride;
    float *dx = p->dx[0] + i * stride;

    for (int k = 0; k < c; k++) {
      dx[k] = (add ? dx[k] : 0) + dy[k] * x[k + c];
      dx[k + c] = (add ? dx[k + c] : 0) + dy[k] * x[k];
    }
    for (int k = 2 * c; k < stride && !add; k++)
      dx[k] = 0;
  }
}

const RwLayerClass rw_layer_gate = {
  .name = "gate",
  .summary = "the product of the two halves of the channels",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_NEEDS_X,
  .relevance = RW_RELEVANCE_HALVES,
  .channels = { RW_CHANNELS_HALVES },
  .settings = settings,
  .examples = { "gate" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
