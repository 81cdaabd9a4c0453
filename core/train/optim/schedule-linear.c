/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * linear: factor = 1 - progress, from 1 to 0.
 */
#include "train/optim/schedules.h"

static double
factor (const RwScheduleSettings *settings, guint64 step, double progress)
{
  return 1 - progress;
}

const RwSchedule rw_schedule_linear = {
  .name = "linear",
  .summary = "a straight line from the rate to 0, after warmup",
  .factor = factor,
};
