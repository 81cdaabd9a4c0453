/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * concat NAME: the channels of x, then those of the result called NAME.
 * Source: Ronneberger, Fischer and Brox 2015.
 */
#include "layers/layer.h"

#include "kernels/kernels.h"

#include <string.h>

#include "reweave.h"

static const RwSetting settings[] = { RW_SETTING_END };

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  if (in[0].h != in[1].h || in[0].w != in[1].w) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "concat: %d x %d and %d x %d, wanted the same size of both",
                 in[0].w, in[0].h, in[1].w, in[1].h);
    return FALSE;
  }
  *out = in[0];
  rw_shape_set (out, in[0].h, in[0].w, in[0].c + in[1].c);
  return TRUE;
}

static void
forward_range (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const int a = p->in[0].c, b = p->in[1].c, pad = p->out.stride - a - b;

  for (size_t i = first; i < last; i++) {
    float *y = p->y + i * p->out.stride;

    memcpy (y, p->x[0] + i * p->in[0].stride, (size_t) a * sizeof (float));
    memcpy (y + a, p->x[1] + i * p->in[1].stride, (size_t) b * sizeof (float));
    memset (y + a + b, 0, (size_t) pad * sizeof (float));
  }
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges (rw_shape_n_pixels (&p->out), 1024, forward_range,
                       (void *) p);
}

static void
take (const RwPass *p, int i, int first)
{
  const size_t n = rw_shape_n_pixels (&p->out);
  const int c = p->in[i].c, stride = p->in[i].stride;

  for (size_t k = 0; p->dx[i] && k < n; k++) {
    const float *dy = p->dy + k * p->out.stride + first;
    float *dx = p->dx[i] + k * stride;

    if (p->dx_add[i]) {
      rw_kernels ()->add (dx, dx, dy, (size_t) c);
      continue;
    }
    memcpy (dx, dy, (size_t) c * sizeof (float));
    memset (dx + c, 0, (size_t) (stride - c) * sizeof (float));
  }
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  take (p, 1, p->in[0].c);
  take (p, 0, 0);
}

const RwLayerClass rw_layer_concat = {
  .name = "concat",
  .summary = "its channels and those of a named result",
  .size = sizeof (RwLayer),
  .flags = RW_LAYER_LINEAR | RW_LAYER_NAMED_INPUT | RW_LAYER_JOINS,
  .relevance = RW_RELEVANCE_MOVES,
  .channels = { RW_CHANNELS_JOINED },
  .settings = settings,
  .examples = { "concat" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
