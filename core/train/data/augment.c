/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is done to a patch.
 */
#include "train/data/augment.h"

#include "base/random.h"

#include <math.h>

RwAugment
rw_augment_get (const RwRecipe *recipe)
{
  return (RwAugment){ .flip = recipe->flip,
                      .turn = recipe->turn,
                      .scale = (float) recipe->scale,
                      .exposure = (float) recipe->exposure,
                      .exposure_low = (float) recipe->exposure_low,
                      .exposure_high = (float) recipe->exposure_high,
                      .permute = (float) recipe->permute,
                      .mixup = recipe->mixup };
}

guint
rw_augment_symmetry (const RwAugment *augment, guint draw)
{
  /* by 0, 90, 180 and 270 degrees */
  static const guint turns[4] = { 0, RW_SWAP_AXES | RW_FLIP_X,
                                  RW_FLIP_X | RW_FLIP_Y,
                                  RW_SWAP_AXES | RW_FLIP_Y };

  if (augment->turn)
    return augment->flip ? draw : turns[draw & 3];
  return augment->flip ? draw & RW_FLIP_X : 0;
}

/* Logarithm of a uniform number in (0,1). */
static double
draw_log (guint64 key, guint64 index)
{
  const double bits = (double) (rw_random_bits (key, index) >> 11);

  return log ((bits + 0.5) / 9007199254740992.0);
}

float
rw_augment_share (const RwAugment *augment, guint64 key)
{
  for (guint64 i = 0;; i += 2) {
    const double a = draw_log (key, i) / augment->mixup;
    const double b = draw_log (key, i + 1) / augment->mixup;
    if (exp (a) + exp (b) <= 1) /* u^(1/alpha) + v^(1/alpha) */
      return (float) (1 / (1 + exp (b - a)));
  }
}
