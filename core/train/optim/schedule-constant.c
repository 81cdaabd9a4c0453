/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * constant: factor = 1.
 */
#include "train/optim/schedules.h"

static double
factor (const RwScheduleSettings *settings, guint64 step, double progress)
{
  return 1;
}

const RwSchedule rw_schedule_constant = {
  .name = "constant",
  .summary = "the rate does not change",
  .factor = factor,
};
