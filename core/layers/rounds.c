/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rounds NAME N: x in N rounds, each of which halves the steps of the one
 * before (layers/rounds.h).  The result has the channels of x N times, round
 * behind round: what each adds.  The sum of the first k is x to the step of
 * round k.  The last channel of NAME tells t, 0 to 1: so many rounds that the
 * last one's step is 2^-t(N-1), and the others are 0; where that lies between
 * the steps of two rounds all steps are a little larger.  Cutting has no slope;
 * backward takes that of x as it is, by the first round (Bengio, Leonard and
 * Courville 2013).
 */
#include "layers/rates.h"
#include "layers/rounds.h"

#include <string.h>

typedef struct {
  RwLayer base;
  int rounds;
} Rounds;

static const RwSetting settings[] = {
  RW_SETTING_INT (Rounds,
                  rounds,
                  RW_SETTING_REQUIRED,
                  "how many rounds there are",
                  .low = 2,
                  .high = RW_ROUNDS_MAX),
  RW_SETTING_END,
};

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  if (!rw_rates_shape (layer, in, out, error))
    return FALSE;
  rw_shape_set (out, in->h, in->w, in->c * ((const Rounds *) layer)->rounds);
  return TRUE;
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  const int n = ((const Rounds *) layer)->rounds, c = p->in[0].c;

  memset (p->y, 0, rw_shape_n_floats (&p->out) * sizeof (float));
  for (size_t i = 0; i < rw_shape_n_pixels (&p->out); i++) {
    const float *x = p->x[0] + i * (size_t) p->in[0].stride;
    float *y = p->y + i * (size_t) p->out.stride;
    const RwRounds wanted =
        rw_rounds_at ((double) rw_rate_told (p, i) * (n - 1), n);

    for (int k = 0; k < c; k++) {
      const float value = rw_rounds_hold (wanted.scale * x[k], n);
      int before = 0;

      for (int round = 0; round < wanted.n; round++) {
        const int index = rw_rounds_get_index (value, round);

        y[round * c + k] =
            rw_rounds_get_step (index, before, round) / wanted.scale;
        before = index;
      }
    }
  }
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  const size_t c = (size_t) p->in[0].c, stride = (size_t) p->in[0].stride;

  rw_rates_begin_grads (p);
  for (size_t i = 0; p->dx[0] && i < rw_shape_n_pixels (&p->out); i++)
    for (size_t k = 0; k < c; k++)
      p->dx[0][i * stride + k] += p->dy[i * (size_t) p->out.stride + k];
}

const RwLayerClass rw_layer_rounds = {
  .name = "rounds",
  .summary = "rounded in rounds of finer steps, what each adds",
  .size = sizeof (Rounds),
  .flags = RW_LAYER_CUTS | RW_LAYER_NAMED_INPUT,
  .relevance = RW_RELEVANCE_STOPS,
  .channels = { RW_CHANNELS_STAY },
  .settings = settings,
  .examples = { "rounds 3", "rounds 8" },
  .shape = shape,
  .forward = forward,
  .backward = backward,
};
