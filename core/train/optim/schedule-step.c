/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * step: factor = gamma^floor (step / step_size), or with step_size 0
 * gamma^floor (3 progress).
 */
#include "train/optim/schedules.h"

#include <math.h>

#define N_PARTS 3 /* of a training, when step_size does not say */

static double
factor (const RwScheduleSettings *settings, guint64 step, double progress)
{
  const double n_drops =
      settings->step_size > 0
          ? (double) (step / settings->step_size)
          : fmin (floor (N_PARTS * progress + 1e-9), N_PARTS - 1);

  return pow (settings->gamma, n_drops);
}

const RwSchedule rw_schedule_step = {
  .name = "step",
  .summary = "times gamma every step_size steps",
  .factor = factor,
};
