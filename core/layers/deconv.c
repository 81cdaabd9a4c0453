/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * deconv N: transposed convolution to stride times the size, as PyTorch's
 * ConvTranspose2d with padding p = (k - stride + 1) / 2 and the output padding
 * that keeps the size exact:
 *   y[o][Y][X] = bias[o] + sum over i and all (ky, kx) that Y + p - ky and
 *   X + p - kx are multiples of the stride s for, of
 *   x[i][(Y + p - ky) / s][(X + p - kx) / s] w[i][o][ky][kx]
 * Source: Dumoulin and Visin 2016, chapter 4.
 *
 * Results with the same remainders of Y + p and X + p by s have the same taps:
 * they are a phase, and each phase is a convolution with a small kernel,
 * gathered patches times the phase's weights.  So no product is with a 0.
 */
#include "layers/layer.h"

#include <string.h>

#include "base/parallel.h"
#include "kernels/kernels.h"
#include "layers/scale.h"
#include "reweave.h"

enum { CHUNK = 64 /* results a matrix product, as conv-gemm.c */ };
enum { INIT_HE, INIT_ZERO };
enum { BIAS_YES, BIAS_NO };

typedef struct {
  RwLayer base;
  int channels, k, stride, init, bias;
} Deconv;

static const char *const init_words[] = { "he", "zero", NULL };
static const char *const bias_words[] = { "yes", "no", NULL };

static const RwSetting settings[] = {
  RW_SETTING_INT (Deconv,
                  channels,
                  RW_SETTING_REQUIRED,
                  "channels of the result",
                  .low = 1,
                  .high = 4096),
  RW_SETTING_INT (Deconv,
                  k,
                  RW_SETTING_NAMED,
                  "side of the kernel in pixels",
                  .def = 4,
                  .low = 1,
                  .high = 15),
  RW_SETTING_INT (Deconv,
                  stride,
                  RW_SETTING_NAMED,
                  "how many times as wide and high the result is",
                  .def = 2,
                  .low = 1,
                  .high = 8),
  RW_SETTING_CHOICE (Deconv,
                     init,
                     "weights to begin with",
                     .def = INIT_HE,
                     .words = init_words),
  RW_SETTING_CHOICE (Deconv,
                     bias,
                     "whether a number is added to each channel",
                     .def = BIAS_YES,
                     .words = bias_words),
  RW_SETTING_END,
};

static const Deconv *
get (const RwLayer *layer)
{
  return (const Deconv *) layer;
}

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  const int k = get (layer)->k, s = get (layer)->stride;

  if (k < s) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "deconv: k=%d is smaller than stride=%d, so some results "
                 "would be made of nothing; use k=%d or more",
                 k, s, 2 * s);
    return FALSE;
  }
  return rw_shape_multiply (layer, in, s, get (layer)->channels, out, error);
}

/* ---- phases ------------------------------------------------------------ */

/* Along one axis: the results s q + place use taps ky = rest + s t, t = 0 to
 * n_taps - 1, of pixel q + shift - t. */
typedef struct {
  int rest, place, shift, n_taps;
} Phase;

static Phase
phase_at (const RwLayer *layer, int rest)
{
  const int k = get (layer)->k, s = get (layer)->stride, p = (k - s + 1) / 2;
  const int place = (rest - p % s + s) % s;

  return (Phase){ .rest = rest,
                  .place = place,
                  .shift = (place + p - rest) / s,
                  .n_taps = (k - rest + s - 1) / s };
}

static RwWindow
window (const RwLayer *layer)
{
  RwWindow w = { .multiply = 1, .divide = get (layer)->stride };

  for (int i = 0; i < w.divide; i++) {
    const Phase phase = phase_at (layer, i);

    w.before = MAX (w.before, phase.n_taps - 1 - phase.shift);
    w.after = MAX (w.after, phase.shift);
  }
  return w;
}

/* ---- parameters -------------------------------------------------------- */

static int
n_params (const RwLayer *layer)
{
  return get (layer)->bias == BIAS_YES ? 2 : 1;
}

static void
param (const RwLayer *layer, int i, RwParamSpec *spec)
{
  const size_t k = (size_t) get (layer)->k, s = (size_t) get (layer)->stride;

  if (i == 1) {
    *spec = (RwParamSpec){ .name = "bias",
                           .n_dims = 1,
                           .dims = { (size_t) layer->out.c },
                           .n_inner = (size_t) layer->out.stride };
    return;
  }
  *spec = (RwParamSpec){ .name = "weight",
                         .n_dims = 4,
                         .dims = { (size_t) layer->in[0].c,
                                   (size_t) layer->out.c, k, k },
                         .n_outputs = (size_t) layer->out.c,
                         .decay = TRUE };
  spec->n_inner =
      k * k * (size_t) layer->in[0].stride * (size_t) layer->out.stride;
  spec->init = get (layer)->init == INIT_HE ? RW_INIT_HE : RW_INIT_ZERO;
  spec->fan_in = (double) (k * k * spec->dims[0]) / (double) (s * s);
}

/* Taps of the phases before (rest_y, rest_x): phases one after the other, in
 * each [ty][tx][in stride][out stride]. */
static size_t
taps_before (const RwLayer *layer, int rest_y, int rest_x)
{
  size_t n = 0;

  for (int y = 0; y < rest_y; y++)
    n += (size_t) phase_at (layer, y).n_taps * (size_t) get (layer)->k;
  for (int x = 0; x < rest_x; x++)
    n += (size_t) phase_at (layer, rest_y).n_taps *
         (size_t) phase_at (layer, x).n_taps;
  return n;
}

/* of weight [i][o][ky][kx] */
static size_t
inner_index (const RwLayer *layer, size_t i, size_t o, int ky, int kx)
{
  const int s = get (layer)->stride;
  const size_t tap =
      taps_before (layer, ky % s, kx % s) +
      (size_t) (ky / s * phase_at (layer, kx % s).n_taps + kx / s);

  return (tap * (size_t) layer->in[0].stride + i) *
             (size_t) layer->out.stride +
         o;
}

static void
from_file (const RwLayer *layer, int which, float *inner, const float *values)
{
  const size_t n_in = (size_t) layer->in[0].c, n_out = (size_t) layer->out.c;
  const int k = get (layer)->k;
  RwParamSpec spec;

  param (layer, which, &spec);
  memset (inner, 0, spec.n_inner * sizeof (float));
  if (which == 1) {
    memcpy (inner, values, n_out * sizeof (float));
    return;
  }
  for (int t = 0; t < k * k; t++) {
    const size_t tap = inner_index (layer, 0, 0, t / k, t % k);

    for (size_t i = 0; i < n_in; i++)
      for (size_t o = 0; o < n_out; o++)
        inner[tap + i * (size_t) layer->out.stride + o] =
            values[(i * n_out + o) * (size_t) (k * k) + (size_t) t];
  }
}

static void
to_file (const RwLayer *layer, int which, const float *inner, float *values)
{
  const size_t n_in = (size_t) layer->in[0].c, n_out = (size_t) layer->out.c;
  const int k = get (layer)->k;

  if (which == 1) {
    memcpy (values, inner, n_out * sizeof (float));
    return;
  }
  for (int t = 0; t < k * k; t++) {
    const size_t tap = inner_index (layer, 0, 0, t / k, t % k);

    for (size_t i = 0; i < n_in; i++)
      for (size_t o = 0; o < n_out; o++)
        values[(i * n_out + o) * (size_t) (k * k) + (size_t) t] =
            inner[tap + i * (size_t) layer->out.stride + o];
  }
}

static double
macs (const RwLayer *layer)
{
  const double k = get (layer)->k, s = get (layer)->stride;

  return k * k / (s * s) * layer->in[0].c * layer->out.c;
}

static size_t
scratch (const RwLayer *layer, const RwPass *pass, RwPassKind kind)
{
  const size_t k = (size_t) get (layer)->k, s = (size_t) get (layer)->stride;
  const size_t most = (k + s - 1) / s,
               patch = most * most * (size_t) layer->in[0].stride;

  return kind == RW_PASS_FORWARD
             ? CHUNK * patch
             : (CHUNK + (size_t) layer->out.stride) * patch;
}

/* ---- a phase's results in one row of pixels ---------------------------- */

/* Row @row of x, counted through all images of the batch, and what its
 * results of one phase are made of. */
typedef struct {
  const RwPass *p;
  Phase y, x;
  int row;
  int depth;      /* floats of a patch */
  size_t weights; /* of the phase, first float */
} Strip;

/* Where the tap (ty, tx) of pixel @q stands in x, in floats; FALSE where that
 * is beyond the edges. */
static gboolean
find_tap (const Strip *strip, int q, int ty, int tx, ptrdiff_t *at)
{
  const RwPass *p = strip->p;
  const RwShape *in = &p->in[0];
  const int shift = strip->y.shift - ty, column = q + strip->x.shift - tx;
  const int y = strip->row % in->h + shift;

  *at = ((ptrdiff_t) (strip->row + shift) * in->w + column) * in->stride;
  return y >= -p->above[0] && y < in->h + p->below[0] && column >= 0 &&
         column < in->w;
}

/* [n][ty][tx][in stride] of pixels q = first.. */
static void
gather (const Strip *strip, int first, int n, float *patches)
{
  const size_t stride = (size_t) strip->p->in[0].stride;
  ptrdiff_t at;

  for (int q = first; q < first + n; q++)
    for (int ty = 0; ty < strip->y.n_taps; ty++)
      for (int tx = 0; tx < strip->x.n_taps; tx++, patches += stride)
        if (find_tap (strip, q, ty, tx, &at))
          memcpy (patches, strip->p->x[0] + at, stride * sizeof (float));
        else
          memset (patches, 0, stride * sizeof (float));
}

/* gather's adjoint */
static void
scatter (const Strip *strip, int first, int n, const float *patches)
{
  const size_t stride = (size_t) strip->p->in[0].stride;
  ptrdiff_t at;

  for (int q = first; q < first + n; q++)
    for (int ty = 0; ty < strip->y.n_taps; ty++)
      for (int tx = 0; tx < strip->x.n_taps; tx++, patches += stride)
        if (find_tap (strip, q, ty, tx, &at))
          for (size_t c = 0; c < stride; c++)
            strip->p->dx[0][at + (ptrdiff_t) c] += patches[c];
}

/* Where the strip's results stand in y; they are s pixels apart. */
static size_t
result_at (const Strip *strip, int s, int q)
{
  const RwShape *out = &strip->p->out;

  return ((size_t) (strip->row * s + strip->y.place) * (size_t) out->w +
          (size_t) (q * s + strip->x.place)) *
         (size_t) out->stride;
}

static Strip
strip_at (const RwLayer *layer, const RwPass *p, int row, int phase)
{
  const int s = get (layer)->stride;
  Strip strip = { .p = p,
                  .row = row,
                  .y = phase_at (layer, phase / s),
                  .x = phase_at (layer, phase % s) };

  strip.depth = strip.y.n_taps * strip.x.n_taps * p->in[0].stride;
  strip.weights = taps_before (layer, phase / s, phase % s) *
                  (size_t) p->in[0].stride * (size_t) p->out.stride;
  return strip;
}

/* ---- forward ----------------------------------------------------------- */

typedef struct {
  const RwLayer *layer;
  const RwPass *p;
} Job;

static void
add_bias (const RwLayer *layer, const RwPass *p, int row)
{
  const int s = get (layer)->stride;
  const size_t n = (size_t) s * (size_t) p->out.w,
               at = (size_t) row * n * (size_t) p->out.stride;
  const float *bias = get (layer)->bias == BIAS_YES ? p->params[1] : NULL;

  if (bias || p->addend || p->fused_relu)
    rw_kernels ()->bias_rows (
        p->y + at, bias, p->addend ? p->addend + at : NULL, n, p->out.stride,
        p->fused_relu ? RW_STORE_RELU : RW_STORE_PLAIN);
}

/* Cut within rows, so that the bits do not depend on the band. */
static void
forward_row (int row, int worker, void *data)
{
  const Job *j = data;
  const RwPass *p = j->p;
  const int s = get (j->layer)->stride, out = p->out.stride;
  float *patches = p->scratch + (size_t) worker * p->scratch_stride;

  for (int phase = 0; phase < s * s; phase++) {
    const Strip strip = strip_at (j->layer, p, row, phase);

    for (int q = 0; q < p->in[0].w; q += CHUNK) {
      const int n = MIN (CHUNK, p->in[0].w - q);

      gather (&strip, q, n, patches);
      rw_gemm (RW_GEMM_PLAIN, n, out, strip.depth, patches, strip.depth,
               p->params[0] + strip.weights, out, 0,
               p->y + result_at (&strip, s, q), s * out);
    }
  }
  add_bias (j->layer, p, row);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  Job job = { layer, p };

  rw_parallel_for_workers (p->workers, p->in[0].n * p->in[0].h, forward_row,
                           &job);
}

/* ---- backward ---------------------------------------------------------- */

/* sums += patches' dy, dx += dy w' */
static void
backward_strip (const Strip *strip, int s, float *sums)
{
  const RwPass *p = strip->p;
  const int out = p->out.stride, depth = strip->depth;

  for (int q = 0; q < p->in[0].w; q += CHUNK) {
    const int n = MIN (CHUNK, p->in[0].w - q);
    const float *dy = p->dy + result_at (strip, s, q);

    gather (strip, q, n, p->scratch);
    rw_gemm (RW_GEMM_TRANSPOSE_A, depth, out, n, p->scratch, depth, dy,
             s * out, 1, sums, out);
    if (!p->dx[0])
      continue;
    rw_gemm (RW_GEMM_TRANSPOSE_B, n, depth, out, dy, s * out,
             p->params[0] + strip->weights, out, 0, p->scratch, depth);
    scatter (strip, q, n, p->scratch);
  }
}

/* A phase's gradient is summed up apart and added once, so that it is rounded
 * to what it is, not to what was there. */
static void
backward_phase (const RwLayer *layer, const RwPass *p, int phase)
{
  const int s = get (layer)->stride, n_rows = p->in[0].n * p->in[0].h;
  Strip strip = strip_at (layer, p, 0, phase);
  const size_t n = (size_t) strip.depth * (size_t) p->out.stride;
  float *sums = p->scratch + CHUNK * (size_t) strip.depth,
        *grads = p->grads[0] + strip.weights;

  memset (sums, 0, n * sizeof (float));
  for (strip.row = 0; strip.row < n_rows; strip.row++)
    backward_strip (&strip, s, sums);
  rw_kernels ()->add (grads, grads, sums, n);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const int s = get (layer)->stride;

  if (get (layer)->bias == BIAS_YES)
    rw_kernels ()->bias_grad (p->grads[1], p->dy, rw_shape_n_pixels (&p->out),
                              p->out.stride);
  if (p->dx[0] && !p->dx_add[0])
    memset (p->dx[0], 0, rw_shape_n_floats (&p->in[0]) * sizeof (float));
  for (int phase = 0; phase < s * s; phase++)
    backward_phase (layer, p, phase);
}

const RwLayerClass rw_layer_deconv = {
  .name = "deconv",
  .summary = "transposed convolution, stride times as large",
  .size = sizeof (Deconv),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_LINEAR | RW_LAYER_FUSES,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_OWN, { "io..", "o" } },
  .settings = settings,
  .examples = { "deconv 16", "deconv 5 k=3", "deconv 20 k=7 stride=3",
                "deconv 3 k=2 bias=no" },
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
