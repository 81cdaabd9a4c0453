/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of schedules, from core/meson.build.
 */
#include "train/schedules.h"

#include "base/choice.h"

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
rw_schedule_rate (const RwSchedule *schedule,
                  double rate,
                  guint64 step,
                  guint64 warmup,
                  double progress)
{
  const double rise =
      step + 1 < warmup ? (double) (step + 1) / (double) warmup : 1;

  return rate * rise * schedule->factor (CLAMP (progress, 0, 1));
}
