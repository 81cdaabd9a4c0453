/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reconstruct: nothing is damaged, and the net is to give back what it saw.
 * What it learns is in its bottleneck: the plain autoencoder.  Source: Hinton
 * and Salakhutdinov 2006.
 */
#include "tasks/task.h"

#include <string.h>

static void
degrade (const float *clean,
         float *degraded,
         int width,
         int height,
         const RwDamage *damage)
{
  if (degraded != clean)
    memcpy (degraded, clean,
            3 * sizeof (float) * (gsize) width * (gsize) height);
}

static void
draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){ .key = key };
}

static double
estimate_level (const float *rgb, int n, int height, int width)
{
  return 0;
}

const RwTask rw_task_reconstruct = {
  .name = "reconstruct",
  .label = "Reconstruct",
  .blurb = "Gives back what a picture shows through the net's bottleneck",
  .level_label = "",
  .level_unit = "",
  .level_max = 0,
  .level_eval = 0,
  .default_weights = "cifar10-autoencoder",
  .range_low = 0,
  .range_high = 1,
  .degrade = degrade,
  .draw = draw,
  .estimate_level = estimate_level,
};
