/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests of the tasks' damages: pictures with edges, waves and texture, and
 * a damage done to one.
 */
#pragma once

#include "base/random.h"
#include "tasks/sample.h"

#include <math.h>
#include <string.h>

typedef struct {
  const char *name;
  int scale; /* clean pixels for one of the input's, along an axis */
  void (*draw) (guint64 key, RwDamage *damage);
  int (*extent) (const RwDamage *damage, int length);
  void (*degrade) (const RwSample *source,
                   RwSample *clean,
                   RwSample *input,
                   RwDamage *damage);
} Damager;

typedef struct {
  RwSample source, clean, input;
  RwDamage damage;
} Pair;

static inline gsize
count (const RwSample *sample)
{
  return (gsize) sample->width * (gsize) sample->height * 3;
}

static inline RwSample
make_sample (int width, int height)
{
  RwSample sample = { width, height, NULL, NULL };

  sample.rgb = g_new0 (float, count (&sample));
  sample.mask = g_new0 (float, count (&sample) / 3);
  return sample;
}

static inline void
clear_sample (RwSample *sample)
{
  g_free (sample->rgb);
  g_free (sample->mask);
}

/* Colours in 0..1. */
static inline void
paint (RwSample *sample, gboolean grey)
{
  float *rgb = sample->rgb;

  for (int y = 0; y < sample->height; y++) {
    for (int x = 0; x < sample->width; x++) {
      for (int c = 0; c < 3; c++) {
        const int i = grey ? 0 : c;
        const double wave =
            0.2 * sin (0.13 * x + i) + 0.15 * cos (0.31 * y - 2 * i);
        const double edge = (x / 17 + y / 23 + i) % 2 * 0.2;
        const guint64 at =
            ((guint64) y * 4096 + (guint64) x) * 3 + (guint64) i;
        const double grain = (double) rw_random_uniform (9, at) - 0.5;
        *rgb++ = (float) CLAMP (0.4 + wave + edge + 0.06 * grain, 0.0, 1.0);
      }
    }
  }
}

/* Damages a picture painted here; clear_pair. */
static inline Pair
make_pair (const Damager *task, RwDamage damage, int width, int height)
{
  Pair pair = {
    .source = make_sample (task->extent (&damage, width),
                           task->extent (&damage, height)),
    .clean = make_sample (width, height),
    .input = make_sample (width / task->scale, height / task->scale),
    .damage = damage,
  };

  paint (&pair.source, damage.grey);
  task->degrade (&pair.source, &pair.clean, &pair.input, &pair.damage);
  return pair;
}

/* Of input against clean, which are of one size. */
static inline double
largest_change (const Pair *pair)
{
  double most = 0;

  for (gsize i = 0; i < count (&pair->input); i++)
    most = MAX (most, fabs ((double) pair->input.rgb[i] -
                            (double) pair->clean.rgb[i]));
  return most;
}

static inline void
clear_pair (Pair *pair)
{
  clear_sample (&pair->source);
  clear_sample (&pair->clean);
  clear_sample (&pair->input);
}
