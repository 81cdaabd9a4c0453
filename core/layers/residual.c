/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * residual: y = x + the first channels of the net's input, so that the net
 * learns the difference.
 * Source: Zhang, Zuo, Chen, Meng and Zhang 2017, section 3.2.
 */
#include "layers/layer.h"

#include "reweave.h"

static const RwSetting settings[] = { RW_SETTING_END };

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  if (in[0].h != in[1].h || in[0].w != in[1].w || in[0].c > in[1].c) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "residual: %d channels at %d x %d, wanted the input's size "
                 "%d x %d and at most its %d channels",
                 in[0].c, in[0].w, in[0].h, in[1].w, in[1].h, in[1].c);
    return FALSE;
  }
  *out = in[0];
  return TRUE;
}

static inline void
add_pixel (float *y, const float *a, const float *b, int channels, int stride)
{
  for (int k = 0; k < channels; k++)
    y[k] = a[k] + b[k];
  for (int k = channels; k < stride; k++)
    y[k] = 0;
}

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const int c = p->out.c, stride = p->out.stride, from = p->in[1].stride;

  if (c == 3 && stride == 4 && from == 4)
    for (size_t i = first; i < last; i++)
      add_pixel (p->y + 4 * i, p->x[0] + 4 * i, p->x[1] + 4 * i, 3, 4);
  else
    for (size_t i = first; i < last; i++)
      add_pixel (p->y + i * stride, p->x[0] + i * stride, p->x[1] + i * from,
                 c, stride);
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
  const int c = p->out.c, stride = p->out.stride, to = p->in[1].stride;
  float *dx = p->dx[1];

  for (size_t i = 0; dx && i < n; i++)
    for (int k = 0; k < to; k++) {
      const float g = k < c ? p->dy[i * stride + k] : 0;

      dx[i * to + k] = p->dx_add[1] ? dx[i * to + k] + g : g;
    }
  rw_layer_pass_grad (p, 0);
}

const RwLayerClass rw_layer_residual = {
  .name = "residual",
  .summary = "the sum with the net's input",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_IN_PLACE | RW_LAYER_LINEAR | RW_LAYER_NET_INPUT,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_FIRST },
  .settings = settings,
  .examples = { "residual" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
