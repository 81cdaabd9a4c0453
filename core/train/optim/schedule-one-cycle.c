/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * one-cycle: the rate rises linearly from 1/25 of the highest, falls back the
 * same way, and ends with a short fall to nearly nothing.
 *
 *          /\
 *         /  \
 *        /    \
 *       /      \__
 *   0        0.45   0.9  1   progress
 *
 * Source: Smith and Topin 2018, "Super-Convergence", section 3: one cycle that
 * is shorter than the training, then several orders of magnitude less; the
 * divisors are PyTorch's.  Momentum stays as it is.
 */
#include "train/optim/schedules.h"

#define LOW (1.0 / 25)     /* where the cycle begins and ends */
#define LAST (LOW / 10000) /* at the end */
#define TOP 0.45           /* progress at the highest rate */
#define END 0.9            /* of the cycle */

static double
mix (double from, double to, double share)
{
  return from + (to - from) * share;
}

static double
factor (const RwScheduleSettings *settings, guint64 step, double progress)
{
  if (progress < TOP)
    return mix (LOW, 1, progress / TOP);
  if (progress < END)
    return mix (1, LOW, (progress - TOP) / (END - TOP));
  return mix (LOW, LAST, (progress - END) / (1 - END));
}

const RwSchedule rw_schedule_one_cycle = {
  .name = "one-cycle",
  .summary = "rises from 1/25, falls back, then to nothing (Smith and Topin "
             "2018)",
  .rises = TRUE,
  .factor = factor,
};
