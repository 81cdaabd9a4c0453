/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * dropout R: while training each value is made 0 with probability R, and those
 * that are left are divided by 1 - R; else y = x.  What is dropped is a
 * function only of image, layer and place, so backward draws it again.
 * Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014,
 * section 10 (the scaled form).
 */
#include "layers/layer.h"

#include "base/random.h"

#include <string.h>

typedef struct {
  RwLayer base;
  double rate; /* probability to be dropped */
} Dropout;

static const RwSetting settings[] = {
  RW_SETTING_REAL (Dropout,
                   rate,
                   RW_SETTING_BARE,
                   "share of the values that are set to 0",
                   .def = 0.5,
                   .low = 0,
                   .high = 0.95),
  RW_SETTING_END,
};

/* to (+)= from, thinned out */
static void
thin (const RwLayer *layer,
      const RwPass *p,
      float *to,
      const float *from,
      gboolean add)
{
  const size_t n = rw_shape_n_floats (&p->out) / (size_t) p->out.n;
  const double rate = ((const Dropout *) layer)->rate;
  const float drop = (float) rate, scale = (float) (1 / (1 - rate));

  for (int image = 0; image < p->out.n; image++) {
    const guint64 key = rw_layer_noise_key (p, image);

    for (size_t i = 0; i < n; i++) {
      const gboolean kept = rw_random_uniform (key, i) >= drop;
      const size_t at = (size_t) image * n + i;

      to[at] = (add ? to[at] : 0) + (kept ? scale * from[at] : 0);
    }
  }
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  if (p->noise)
    thin (layer, p, p->y, p->x[0], FALSE);
  else if (p->y != p->x[0])
    memcpy (p->y, p->x[0], rw_shape_n_floats (&p->out) * sizeof (float));
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  if (p->dx[0] && p->noise)
    thin (layer, p, p->dx[0], p->dy, p->dx_add[0]);
  else
    rw_layer_pass_grad (p, 0);
}

const RwLayerClass rw_layer_dropout = {
  .name = "dropout",
  .summary = "training: some values made 0; else nothing",
  .size = sizeof (Dropout),
  .flags = RW_LAYER_IN_PLACE | RW_LAYER_LINEAR | RW_LAYER_DRAWS,
  .relevance = RW_RELEVANCE_PASSES,
  .channels = { RW_CHANNELS_SAME },
  .settings = settings,
  .examples = { "dropout", "dropout 0.2" },
  .shape = rw_layer_same_shape,
  .forward = forward,
  .backward = backward,
};
