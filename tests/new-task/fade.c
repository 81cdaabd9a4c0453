/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * fade: colours that light has drawn towards grey, as on old prints.
 */
#include "tasks/task.h"

#include "base/random.h"

#define FADING_MAX 0.8

static void
draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){
    .values = { FADING_MAX * (double) rw_random_uniform (key, 0) },
    .told = 1,
    .key = key,
  };
}

static void
degrade (const RwSample *source,
         RwSample *clean,
         RwSample *input,
         RwDamage *damage)
{
  const gsize n = 3 * (gsize) source->width * (gsize) source->height;
  const float rest = (float) (1 - damage->values[0]);

  for (gsize i = 0; i < n; i++) {
    clean->rgb[i] = source->rgb[i];
    input->rgb[i] = 0.5f + rest * (source->rgb[i] - 0.5f);
  }
}

static double
to_plane (double fading)
{
  return fading;
}

static const RwField controls[] = {
  { .name = "fading",
    .label = N_ ("Fading"),
    .summary = N_ ("Share of the contrast that is gone"),
    .kind = RW_FIELD_REAL,
    .def = 0.3,
    .low = 0.01,
    .high = FADING_MAX,
    .digits = 2 },
};

static const double eval[] = { 0.3, 0.6, 0 };

const RwTask rw_task_fade = {
  .info = {
    .name = "fade",
    .title = N_ ("Faded Picture"),
    .blurb = N_ ("Give back the contrast that light has taken"),
    .help = N_ ("Undoes the fading of old prints."),
    .done = N_ ("refreshed"),
    .category = "enhance:misc",
    .weights = "fade-s",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = 0,
  .range_high = 1,
  .eval = eval,
  .draw = draw,
  .degrade = degrade,
  .to_plane = to_plane,
};
