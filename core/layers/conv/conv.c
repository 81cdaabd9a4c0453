/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * conv N: y[o] = bias[o] + sum over i, ky, kx of w[o][i][ky][kx] *
 * x[i][y s + ky - p][x s + kx - p], zeros outside (cross-correlation, as in
 * PyTorch's Conv2d).  3x3 with step 1 runs as Winograd, the rest as patches
 * and a matrix product.
 */
#include "layers/conv/conv.h"

#include <string.h>

#include "kernels/kernels.h"
#include "reweave.h"

enum { PAD_SAME, PAD_VALID };
enum { INIT_HE, INIT_ZERO };
enum { BIAS_YES, BIAS_NO };

typedef struct {
  RwLayer base;
  int channels, k, stride, pad, init, bias;
} Conv;

static const char *const pad_words[] = { "same", "valid", NULL };
static const char *const init_words[] = { "he", "zero", NULL };
static const char *const bias_words[] = { "yes", "no", NULL };

static const RwSetting settings[] = {
  RW_SETTING_INT (Conv,
                  channels,
                  RW_SETTING_REQUIRED,
                  "channels of the result",
                  .low = 1,
                  .high = 4096),
  RW_SETTING_INT (Conv,
                  k,
                  RW_SETTING_NAMED,
                  "side of the kernel in pixels",
                  .def = 3,
                  .low = 1,
                  .high = 15),
  RW_SETTING_INT (Conv,
                  stride,
                  RW_SETTING_NAMED,
                  "pixels from one place of the kernel to the next",
                  .def = 1,
                  .low = 1,
                  .high = 8),
  RW_SETTING_CHOICE (Conv,
                     pad,
                     "same: zeros around, so that the size stays",
                     .def = PAD_SAME,
                     .words = pad_words),
  RW_SETTING_CHOICE (Conv,
                     init,
                     "weights to begin with",
                     .def = INIT_HE,
                     .words = init_words),
  RW_SETTING_CHOICE (Conv,
                     bias,
                     "whether a number is added to each channel",
                     .def = BIAS_YES,
                     .words = bias_words),
  RW_SETTING_END,
};

static RwConvGeometry
geometry (const RwLayer *layer)
{
  const Conv *self = (const Conv *) layer;

  return (RwConvGeometry){
    .k = self->k,
    .stride = self->stride,
    .pad = self->pad == PAD_SAME && self->k % 2 ? (self->k - 1) / 2 : 0,
    .in_stride = layer->in[0].stride,
    .out_stride = layer->out.stride,
    .bias = self->bias == BIAS_YES,
  };
}

/* "same" gives size / step: k odd and centred, or k even, equal to the step
 * and so without padding */
static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  const Conv *self = (const Conv *) layer;
  const int k = self->k, s = self->stride;

  if (self->pad == PAD_SAME && k % 2 == 0 && k != s) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "conv: an even k=%d keeps no size with stride=%d; use an odd "
                 "k, stride=%d or pad=valid",
                 k, s, k);
    return FALSE;
  }
  if (self->pad == PAD_VALID && (s != 1 || in->h < k || in->w < k)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "conv: pad=valid needs stride=1 and an input of at least %d "
                 "x %d, found stride=%d and %d x %d",
                 k, k, s, in->w, in->h);
    return FALSE;
  }
  if (in->h % s || in->w % s) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "conv: its input is %d x %d, which stride=%d does not divide",
                 in->w, in->h, s);
    return FALSE;
  }
  *out = *in;
  if (self->pad == PAD_SAME)
    rw_shape_set (out, in->h / s, in->w / s, self->channels);
  else
    rw_shape_set (out, in->h - k + 1, in->w - k + 1, self->channels);
  return TRUE;
}

static int
n_params (const RwLayer *layer)
{
  return geometry (layer).bias ? 2 : 1;
}

static void
param (const RwLayer *layer, int i, RwParamSpec *spec)
{
  const Conv *self = (const Conv *) layer;
  const RwConvGeometry g = geometry (layer);
  const size_t k = (size_t) self->k;

  if (i == 1) {
    *spec = (RwParamSpec){ .name = "bias",
                           .n_dims = 1,
                           .dims = { (size_t) self->channels } };
    spec->n_inner = (size_t) g.out_stride;
    return;
  }
  *spec = (RwParamSpec){ .name = "weight", .n_dims = 4 };
  spec->dims[0] = (size_t) self->channels;
  spec->dims[1] = (size_t) layer->in[0].c;
  spec->dims[2] = spec->dims[3] = k;
  spec->n_inner = rw_conv_n_weights (&g);
  spec->n_outputs = (size_t) self->channels;
  spec->init = self->init == INIT_HE ? RW_INIT_HE : RW_INIT_ZERO;
  spec->fan_in = (double) (k * k * spec->dims[1]);
  spec->decay = TRUE;
}

/* file [out][in][k][k], inner [k][k][in stride][out stride] */
static size_t
inner_index (const RwLayer *layer, size_t o, size_t i, size_t tap)
{
  return (tap * layer->in[0].stride + i) * layer->out.stride + o;
}

static void
from_file (const RwLayer *layer, int which, float *inner, const float *values)
{
  const size_t n_out = (size_t) layer->out.c, n_in = (size_t) layer->in[0].c;
  const size_t taps =
      (size_t) ((const Conv *) layer)->k * ((const Conv *) layer)->k;

  if (which == 1) {
    memset (inner, 0, (size_t) layer->out.stride * sizeof (float));
    memcpy (inner, values, n_out * sizeof (float));
    return;
  }
  memset (inner, 0,
          taps * layer->in[0].stride * layer->out.stride * sizeof (float));
  for (size_t o = 0; o < n_out; o++)
    for (size_t i = 0; i < n_in; i++)
      for (size_t t = 0; t < taps; t++)
        inner[inner_index (layer, o, i, t)] =
            values[(o * n_in + i) * taps + t];
}

static void
to_file (const RwLayer *layer, int which, const float *inner, float *values)
{
  const size_t n_out = (size_t) layer->out.c, n_in = (size_t) layer->in[0].c;
  const size_t taps =
      (size_t) ((const Conv *) layer)->k * ((const Conv *) layer)->k;

  if (which == 1) {
    memcpy (values, inner, n_out * sizeof (float));
    return;
  }
  for (size_t o = 0; o < n_out; o++)
    for (size_t i = 0; i < n_in; i++)
      for (size_t t = 0; t < taps; t++)
        values[(o * n_in + i) * taps + t] =
            inner[inner_index (layer, o, i, t)];
}

static size_t
pack_size (const RwLayer *layer, RwPassKind kind)
{
  const RwConvGeometry g = geometry (layer);

  return rw_winograd_fits (&g) ? rw_winograd_pack_size (&g, kind) : 0;
}

static void
pack (const RwLayer *layer,
      RwPassKind kind,
      float *packed,
      const float *const *params)
{
  const RwConvGeometry g = geometry (layer);

  if (rw_winograd_fits (&g))
    rw_winograd_pack (&g, kind, packed, params[0]);
}

static size_t
scratch (const RwLayer *layer, const RwPass *pass, RwPassKind kind)
{
  const RwConvGeometry g = geometry (layer);
  const size_t floats = rw_winograd_fits (&g) ? rw_winograd_scratch (&g, kind)
                                              : rw_patches_scratch (&g);

  /* a run is prepared before it is known which numbers it works in */
  return kind == RW_PASS_FORWARD && rw_conv_int8_fits (&g)
             ? MAX (floats, rw_conv_int8_scratch (&g))
             : floats;
}

static double
macs (const RwLayer *layer)
{
  const Conv *self = (const Conv *) layer;

  return (double) self->k * self->k * layer->in[0].c * self->channels;
}

static RwWindow
window (const RwLayer *layer)
{
  const RwConvGeometry g = geometry (layer);

  return (RwWindow){ .multiply = g.stride,
                     .divide = 1,
                     .before = g.pad,
                     .after = g.k - g.pad - g.stride };
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  const RwConvGeometry g = geometry (layer);

  if (p->int8)
    rw_conv_int8_forward (&g, p);
  else if (rw_winograd_fits (&g))
    rw_winograd_forward (&g, p);
  else
    rw_patches_forward (&g, p);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const RwConvGeometry g = geometry (layer);

  if (g.bias)
    rw_kernels ()->bias_grad (p->grads[1], p->dy, rw_shape_n_pixels (&p->out),
                              g.out_stride);
  if (rw_winograd_fits (&g))
    rw_winograd_backward (&g, p);
  else
    rw_patches_backward (&g, p);
}

/* doubled pixels have their pattern of points with one pixel of padding */
static gboolean
reads_sources (const RwLayer *layer)
{
  const RwConvGeometry g = geometry (layer);

  return rw_winograd_fits (&g) && g.pad == 1;
}

/* ---- whole numbers ------------------------------------------------------ */

static gboolean
fits_int8 (const RwLayer *layer)
{
  const RwConvGeometry g = geometry (layer);

  return rw_conv_int8_fits (&g);
}

static void
scales_int8 (const RwLayer *layer, const float *weights, float *scales)
{
  const RwConvGeometry g = geometry (layer);

  rw_conv_int8_scales (&g, weights, scales);
}

static void
round_int8 (const RwLayer *layer, float *weights, const float *scales)
{
  const RwConvGeometry g = geometry (layer);

  rw_conv_int8_round (&g, weights, scales);
}

static gsize
pack_size_int8 (const RwLayer *layer)
{
  const RwConvGeometry g = geometry (layer);

  return rw_conv_int8_pack_size (&g);
}

static const RwInt8Conv *
pack_int8 (const RwLayer *layer,
           void *memory,
           const float *weights,
           const RwInt8Scale *input,
           const float *scales)
{
  const RwConvGeometry g = geometry (layer);

  return rw_conv_int8_pack (&g, memory, weights, input, scales);
}

static const RwInt8Class int8_class = {
  .fits = fits_int8,
  .scales = scales_int8,
  .round = round_int8,
  .pack_size = pack_size_int8,
  .pack = pack_int8,
};

const RwLayerClass rw_layer_conv = {
  .name = "conv",
  .summary = "2-D convolution",
  .size = sizeof (Conv),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_LINEAR | RW_LAYER_FUSES,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_OWN, { "oi..", "o" } },
  .settings = settings,
  .examples = { "conv 16", "conv 20 k=2 stride=2",
                "conv 5 k=5 pad=valid bias=no", "conv 32 k=1" },
  .shape = shape,
  .n_params = n_params,
  .param = param,
  .from_file = from_file,
  .to_file = to_file,
  .pack_size = pack_size,
  .pack = pack,
  .scratch = scratch,
  .macs = macs,
  .window = window,
  .forward = forward,
  .backward = backward,
  .reads_sources = reads_sources,
  .int8 = &int8_class,
};
