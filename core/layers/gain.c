/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * gain NAME N: y[c] = g[c] x[c], with factors learnt for each of N rates and
 *   log g[c] = share log g[r + 1][c] + (1 - share) log g[r][c]
 * between the rates r and r + 1.  Which rate is told by the last channel of
 * NAME.  The parameter is how far log g is from growing evenly from 0 at the
 * first rate to log span at the last.
 * Source: Cui, Wang, Gao, Guo, Feng and Bai 2021, section 3 (equations 4, 5).
 */
#include "layers/gain.h"

#include <math.h>
#include <string.h>

typedef struct {
  RwLayer base;
  int rates;
  double span;
} Gain;

static const RwSetting settings[] = {
  RW_RATES_SETTING (Gain),
  RW_SETTING_REAL (
      Gain,
      span,
      RW_SETTING_NAMED,
      "factor of the last rate to begin with; that of the first is 1",
      .def = 1,
      .low = 1e-3,
      .high = 1e3),
  RW_SETTING_END,
};

static int
n_params (const RwLayer *layer)
{
  return 1;
}

static void
param (const RwLayer *layer, int i, RwParamSpec *spec)
{
  const Gain *self = (const Gain *) layer;

  *spec = (RwParamSpec){
    .name = "gain",
    .n_dims = 2,
    .dims = { (size_t) self->rates, (size_t) layer->in[0].c },
    .n_inner = (size_t) self->rates * (size_t) layer->in[0].stride,
    .init = RW_INIT_ZERO,
  };
}

/* Rows of channels are padded inside. */
static void
copy_rows (const RwLayer *layer,
           float *to,
           int to_stride,
           const float *from,
           int from_stride)
{
  const Gain *self = (const Gain *) layer;

  for (int r = 0; r < self->rates; r++)
    memcpy (to + (size_t) r * (size_t) to_stride,
            from + (size_t) r * (size_t) from_stride,
            (size_t) layer->in[0].c * sizeof (float));
}

static void
from_file (const RwLayer *layer, int i, float *inner, const float *values)
{
  copy_rows (layer, inner, layer->in[0].stride, values, layer->in[0].c);
}

static void
to_file (const RwLayer *layer, int i, const float *inner, float *values)
{
  copy_rows (layer, values, layer->in[0].c, inner, layer->in[0].stride);
}

void
rw_gain_compute (const float *logs,
                 int n_rates,
                 int channels,
                 int stride,
                 double span,
                 double told,
                 float *gains)
{
  const RwRatePlace place = rw_rate_place (told, n_rates);
  const float *low = logs + (size_t) place.rate * (size_t) stride,
              *high = low + stride;
  const float even = (float) (place.told * log (span));

  for (int c = 0; c < channels; c++)
    gains[c] = expf (even + low[c] + place.share * (high[c] - low[c]));
}

/* Factors, and a slope for each pixel when going back. */
static size_t
scratch (const RwLayer *layer, const RwPass *pass, RwPassKind kind)
{
  const size_t n = kind == RW_PASS_BOTH ? rw_shape_n_pixels (&pass->out) : 0;

  return (size_t) pass->out.stride + n;
}

/* Most often one rate is told for all of a picture. */
static void
find_gains (const Gain *self, const RwPass *p, size_t pixel, float *gains)
{
  const float told = rw_rate_told (p, pixel);

  if (pixel == 0 || told != rw_rate_told (p, pixel - 1))
    rw_gain_compute (p->params[0], self->rates, p->out.c, p->out.stride,
                     self->span, (double) told, gains);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  const int c = p->out.c, stride = p->out.stride;
  float *gains = p->scratch;

  for (size_t i = 0; i < rw_shape_n_pixels (&p->out); i++) {
    const float *x = p->x[0] + i * (size_t) stride;
    float *y = p->y + i * (size_t) stride;

    find_gains ((const Gain *) layer, p, i, gains);
    for (int k = 0; k < c; k++)
      y[k] = gains[k] * x[k];
    for (int k = c; k < stride; k++)
      y[k] = 0;
  }
}

/* Of one pixel: adds to the gradients of x and of both rates' logarithms.
 * Returns d / d what is told. */
static float
backward_pixel (const Gain *self,
                const RwPass *p,
                size_t pixel,
                const float *gains)
{
  const RwRatePlace place =
      rw_rate_place ((double) rw_rate_told (p, pixel), self->rates);
  const size_t stride = (size_t) p->out.stride, at = pixel * stride;
  const float *low = p->params[0] + (size_t) place.rate * stride,
              *high = low + stride;
  float *grad = p->grads[0] + (size_t) place.rate * stride;
  const float even = (float) log (self->span);
  float slope = 0;

  for (size_t k = 0; k < (size_t) p->out.c; k++) {
    const float dx = p->dy[at + k] * gains[k], by_log = dx * p->x[0][at + k];

    if (p->dx[0])
      p->dx[0][at + k] += dx;
    grad[k] += (1 - place.share) * by_log;
    grad[stride + k] += place.share * by_log;
    slope += by_log * (even + (float) (self->rates - 1) * (high[k] - low[k]));
  }
  return place.ends ? 0 : slope;
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  float *gains = p->scratch, *slopes = gains + p->out.stride;

  rw_rates_begin_grads (p);
  for (size_t i = 0; i < rw_shape_n_pixels (&p->out); i++) {
    find_gains ((const Gain *) layer, p, i, gains);
    slopes[i] = backward_pixel ((const Gain *) layer, p, i, gains);
  }
  rw_rates_add_slopes (p, slopes);
}

const RwLayerClass rw_layer_gain = {
  .name = "gain",
  .summary = "a factor a channel, learnt for each of several rates",
  .size = sizeof (Gain),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_NAMED_INPUT,
  .channels = { RW_CHANNELS_STAY },
  .relevance = RW_RELEVANCE_PASSES,
  .settings = settings,
  .examples = { "gain 6", "gain 2 span=0.125" },
  .shape = rw_rates_shape,
  .n_params = n_params,
  .param = param,
  .from_file = from_file,
  .to_file = to_file,
  .scratch = scratch,
  .forward = forward,
  .backward = backward,
};
