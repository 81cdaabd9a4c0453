/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * stable-decay: factor = 1, and over the last @decay of the training a
 * straight line to 0.  With a decay of 0 it stays, and another training can
 * branch off. Source: Hu et al. 2024 (MiniCPM), section 4, warm-up, stable,
 * decay.
 */
#include "train/optim/schedules.h"

static double
factor (const RwScheduleSettings *settings, guint64 step, double progress)
{
  const double left = 1 - progress;

  return left < settings->decay ? left / settings->decay : 1;
}

/* A training that begins on its way down has no plateau. */
static gboolean
leaves (const RwScheduleSettings *settings, double before, double now)
{
  return settings->decay < 1 && 1 - before >= settings->decay &&
         1 - now < settings->decay;
}

const RwSchedule rw_schedule_stable_decay = {
  .name = "stable-decay",
  .summary = "the rate, over the last decay of the training a line to 0",
  .factor = factor,
  .leaves = leaves,
};
