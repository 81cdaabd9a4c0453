/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * brighten: coded colours of a picture that got 2^EV as much light.  The last
 * channel tells EV / stops, and where it is 0 or less nothing changes:
 *
 *   y[c] = min (encode (2^EV decode (x[c])), max (1, x[c]))
 *
 * encode and decode are the sRGB curve, whose line goes on below 0.  Its power
 * law cancels itself: above the line's end y = 2^(EV / 2.4) (x + 0.055) - 0.055,
 * so that a power has to be taken for what is darker alone.  A net that begins
 * with it need not learn the curve.
 * Source: IEC 61966-2-1 (the curve).
 */
#include "layers/layer.h"

#include <math.h>
#include <string.h>

#define STOPS 5.6
#define GAMMA 2.4f
#define OFFSET 0.055f
#define SLOPE 12.92f
#define LINE_END 0.04045f            /* coded, where the picture is decoded */
#define LIT_END (SLOPE * 0.0031308f) /* coded, where it is encoded */

enum { GRAIN = 4096 /* pixels that a worker makes at a time */ };

typedef struct {
  RwLayer base;
  double stops;
} Brighten;

static const RwSetting settings[] = {
  RW_SETTING_REAL (Brighten,
                   stops,
                   RW_SETTING_NAMED,
                   "EV where the last channel is 1",
                   .def = STOPS,
                   .low = 0.1,
                   .high = 16),
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  if (in->c < 2) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        "brighten: 1 channel, wanted 2 or more, of which the last is the "
        "exposure");
    return FALSE;
  }
  *out = *in;
  rw_shape_set (out, in->h, in->w, in->c - 1);
  return TRUE;
}

/* ---- the curve ---------------------------------------------------------- */

typedef struct {
  float told;  /* the last channel */
  float light; /* 2^EV */
  float power; /* 2^(EV / 2.4) */
} Factors;

/* Most pictures are told one exposure, which is then computed once. */
static inline void
set_factors (Factors *f, const RwLayer *layer, float told)
{
  const float ev = (float) ((const Brighten *) layer)->stops * told;

  if (told == f->told)
    return;
  *f = (Factors){ told, exp2f (ev), exp2f (ev / GAMMA) };
}

/* @y + OFFSET where the light is above the line's end. */
static inline float
find_power (const Factors *f, float x)
{
  return x > LINE_END ? f->power * (x + OFFSET)
                      : (1 + OFFSET) * powf (f->light * x / SLOPE, 1 / GAMMA);
}

static inline float
find_lit (const Factors *f, float x)
{
  if (x >= 1)
    return x;
  if (f->light * x <= LIT_END)
    return f->light * x;
  return MIN (find_power (f, x) - OFFSET, 1);
}

typedef struct {
  float by_x, by_ev; /* d y / d x, d y / d log 2^EV */
} Slopes;

static inline Slopes
find_slopes (const Factors *f, float x)
{
  if (x >= 1)
    return (Slopes){ 1, 0 };
  if (f->light * x <= LIT_END)
    return (Slopes){ f->light, f->light * x };
  const float power = find_power (f, x);
  if (power - OFFSET >= 1)
    return (Slopes){ 0, 0 };
  return (Slopes){ x > LINE_END ? f->power : power / (GAMMA * x),
                   power / GAMMA };
}

/* ---- forward and backward ----------------------------------------------- */

typedef struct {
  const RwLayer *layer;
  const RwPass *p;
} Job;

static void
forward_range (size_t first, size_t last, void *data)
{
  const Job *j = data;
  const size_t from = (size_t) j->p->in[0].stride;
  const size_t to = (size_t) j->p->out.stride, c = (size_t) j->p->out.c;
  Factors f = { 0, 1, 1 };

  for (size_t i = first; i < last; i++) {
    const float *x = j->p->x[0] + i * from;
    float *y = j->p->y + i * to;

    if (x[c] > 0) {
      set_factors (&f, j->layer, x[c]);
      for (size_t k = 0; k < c; k++)
        y[k] = find_lit (&f, x[k]);
    } else {
      memcpy (y, x, c * sizeof (float));
    }
    memset (y + c, 0, (to - c) * sizeof (float));
  }
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  Job job = { layer, p };

  rw_layer_for_ranges (rw_shape_n_pixels (&p->out), GRAIN, forward_range,
                       &job);
}

/* Gradients of one pixel's x; the last is that of what is told. */
static void
find_gradients (
    const Job *j, Factors *f, const float *x, const float *dy, float *d)
{
  const size_t c = (size_t) j->p->out.c;
  float by_ev = 0;

  if (!(x[c] > 0)) {
    memcpy (d, dy, c * sizeof (float));
    d[c] = 0;
    return;
  }
  set_factors (f, j->layer, x[c]);
  for (size_t k = 0; k < c; k++) {
    const Slopes slopes = find_slopes (f, x[k]);

    d[k] = dy[k] * slopes.by_x;
    by_ev += dy[k] * slopes.by_ev;
  }
  d[c] = by_ev * (float) (G_LN2 * ((const Brighten *) j->layer)->stops);
}

static void
backward_range (size_t first, size_t last, void *data)
{
  const Job *j = data;
  const RwPass *p = j->p;
  const size_t from = (size_t) p->in[0].stride, to = (size_t) p->out.stride;
  Factors f = { 0, 1, 1 };
  float d[from];

  memset (d, 0, sizeof d);
  for (size_t i = first; i < last; i++) {
    float *dx = p->dx[0] + i * from;

    find_gradients (j, &f, p->x[0] + i * from, p->dy + i * to, d);
    for (size_t k = 0; k < from; k++)
      dx[k] = p->dx_add[0] ? dx[k] + d[k] : d[k];
  }
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  Job job = { layer, p };

  if (p->dx[0])
    rw_layer_for_ranges (rw_shape_n_pixels (&p->out), GRAIN, backward_range,
                         &job);
}

const RwLayerClass rw_layer_brighten = {
  .name = "brighten",
  .summary = "coded colours as more light makes them, which the last channel "
             "tells",
  .size = sizeof (Brighten),
  .flags = RW_LAYER_NEEDS_X,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_STAY },
  .settings = settings,
  .examples = { "brighten", "brighten stops=2" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
