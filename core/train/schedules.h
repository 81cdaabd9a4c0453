/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Learning-rate schedules: one file each; the list is in core/meson.build.
 */
#pragma once

#include <glib.h>

typedef struct {
  const char *name;                   /* "cosine" */
  const char *summary;                /* the formula, for help */
  double (*factor) (double progress); /* of progress in [0,1]; in [0,1] */
} RwSchedule;

/* RW_ERROR_FORMAT naming the known schedules and the nearest. */
const RwSchedule *rw_schedule_find (const char *name, GError **error);
const RwSchedule *const *rw_schedule_list (void); /* NULL-terminated */

/* The rate of step @step (0 for the first): @rate * factor (@progress), with a
 * linear rise over the first @warmup steps: times (step + 1) / warmup. */
double rw_schedule_rate (const RwSchedule *schedule,
                         double rate,
                         guint64 step,
                         guint64 warmup,
                         double progress);
