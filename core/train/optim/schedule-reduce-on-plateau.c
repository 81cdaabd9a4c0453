/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reduce-on-plateau: the rate stays until validations get no better, see
 * RwPlateau.
 */
#include "train/optim/schedules.h"

static double
factor (const RwScheduleSettings *settings, guint64 step, double progress)
{
  return 1;
}

const RwSchedule rw_schedule_reduce_on_plateau = {
  .name = "reduce-on-plateau",
  .summary = "times gamma after plateau_patience validations without a better",
  .watches = TRUE,
  .factor = factor,
};
