/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * slice N first=F: the N channels of x from channel F on.
 */
#include "layers/layer.h"

#include "kernels/kernels.h"

#include <string.h>

#include "reweave.h"

typedef struct {
  RwLayer base;
  int channels, first;
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
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  const Slice *self = (const Slice *) layer;

  if (self->first + self->channels > in->c) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "slice: channels %d to %d, but its input has %d, wanted "
                 "fewer or a lower first",
                 self->first, self->first + self->channels - 1, in->c);
    return FALSE;
  }
  *out = *in;
  rw_shape_set (out, in->h, in->w, self->channels);
  return TRUE;
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  const size_t n = rw_shape_n_pixels (&p->out), c = (size_t) p->out.c;
  const size_t stride = (size_t) p->out.stride;
  const float *x = p->x[0] + ((const Slice *) layer)->first;

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

  if (p->dx[0] == NULL)
    return;
  if (!p->dx_add[0])
    memset (p->dx[0], 0, n * stride * sizeof (float));
  for (size_t i = 0; i < n; i++) {
    float *dx = p->dx[0] + i * stride + ((const Slice *) layer)->first;

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
