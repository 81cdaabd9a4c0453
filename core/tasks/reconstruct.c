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
degrade (const RwSample *source,
         RwSample *clean,
         RwSample *input,
         RwDamage *damage)
{
  const gsize n_bytes =
      3 * sizeof (float) * (gsize) source->width * (gsize) source->height;

  memcpy (clean->rgb, source->rgb, n_bytes);
  memcpy (input->rgb, source->rgb, n_bytes);
}

static void
draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){ .told = 1, .key = key };
}

const RwTask rw_task_reconstruct = {
  .info = {
    .name = "reconstruct",
    .title = N_ ("Reconstruct"),
    .blurb = N_ ("Give back what a picture shows through the net's bottleneck"),
    .help = N_ ("Nothing is mended: what a net of this task learns is to pass a "
            "picture through few numbers."),
    .done = N_ ("reconstructed"),
    .category = "hidden",
    .weights = "cifar10-autoencoder",
    .kind = RW_TASK_STUDY,
    .scale = 1,
  },
  .range_low = 0,
  .range_high = 1,
  .draw = draw,
  .degrade = degrade,
};
