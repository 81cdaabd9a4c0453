/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * cosine: factor = (1 + cos (pi progress)) / 2, from 1 to 0.
 * Source: Loshchilov and Hutter 2017 (SGDR), equation 5, without restarts.
 */
#include "train/optim/schedules.h"

#include <math.h>

static double
factor (const RwScheduleSettings *settings, guint64 step, double progress)
{
  return 0.5 * (1 + cos (G_PI * progress));
}

const RwSchedule rw_schedule_cosine = {
  .name = "cosine",
  .summary = "half a cosine from the rate to 0, after warmup",
  .factor = factor,
};
