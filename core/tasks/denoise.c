/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * denoise: white Gaussian noise of deviation level / 255 on coded colour.
 *
 * Training draws levels evenly from 0..75, as FFDNet does (Zhang, Zuo, Zhang
 * 2018), now and then next to none so that clean pictures stay clean, some
 * pictures in grey, and some rounded and clipped as a camera's file is.
 */
#include "tasks/task.h"

#include "base/random.h"
#include "tasks/noise-level.h"

#include <math.h>

#define LEVEL_MAX 75.0
#define TINY_LEVEL 0.5   /* half an 8-bit step */
#define TINY_SHARE 0.02f /* of patches, at most TINY_LEVEL */
#define GREY_SHARE 0.1f
#define CLIPPED_SHARE 0.25f
#define RUN 1536 /* numbers drawn at once; a multiple of 3 */

static float
round_and_clip (float value)
{
  return floorf (CLAMP (value, 0.0f, 1.0f) * 255 + 0.5f) / 255;
}

/* The noise of value i of the picture is number i of the sequence, or number
 * i / 3 for a grey one. */
static void
degrade (const float *clean,
         float *degraded,
         int width,
         int height,
         const RwDamage *damage)
{
  const gsize n = (gsize) width * (gsize) height * 3;
  const gsize repeat = damage->grey ? 3 : 1;
  const float sigma = (float) (damage->level / 255);
  float noise[RUN];

  for (gsize first = 0; first < n; first += RUN) {
    const gsize n_run = MIN (RUN, n - first);
    rw_random_gaussian (damage->key, first / repeat, noise, n_run / repeat);
    for (gsize i = 0; i < n_run; i++) {
      const float value = clean[first + i] + sigma * noise[i / repeat];
      degraded[first + i] = damage->clip ? round_and_clip (value) : value;
    }
  }
}

static void
draw (guint64 key, RwDamage *damage)
{
  const float level = 1 - rw_random_uniform (key, 0); /* (0,1] */
  const gboolean tiny = rw_random_uniform (key, 1) < TINY_SHARE;

  damage->level = (double) level * (tiny ? TINY_LEVEL : LEVEL_MAX);
  damage->grey = rw_random_uniform (key, 2) < GREY_SHARE;
  damage->clip = rw_random_uniform (key, 3) < CLIPPED_SHARE;
  damage->key = rw_random_key (key, 4);
}

const RwTask rw_task_denoise = {
  .name = "denoise",
  .label = "Denoise",
  .blurb = "Takes noise out of a picture and keeps what the picture shows",
  .level_label = "Noise level",
  .level_unit = "standard deviation in 1/255",
  .level_max = LEVEL_MAX,
  .level_eval = 25,
  .default_weights = "denoise-s",
  .range_low = -0.5,
  .range_high = 1.5,
  .degrade = degrade,
  .draw = draw,
  .estimate_level = rw_noise_level_estimate,
};
