/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * white-noise: white Gaussian noise of deviation level / 255 on coded colour.
 *
 * Training draws levels where photographs lie and a tail above (a net trained
 * evenly on 0..75 is 0.3 dB worse at 15 and 25), now and then next to none so
 * that clean pictures stay clean, some pictures in grey, and some rounded and
 * clipped as a camera's file is.  Now and then the net is told more noise than
 * there is: it must not tint what is clean when a person asks for too much.
 */
#include "tasks/task.h"

#include "base/random.h"
#include "tasks/noise-level.h"

#include <math.h>
#include <string.h>

#define LEVEL_MAX 75.0
#define LEVEL_MOST 55.0f /* of nearly all patches */
#define HIGH_SHARE 0.1f  /* of patches, up to LEVEL_MAX */
#define TINY_LEVEL 0.5f  /* half an 8-bit step */
#define TINY_SHARE 0.05f /* of patches, at most TINY_LEVEL */
#define OVER_SHARE 0.12f /* of patches whose net is told too much */
#define OVER_MOST 55.0f  /* above the truth; most often much less */
#define GREY_SHARE 0.1f
#define CLIPPED_SHARE 0.25f
#define RUN 1536 /* numbers drawn at once; a multiple of 3 */

/* Indices into a patch's key, one a decision. */
enum {
  DRAW_LEVEL,
  DRAW_TINY,
  DRAW_GREY,
  DRAW_CLIPPED,
  DRAW_NOISE,
  DRAW_HIGH,
  DRAW_OVER,
  DRAW_OVER_LEVEL,
  DRAW_OVER_SQUARED,
};

/* The noise of value i of the picture is number i of the sequence, or number
 * i / 3 for a grey one. */
static void
degrade (const RwSample *source,
         RwSample *clean,
         RwSample *input,
         RwDamage *damage)
{
  const gsize n = 3 * (gsize) source->width * (gsize) source->height;
  const gsize repeat = damage->grey ? 3 : 1;
  const float sigma = (float) (damage->values[0] / 255);
  float noise[RUN];

  memcpy (clean->rgb, source->rgb, n * sizeof (float));
  for (gsize first = 0; first < n; first += RUN) {
    const gsize n_run = MIN (RUN, n - first);
    rw_random_gaussian (damage->key, first / repeat, noise, n_run / repeat);
    for (gsize i = 0; i < n_run; i++) {
      const float value = source->rgb[first + i] + sigma * noise[i / repeat];
      input->rgb[first + i] =
          damage->clip ? rw_round_to_byte (255 * value) / 255 : value;
    }
  }
}

/* The product of two uniform numbers: most are small. */
static float
draw_over (guint64 key)
{
  if (rw_random_uniform (key, DRAW_OVER) >= OVER_SHARE)
    return 0;
  return OVER_MOST * rw_random_uniform (key, DRAW_OVER_LEVEL) *
         rw_random_uniform (key, DRAW_OVER_SQUARED);
}

static void
draw (guint64 key, RwDamage *damage)
{
  const gboolean tiny = rw_random_uniform (key, DRAW_TINY) < TINY_SHARE,
                 high = rw_random_uniform (key, DRAW_HIGH) < HIGH_SHARE;
  const float most = tiny ? TINY_LEVEL : high ? LEVEL_MAX : LEVEL_MOST;
  const float level =
      most * (1 - rw_random_uniform (key, DRAW_LEVEL)); /* > 0 */
  const float told = MIN (level + draw_over (key), (float) LEVEL_MAX);

  *damage = (RwDamage){
    .values = { (double) level },
    .told = (double) (told / level),
    .grey = rw_random_uniform (key, DRAW_GREY) < GREY_SHARE,
    .clip = rw_random_uniform (key, DRAW_CLIPPED) < CLIPPED_SHARE,
    .key = rw_random_key (key, DRAW_NOISE),
  };
}

/* Root of the mean square of the difference. */
static double
compare (const RwPair *pair)
{
  const gsize n = 3 * (gsize) pair->clean.width * (gsize) pair->clean.height;
  double sum = 0;

  for (gsize i = 0; i < n; i++) {
    const double d = (double) pair->input.rgb[i] - (double) pair->clean.rgb[i];
    sum += d * d;
  }
  return 255 * sqrt (sum / (double) n);
}

static double
to_plane (double level)
{
  return level / 255;
}

static const RwField controls[] = {
  { .name = "level",
    .label = N_ ("Noise level"),
    .summary = N_ ("Standard deviation of the noise in 8-bit steps"),
    .unit = "1/255",
    .kind = RW_FIELD_REAL,
    .def = 25,
    .low = 0.1,
    .high = LEVEL_MAX,
    .digits = 1,
    .open = TRUE },
};

static const double eval[] = { 25, 15, 50, 0 };

const RwTask rw_task_white_noise = {
  .info = {
    .name = "white-noise",
    .title = N_ ("White Noise"),
    .blurb = N_ ("Remove evenly spread noise and keep what the picture shows"),
    .help = N_ ("Undoes white Gaussian noise, the same in every pixel and of "
            "every colour: noise of rendered or scientific pictures and of "
            "benchmarks.  Noise of photographs is another: see denoise."),
    .done = N_ ("noise removed"),
    .category = "enhance:noise-reduction",
    .weights = "white-noise-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = -0.5,
  .range_high = 1.5,
  .eval = eval,
  .grain_area = 1,
  .draw = draw,
  .degrade = degrade,
  .to_plane = to_plane,
  .compare = compare,
  .measure = rw_noise_level_estimate,
};
