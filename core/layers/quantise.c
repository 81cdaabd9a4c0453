/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * quantise: y = x rounded to the nearest integer (halves to even ones).  While
 * training the rounding is replaced by what can be trained through:
 *   train=noise     y = x + u, u uniform in [-1/2, 1/2): has the same marginal
 *                   density at the integers (Balle, Laparra and Simoncelli
 *                   2017, section 3)
 *   train=straight  y rounded, dx = dy (Bengio, Leonard and Courville 2013;
 *                   Theis, Shi, Cunningham and Huszar 2017, section 2.1)
 */
#include "layers/layer.h"

#include "base/random.h"

#include <math.h>

enum { TRAIN_NOISE, TRAIN_STRAIGHT };

typedef struct {
  RwLayer base;
  int train;
} Quantise;

static const char *const train_words[] = { "noise", "straight", NULL };

static const RwSetting settings[] = {
  RW_SETTING_CHOICE (Quantise,
                     train,
                     "how training stands in for rounding",
                     .def = TRAIN_NOISE,
                     .words = train_words),
  RW_SETTING_END,
};

static void
add_noise (const RwPass *p)
{
  const size_t n = rw_shape_n_pixels (&p->out) / (size_t) p->out.n;
  const int stride = p->out.stride, c = p->out.c;

  for (int image = 0; image < p->out.n; image++) {
    const guint64 key = rw_layer_noise_key (p, image);

    for (size_t i = 0; i < n; i++)
      for (int k = 0; k < stride; k++) {
        const size_t at = i * (size_t) stride + (size_t) k;
        const size_t in_batch = (size_t) image * n * (size_t) stride + at;

        p->y[in_batch] =
            k < c ? p->x[0][in_batch] + rw_random_uniform (key, at) - 0.5f : 0;
      }
  }
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  if (p->noise && ((const Quantise *) layer)->train == TRAIN_NOISE)
    add_noise (p);
  else
    rw_layer_map (p, rintf);
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  rw_layer_pass_grad (p, 0);
}

const RwLayerClass rw_layer_quantise = {
  .name = "quantise",
  .summary = "rounded to integers; training: uniform noise instead",
  .size = sizeof (Quantise),
  .flags = RW_LAYER_IN_PLACE | RW_LAYER_DRAWS,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "quantise", "quantise train=straight" },
  .shape = rw_layer_same_shape,
  .forward = forward,
  .backward = backward,
};
