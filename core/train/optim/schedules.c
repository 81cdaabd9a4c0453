/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of schedules, from core/meson.build.
 */
#include "train/optim/schedules.h"

#include "base/choice.h"

#include <math.h>

#define RW_ENTRY(name) extern const RwSchedule rw_schedule_##name;
#include "schedules.def"
#undef RW_ENTRY

static const RwSchedule *const entries[] = {
#define RW_ENTRY(name) &rw_schedule_##name,
#include "schedules.def"
#undef RW_ENTRY
  NULL
};

const RwSchedule *const *
rw_schedule_list (void)
{
  return entries;
}

const RwSchedule *
rw_schedule_find (const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS (entries)] = { NULL };

  for (guint i = 0; entries[i] != NULL; i++) {
    if (g_str_equal (entries[i]->name, name))
      return entries[i];
    names[i] = entries[i]->name;
  }
  rw_choice_set_error (error, "schedule", name, names);
  return NULL;
}

double
rw_schedule_factor (const RwSchedule *schedule,
                    const RwScheduleSettings *settings,
                    guint64 step,
                    double progress)
{
  const guint64 n = step + 1 - MIN (step, settings->fresh);
  const gboolean rising = !schedule->rises && n < settings->warmup;
  const double rise = rising ? (double) n / (double) settings->warmup : 1;

  return rise * schedule->factor (settings, step, CLAMP (progress, 0, 1));
}

/* ---- plateaus ----------------------------------------------------------- */

#define LEAST_GAIN 0.01 /* dB; less is noise of the training */

void
rw_plateau_begin (RwPlateau *plateau)
{
  *plateau = (RwPlateau){ .factor = 1, .best = NAN };
}

void
rw_plateau_add (RwPlateau *plateau,
                const RwScheduleSettings *settings,
                double metric)
{
  if (metric > plateau->best + LEAST_GAIN ||
      (isnan (plateau->best) && !isnan (metric))) {
    plateau->best = metric;
    plateau->n_stale = 0;
    return;
  }
  plateau->n_stale++;
  if (plateau->n_stale < settings->plateau_patience)
    return;
  plateau->factor *= settings->gamma;
  plateau->n_stale = 0;
}
