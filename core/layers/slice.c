/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * slice N first=F step=S: the N channels of x from channel F on; in a block
 * each round begins S channels further.
 */
#include "layers/layer.h"

#include "kernels/kernels.h"

#include <string.h>

#include "reweave.h"

typedef struct {
  RwLayer base;
  int channels, first, step;
} Slice;

static const RwSetting settings[] = {
  RW_SETTING_INT (Slice,
                  channels,
                  RW_SETTING_REQUIRED,
                  "channels of the result",
                  .low = 1,
                  .high = 4096),
  RW_SETTING_INT (Slice,
                  first,
                  RW_SETTING_NAMED,
                  "the first of them, counted from 0",
                  .def = 0,
                  .low = 0,
                  .high = 4095),
  RW_SETTING_INT (Slice,
                  step,
                  RW_SETTING_NAMED,
                  "by which each round of a block begins further on",
                  .def = 0,
                  .low = 0,
                  .high = 4095),
  RW_SETTING_END,
};

static int
get_first (const RwLayer *layer)
{
  const Slice *self = (const Slice *) layer;

  return self->first + layer->round * self->step;
}

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  const int n = ((const Slice *) layer)->channels, first = get_first (layer);

  if (first + n > in->c) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "slice: channels %d to %d, but its input has %d, wanted "
                 "fewer or a lower first",
                 first, first + n - 1, in->c);
    return FALSE;
  }
  *out = *in;
  rw_shape_set (out, in->h, in->w, n);
  return TRUE;
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  const size_t n = rw_shape_n_pixels (&p->out), c = (size_t) p->out.c;
  const size_t stride = (size_t) p->out.stride;
  const float *x = p->x[0] + get_first (layer);

  for (size_t i = 0; i < n; i++) {
    memcpy (p->y + i * stride, x + i * (size_t) p->in[0].stride,
            c * sizeof (float));
    memset (p->y + i * stride + c, 0, (stride - c) * sizeof (float));
  }
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const size_t n = rw_shape_n_pixels (&p->out), c = (size_t) p->out.c;
  const size_t stride = (size_t) p->in[0].stride;
  const int first = get_first (layer);

  if (p->dx[0] == NULL)
    return;
  if (!p->dx_add[0])
    memset (p->dx[0], 0, n * stride * sizeof (float));
  for (size_t i = 0; i < n; i++) {
    float *dx = p->dx[0] + i * stride + first;

    rw_kernels ()->add (dx, dx, p->dy + i * (size_t) p->out.stride, c);
  }
}

const RwLayerClass rw_layer_slice = {
  .name = "slice",
  .summary = "some channels that follow each other",
  .size = sizeof (Slice),
  .flags = RW_LAYER_LINEAR,
  .relevance = RW_RELEVANCE_MOVES,
  .channels = { RW_CHANNELS_STAY },
  .settings = settings,
  .examples = { "slice 1", "slice 2 first=1" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
