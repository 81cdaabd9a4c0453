/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * bits NAME N: how many bits all channels of a place take once x is rounded,
 * as one channel: -log2 P (v), where v is x rounded, and while training x + u
 * with u uniform in [-1/2, 1/2), which has a slope.  P (v) is what a Laplace
 * distribution around 0 has between v - 1/2 and v + 1/2.  Its width is learnt
 * for each of N rates (layers/rates.h), channel and class of what is known
 * before v: the class follows from a sum of the rounded sizes to the left and
 * above and of two channels before, so that it stands for a table of an
 * entropy coder.  What is known before has no slope.  With a span x is counted
 * times a factor that grows evenly with the rate, for what is rounded to finer
 * steps there.
 * Sources: Balle, Laparra and Simoncelli 2017, section 3 (noise); Minnen,
 * Balle and Toderici 2018 (what is known before).
 */
#include "layers/rates.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { N_CLASSES = 12, MAX_SIZE = 1 << 20 };

typedef struct {
  RwLayer base;
  int rates;
  double span;
} Bits;

static const RwSetting settings[] = {
  RW_RATES_SETTING (Bits),
  RW_SETTING_REAL (Bits,
                   span,
                   RW_SETTING_NAMED,
                   "x is counted times this at the last rate, times 1 at the "
                   "first",
                   .def = 1,
                   .low = 1e-3,
                   .high = 1e3),
  RW_SETTING_END,
};

/* The largest sum of a class; the last has all that are larger. */
static const int class_ends[N_CLASSES - 1] = { 0, 1,  2,  3,  4, 6,
                                               8, 12, 16, 24, 40 };

/* ln of the width that a class begins with: a ninth of its sum, as that has
 * nine sizes, and something for rounding. */
static const float first_widths[N_CLASSES] = {
  -1.83f, -1.27f, -0.96f, -0.71f, -0.51f, -0.25f,
  0.0f,   0.3f,   0.59f,  0.9f,   1.31f,  2.08f,
};

#define LOG_WIDTH_LOW -5.0f /* held within these, so that all stays finite */
#define LOG_WIDTH_HIGH 10.0f

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  if (!rw_rates_shape (layer, in, out, error))
    return FALSE;
  rw_shape_set (out, in->h, in->w, 1);
  return TRUE;
}

static int
n_params (const RwLayer *layer)
{
  return 1;
}

static void
param (const RwLayer *layer, int i, RwParamSpec *spec)
{
  const size_t rates = (size_t) ((const Bits *) layer)->rates,
               channels = (size_t) layer->in[0].c;

  *spec = (RwParamSpec){
    .name = "width", /* ln of it, less first_widths */
    .n_dims = 3,
    .dims = { rates, channels, N_CLASSES },
    .n_inner = rates * channels * N_CLASSES,
    .init = RW_INIT_ZERO,
  };
}

/* Above it and to both sides. */
static RwWindow
window (const RwLayer *layer)
{
  return (RwWindow){ .multiply = 1, .divide = 1, .before = 1, .after = 1 };
}

/* ---- what is known before ----------------------------------------------- */

typedef struct {
  RwRatePlace rate;
  float factor; /* x is counted times this; exactly 1 without a span */
} Place;

static Place
find_place (const Bits *self, const RwPass *p, size_t pixel)
{
  const RwRatePlace rate =
      rw_rate_place ((double) rw_rate_told (p, pixel), self->rates);

  return (Place){ rate, (float) exp (rate.told * log (self->span)) };
}

/* |x @factor| rounded, at column @x and row @y of an image; 0 outside. */
static int
get_size (const RwPass *p, float factor, int image, int y, int x, int channel)
{
  const RwShape *in = &p->in[0];

  if (y < -p->above[0] || x < 0 || x >= in->w || channel < 0)
    return 0;
  const ptrdiff_t at =
      (((ptrdiff_t) image * in->h + y) * in->w + x) * in->stride + channel;
  const float size = fabsf (rintf (factor * p->x[0][at]));

  return size < MAX_SIZE ? (int) size : MAX_SIZE; /* NaN too */
}

static int
find_class (
    const RwPass *p, float factor, int image, int y, int x, int channel)
{
  const int sum = 2 * get_size (p, factor, image, y, x - 1, channel) +
                  2 * get_size (p, factor, image, y - 1, x, channel) +
                  get_size (p, factor, image, y - 1, x - 1, channel) +
                  get_size (p, factor, image, y - 1, x + 1, channel) +
                  2 * get_size (p, factor, image, y, x, channel - 1) +
                  get_size (p, factor, image, y, x, channel - 2);
  int class = 0;

  while (class < N_CLASSES - 1 && sum > class_ends[class])
    class ++;
  return class;
}

/* ---- one value ---------------------------------------------------------- */

/* -ln P and its slopes by |v| and by 1 / width. */
typedef struct {
  float nats, by_size, by_sharpness;
} Cost;

/* With k = 1 / width and a = |v|:
 *   a >= 1/2: P = e^(-k a) sinh (k / 2)
 *   a <  1/2: P = 1 - (e^(-k (1/2 - a)) + e^(-k (1/2 + a))) / 2 */
static Cost
find_cost (float a, float k)
{
  if (a >= 0.5f) {
    const float less = -expm1f (-k); /* 1 - e^-k */

    return (Cost){ .nats = (a - 0.5f) * k + (float) G_LN2 - logf (less),
                   .by_size = k,
                   .by_sharpness = a - 0.5f * (2 - less) / less };
  }
  const float near = expm1f (-k * (0.5f - a)), far = expm1f (-k * (0.5f + a));
  const float probability = -0.5f * (near + far);

  return (Cost){
    .nats = -logf (probability),
    .by_size = 0.5f * k * (near - far) / probability,
    .by_sharpness = -0.5f *
                    ((0.5f - a) * (near + 1) + (0.5f + a) * (far + 1)) /
                    probability,
  };
}

/* A value, its width, and where in the parameter that comes from. */
typedef struct {
  float x, v, log_width, width; /* x times the factor */
  size_t low, high;             /* of both rates */
} Value;

static Value
find_value (const Bits *self,
            const RwPass *p,
            int image,
            size_t pixel, /* of the image */
            int channel,
            const Place *place)
{
  const RwShape *in = &p->in[0];
  const size_t in_image = pixel * (size_t) in->stride + (size_t) channel;
  const float factor = place->factor;
  const float x = factor * p->x[0][(size_t) image * (size_t) in->h *
                                       (size_t) in->w * (size_t) in->stride +
                                   in_image];
  const int class =
      find_class (p, factor, image, (int) (pixel / (size_t) in->w),
                  (int) (pixel % (size_t) in->w), channel);
  const size_t n_rate = (size_t) in->c * N_CLASSES;
  Value value = { .x = x, .v = rintf (x) };

  if (p->noise)
    value.v =
        x + rw_random_uniform (rw_layer_noise_key (p, image), in_image) - 0.5f;
  value.low = (size_t) place->rate.rate * n_rate +
              (size_t) channel * N_CLASSES + (size_t) class;
  value.high = value.low + n_rate;
  value.log_width = first_widths[class] +
                    (1 - place->rate.share) * p->params[0][value.low] +
                    place->rate.share * p->params[0][value.high];
  value.width = expf (CLAMP (value.log_width, LOG_WIDTH_LOW, LOG_WIDTH_HIGH));
  return value;
}

/* ---- forward and backward ----------------------------------------------- */

static size_t
scratch (const RwLayer *layer, const RwPass *pass, RwPassKind kind)
{
  return kind == RW_PASS_BOTH ? rw_shape_n_pixels (&pass->out) : 0;
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  const Bits *self = (const Bits *) layer;
  const size_t n_pixels = (size_t) p->out.h * (size_t) p->out.w;
  const size_t stride = (size_t) p->out.stride;

  memset (p->y, 0, rw_shape_n_floats (&p->out) * sizeof (float));
  for (int image = 0; image < p->out.n; image++)
    for (size_t i = 0; i < n_pixels; i++) {
      const size_t pixel = (size_t) image * n_pixels + i;
      const Place place = find_place (self, p, pixel);
      float nats = 0;

      for (int c = 0; c < p->in[0].c; c++) {
        const Value value = find_value (self, p, image, i, c, &place);
        nats += find_cost (fabsf (value.v), 1 / value.width).nats;
      }
      p->y[pixel * stride] = nats / (float) G_LN2;
    }
}

/* Of a gradient of the width's logarithm what does not lead further out. */
static float
hold (float log_width, float gradient)
{
  const gboolean out = (log_width < LOG_WIDTH_LOW && gradient > 0) ||
                       (log_width > LOG_WIDTH_HIGH && gradient < 0);

  return out ? 0 : gradient;
}

/* One place.  Returns d / d what is told. */
static float
backward_place (const Bits *self, const RwPass *p, int image, size_t i)
{
  const size_t n_pixels = (size_t) p->out.h * (size_t) p->out.w;
  const size_t pixel = (size_t) image * n_pixels + i;
  const Place place = find_place (self, p, pixel);
  const float by_told = (float) log (self->span);
  const float dy = p->dy[pixel * (size_t) p->out.stride] / (float) G_LN2;
  float slope = 0;

  for (int c = 0; c < p->in[0].c; c++) {
    const Value value = find_value (self, p, image, i, c, &place);
    const Cost cost = find_cost (fabsf (value.v), 1 / value.width);
    const float by_width =
        hold (value.log_width, -dy * cost.by_sharpness / value.width);

    p->grads[0][value.low] += (1 - place.rate.share) * by_width;
    p->grads[0][value.high] += place.rate.share * by_width;
    slope += by_width * (float) (self->rates - 1) *
             (p->params[0][value.high] - p->params[0][value.low]);
    const float by_value = dy * copysignf (cost.by_size, value.v);
    slope += by_value * value.x * by_told;
    if (p->dx[0])
      p->dx[0][pixel * (size_t) p->in[0].stride + (size_t) c] +=
          place.factor * by_value;
  }
  return place.rate.ends ? 0 : slope;
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const size_t n_pixels = (size_t) p->out.h * (size_t) p->out.w;
  float *slopes = p->scratch;

  rw_rates_begin_grads (p);
  for (int image = 0; image < p->out.n; image++)
    for (size_t i = 0; i < n_pixels; i++)
      slopes[(size_t) image * n_pixels + i] =
          backward_place ((const Bits *) layer, p, image, i);
  rw_rates_add_slopes (p, slopes);
}

const RwLayerClass rw_layer_bits = {
  .name = "bits",
  .summary = "the bits that rounded numbers take, summed over channels",
  .size = sizeof (Bits),
  .flags = RW_LAYER_NEEDS_X | RW_LAYER_DRAWS | RW_LAYER_NAMED_INPUT,
  .channels = { RW_CHANNELS_STAY },
  .relevance = RW_RELEVANCE_STOPS,
  .settings = settings,
  .examples = { "bits 6", "bits 2 span=4" },
  .shape = shape,
  .n_params = n_params,
  .param = param,
  .window = window,
  .scratch = scratch,
  .forward = forward,
  .backward = backward,
};
