/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * upsample N: each pixel becomes an N x N square (nearest neighbour), or, with
 * mode=bilinear, the results are interpolated between the four pixels around
 * them, pixels being areas: result o lies at (o + 1/2) / N - 1/2, and beyond
 * the edges the last pixel goes on (PyTorch's align_corners=False).
 */
#include "layers/layer.h"
#include "layers/scale.h"

#include <string.h>

enum { MODE_NEAREST, MODE_BILINEAR };

typedef struct {
  RwLayer base;
  int factor, mode;
} Upsample;

static const char *const mode_words[] = { "nearest", "bilinear", NULL };

static const RwSetting settings[] = {
  RW_SETTING_INT (Upsample,
                  factor,
                  RW_SETTING_BARE,
                  "how many times as wide and high the result is",
                  .def = 2,
                  .low = 2,
                  .high = 8),
  RW_SETTING_CHOICE (
      Upsample,
      mode,
      "pixels are repeated, or go smoothly from one to the next",
      .def = MODE_NEAREST,
      .words = mode_words),
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  return rw_shape_multiply (layer, in, ((const Upsample *) layer)->factor,
                            in->c, out, error);
}

static gboolean
is_bilinear (const RwLayer *layer)
{
  return ((const Upsample *) layer)->mode == MODE_BILINEAR;
}

static gboolean
repeats (const RwLayer *layer)
{
  return !is_bilinear (layer);
}

static RwWindow
window (const RwLayer *layer)
{
  const int around = is_bilinear (layer) ? 1 : 0;

  return (RwWindow){ .multiply = 1,
                     .divide = ((const Upsample *) layer)->factor,
                     .before = around,
                     .after = around };
}

/* ---- nearest ----------------------------------------------------------- */

static void
forward_row (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const size_t stride = (size_t) p->out.stride;
  const int f = p->out.w / p->in[0].w;

  for (size_t i = first; i < last; i++) {
    const float *x = p->x[0] + i / f * p->in[0].w * stride;
    float *y = p->y + i * p->out.w * stride;

    for (int ox = 0; ox < p->out.w; ox++)
      memcpy (y + ox * stride, x + ox / f * stride, stride * sizeof (float));
  }
}

static void
backward_nearest (const RwLayer *layer, const RwPass *p)
{
  const int f = ((const Upsample *) layer)->factor, stride = p->out.stride;
  const size_t row = (size_t) p->out.w * stride,
               n_rows = (size_t) p->in[0].n * p->in[0].h;

  for (size_t i = 0; i < n_rows; i++)
    for (int x = 0; x < p->in[0].w; x++) {
      const float *restrict dy = p->dy + i * f * row + (size_t) x * f * stride;
      float *restrict dx = p->dx[0] + (i * p->in[0].w + x) * stride;

      if (!p->dx_add[0])
        memset (dx, 0, (size_t) stride * sizeof (float));
      for (int k = 0; k < f * f; k++)
        for (int c = 0; c < stride; c++)
          dx[c] += dy[(size_t) (k / f) * row + (size_t) (k % f) * stride + c];
    }
}

/* ---- bilinear ---------------------------------------------------------- */

/* Two pixels along an axis, and the share of the second. */
typedef struct {
  int a, b;
  float t;
} Between;

/* Around result @o, of pixels @low to @high. */
static Between
between (int o, int factor, int low, int high)
{
  const int q = o / factor, r = o % factor;
  const float at = ((float) r + 0.5f) / (float) factor - 0.5f;
  const int a = at < 0 ? q - 1 : q;

  if (a < low)
    return (Between){ low, low, 0 };
  return (Between){ a, MIN (a + 1, high), at < 0 ? at + 1 : at };
}

/* Row i of all images' results: where its two rows of x stand. */
static Between
rows_between (const RwPass *p, int factor, size_t i)
{
  const int image = (int) (i / (size_t) p->out.h), h = p->in[0].h;
  Between y = between ((int) (i % (size_t) p->out.h), factor, -p->above[0],
                       h + p->below[0] - 1);

  y.a += image * h;
  y.b += image * h;
  return y;
}

static void
bilinear_row (size_t first, size_t last, void *data)
{
  const RwPass *p = data;
  const int f = p->out.w / p->in[0].w, w = p->in[0].w, stride = p->out.stride;

  for (size_t i = first; i < last; i++) {
    const Between v = rows_between (p, f, i);
    const float *x0 = p->x[0] + (ptrdiff_t) v.a * w * stride,
                *x1 = p->x[0] + (ptrdiff_t) v.b * w * stride;
    float *y = p->y + i * (size_t) (p->out.w * stride);

    for (int o = 0; o < p->out.w; o++) {
      const Between u = between (o, f, 0, w - 1);

      for (int c = 0; c < stride; c++, y++) {
        const float top =
            (1 - u.t) * x0[u.a * stride + c] + u.t * x0[u.b * stride + c];
        const float bottom =
            (1 - u.t) * x1[u.a * stride + c] + u.t * x1[u.b * stride + c];

        *y = (1 - v.t) * top + v.t * bottom;
      }
    }
  }
}

/* dx += what result (i, o) got from each of its four pixels */
static void
spread (const RwPass *p, Between v, Between u, const float *dy)
{
  const int stride = p->out.stride, w = p->in[0].w;
  float *row0 = p->dx[0] + (size_t) v.a * w * stride,
        *row1 = p->dx[0] + (size_t) v.b * w * stride;

  for (int c = 0; c < stride; c++) {
    row0[u.a * stride + c] += (1 - v.t) * (1 - u.t) * dy[c];
    row0[u.b * stride + c] += (1 - v.t) * u.t * dy[c];
    row1[u.a * stride + c] += v.t * (1 - u.t) * dy[c];
    row1[u.b * stride + c] += v.t * u.t * dy[c];
  }
}

static void
backward_bilinear (const RwLayer *layer, const RwPass *p)
{
  const int f = ((const Upsample *) layer)->factor;
  const size_t n_rows = (size_t) p->out.n * p->out.h;

  if (!p->dx_add[0])
    memset (p->dx[0], 0, rw_shape_n_floats (&p->in[0]) * sizeof (float));
  for (size_t i = 0; i < n_rows; i++)
    for (int o = 0; o < p->out.w; o++)
      spread (p, rows_between (p, f, i), between (o, f, 0, p->in[0].w - 1),
              p->dy + (i * p->out.w + o) * p->out.stride);
}

/* ---- both -------------------------------------------------------------- */

static void
forward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_for_ranges ((size_t) p->out.n * p->out.h, 2,
                       is_bilinear (layer) ? bilinear_row : forward_row,
                       (void *) p);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  if (p->dx[0])
    (is_bilinear (layer) ? backward_bilinear : backward_nearest) (layer, p);
}

const RwLayerClass rw_layer_upsample = {
  .name = "upsample",
  .summary = "each pixel repeated in a square, or interpolated",
  .size = sizeof (Upsample),
  .flags = RW_LAYER_LINEAR,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "upsample", "upsample 3", "upsample 2 mode=bilinear",
                "upsample 3 mode=bilinear" },
  .shape = shape,
  .window = window,
  .forward = forward,
  .backward = backward,
  .repeats = repeats,
};
