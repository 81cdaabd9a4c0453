/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Learning-rate schedules: one file each; the list is in core/meson.build.
 */
#pragma once

#include <glib.h>

typedef struct {
  guint64 warmup;    /* steps of linear rise */
  guint64 fresh;     /* the step that it begins at */
  guint64 step_size; /* steps from drop to drop; 0: a third of the training */
  double gamma;      /* a drop multiplies the rate by this */
  double decay;      /* the rate falls over this last share of a training */
  guint64 plateau_patience; /* validations without a better one to a drop */
} RwScheduleSettings;

/* What reduce-on-plateau remembers; part of a checkpoint. */
typedef struct {
  double factor;   /* of the rate: 1 at first, times gamma at each drop */
  double best;     /* dB; NaN: no validation yet */
  guint64 n_stale; /* validations since it, or since the last drop */
} RwPlateau;

typedef struct {
  const char *name;    /* "cosine" */
  const char *summary; /* the formula, for help */
  gboolean rises;      /* by itself: warmup is left out */
  gboolean watches;    /* validations: rw_plateau_add is to be called */

  /* Whether the rate's plateau ends between two positions, one step apart;
   * NULL: it has none to keep. */
  gboolean (*leaves) (const RwScheduleSettings *settings,
                      double before,
                      double now);

  /* Of the rate; @step is 0 for the first, @progress in [0,1].  In [0,1]. */
  double (*factor) (const RwScheduleSettings *settings,
                    guint64 step,
                    double progress);
} RwSchedule;

/* RW_ERROR_FORMAT naming the known schedules and the nearest. */
const RwSchedule *rw_schedule_find (const char *name, GError **error);
const RwSchedule *const *rw_schedule_list (void); /* NULL-terminated */

/* What multiplies the learning rate in step @step (0 for the first): the
 * schedule's factor, with a linear rise over the first warmup steps: times
 * (step + 1 - fresh) / warmup.  @progress beyond [0,1] is taken as its end. */
double rw_schedule_factor (const RwSchedule *schedule,
                           const RwScheduleSettings *settings,
                           guint64 step,
                           double progress);

void rw_plateau_begin (RwPlateau *plateau);

/* Adds a validation.  It is a new best if it exceeds the best so far by more
 * than 0.01 dB; NaN never does. */
void rw_plateau_add (RwPlateau *plateau,
                     const RwScheduleSettings *settings,
                     double metric);
