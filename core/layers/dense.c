/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * dense N: every value of x goes into every one of N results, which are the
 * channels of a single pixel:
 *   y[o] = bias[o] + sum over c, h, w of w[o][(c H + h) W + w] x[c][h][w]
 * as PyTorch's Linear behind Flatten.  "shuffle f" makes f x f pixels of them
 * again, as Unflatten would.  It looks at the whole picture, so the net's text
 * has to say how large that is.
 */
#include "layers/layer.h"

#include <string.h>

#include "kernels/kernels.h"

enum { PART = 128 /* terms summed up apart: less rounding */ };
enum { INIT_HE, INIT_ZERO };
enum { BIAS_YES, BIAS_NO };

typedef struct {
  RwLayer base;
  int channels, init, bias;
} Dense;

static const char *const init_words[] = { "he", "zero", NULL };
static const char *const bias_words[] = { "yes", "no", NULL };

static const RwSetting settings[] = {
  RW_SETTING_INT (Dense,
                  channels,
                  RW_SETTING_REQUIRED,
                  "values of the result",
                  .low = 1,
                  .high = 16384),
  RW_SETTING_CHOICE (Dense,
                     init,
                     "weights to begin with",
                     .def = INIT_HE,
                     .words = init_words),
  RW_SETTING_CHOICE (Dense,
                     bias,
                     "whether a number is added to each value",
                     .def = BIAS_YES,
                     .words = bias_words),
  RW_SETTING_END,
};

static const Dense *
get (const RwLayer *layer)
{
  return (const Dense *) layer;
}

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  *out = *in;
  rw_shape_set (out, 1, 1, get (layer)->channels);
  return TRUE;
}

/* one row of y is made of all rows of x, and likewise the column */
static RwWindow
window (const RwLayer *layer)
{
  const RwShape *in = &layer->in[0];

  return (RwWindow){ .multiply = in->h,
                     .divide = 1,
                     .after = MAX (0, in->w - in->h) };
}

/* floats of x, an image */
static size_t
depth (const RwLayer *layer)
{
  const RwShape *in = &layer->in[0];

  return (size_t) in->h * (size_t) in->w * (size_t) in->stride;
}

static int
n_params (const RwLayer *layer)
{
  return get (layer)->bias == BIAS_YES ? 2 : 1;
}

static void
param (const RwLayer *layer, int i, RwParamSpec *spec)
{
  const RwShape *in = &layer->in[0];
  const size_t n_out = (size_t) layer->out.c,
               n_in = (size_t) in->c * (size_t) in->h * (size_t) in->w;

  *spec = (RwParamSpec){ .name = i ? "bias" : "weight",
                         .n_dims = i ? 1 : 2,
                         .dims = { n_out, i ? 0 : n_in } };
  spec->n_inner = (size_t) layer->out.stride * (i ? 1 : depth (layer));
  if (i == 1)
    return;
  spec->init = get (layer)->init == INIT_HE ? RW_INIT_HE : RW_INIT_ZERO;
  spec->fan_in = (double) n_in;
  spec->n_outputs = n_out;
  spec->decay = TRUE;
}

/* file [out][c][h][w], inner [h][w][in stride][out stride]: @way 0 writes
 * inner, 1 values */
static void
move_weights (const RwLayer *layer, int way, float *inner, float *values)
{
  const RwShape *in = &layer->in[0];
  const size_t n_pixels = (size_t) in->h * (size_t) in->w,
               n_in = (size_t) in->c * n_pixels, stride = (size_t) in->stride,
               out_stride = (size_t) layer->out.stride;

  for (size_t o = 0; o < (size_t) layer->out.c; o++)
    for (size_t i = 0; i < n_in; i++) {
      const size_t at =
          (i % n_pixels * stride + i / n_pixels) * out_stride + o;

      if (way)
        values[o * n_in + i] = inner[at];
      else
        inner[at] = values[o * n_in + i];
    }
}

static void
from_file (const RwLayer *layer, int which, float *inner, const float *values)
{
  RwParamSpec spec;

  param (layer, which, &spec);
  memset (inner, 0, spec.n_inner * sizeof (float));
  if (which == 1)
    memcpy (inner, values, (size_t) layer->out.c * sizeof (float));
  else
    move_weights (layer, 0, inner, (float *) values);
}

static void
to_file (const RwLayer *layer, int which, const float *inner, float *values)
{
  if (which == 1)
    memcpy (values, inner, (size_t) layer->out.c * sizeof (float));
  else
    move_weights (layer, 1, (float *) inner, values);
}

static double
macs (const RwLayer *layer)
{
  const RwShape *in = &layer->in[0];

  return (double) in->h * in->w * in->c * layer->out.c;
}

/* of the whole batch, on one thread */
static size_t
scratch (const RwLayer *layer, const RwPass *pass, RwPassKind kind)
{
  return rw_shape_n_floats (&pass->out);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  const int n = p->out.n, k = (int) depth (layer), out = p->out.stride;
  const size_t n_floats = rw_shape_n_floats (&p->out);
  const float *bias = get (layer)->bias == BIAS_YES ? p->params[1] : NULL;

  memset (p->y, 0, n_floats * sizeof (float));
  for (int first = 0; first < k; first += PART) {
    rw_gemm (RW_GEMM_PLAIN, n, out, MIN (PART, k - first), p->x[0] + first, k,
             p->params[0] + (size_t) first * (size_t) out, out, 0, p->scratch,
             out);
    rw_kernels ()->add (p->y, p->y, p->scratch, n_floats);
  }
  if (bias || p->addend || p->fused_relu)
    rw_kernels ()->bias_rows (p->y, bias, p->addend, (size_t) n, out,
                              p->fused_relu ? RW_STORE_RELU : RW_STORE_PLAIN);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const int n = p->out.n, k = (int) depth (layer), out = p->out.stride;

  if (get (layer)->bias == BIAS_YES)
    rw_kernels ()->bias_grad (p->grads[1], p->dy, (size_t) n, out);
  rw_gemm (RW_GEMM_TRANSPOSE_A, k, out, n, p->x[0], k, p->dy, out, 1,
           p->grads[0], out);
  if (p->dx[0])
    rw_gemm (RW_GEMM_TRANSPOSE_B, n, k, out, p->dy, out, p->params[0], out,
             p->dx_add[0] ? 1 : 0, p->dx[0], k);
}

const RwLayerClass rw_layer_dense = {
  .name = "dense",
  .summary = "all of the picture into N values; fixed sizes only",
  .size = sizeof (Dense),
  .flags =
      RW_LAYER_NEEDS_X | RW_LAYER_LINEAR | RW_LAYER_FUSES | RW_LAYER_WHOLE,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_OWN, { "oi", "o" } },
  .settings = settings,
  .examples = { "dense 5", "dense 32", "dense 16 bias=no" },
  .shape = shape,
  .n_params = n_params,
  .param = param,
  .from_file = from_file,
  .to_file = to_file,
  .scratch = scratch,
  .macs = macs,
  .window = window,
  .forward = forward,
  .backward = backward,
};
