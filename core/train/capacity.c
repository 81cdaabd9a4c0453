/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Is the net too large or too small for its pictures?
 */
#include "train/capacity.h"

#include <math.h>

RwCapacity
rw_capacity_judge (const RwCapacityFigures *figures)
{
  const double lost = figures->best_validation - figures->validation;
  const double gained = figures->training - figures->best_training;

  if (!isfinite (lost) || !isfinite (gained))
    return RW_CAPACITY_UNKNOWN;
  if (lost <= 0)
    return RW_CAPACITY_LEARNS;
  if (gained > 0 && gained + lost >= RW_CAPACITY_GAP)
    return RW_CAPACITY_OVERFITS;
  return RW_CAPACITY_STALLS;
}

static char *
describe_gap (const RwCapacityFigures *figures)
{
  return g_strdup_printf (
      "since step %" G_GUINT64_FORMAT ", the best, training gained %.2f dB "
      "and validation lost %.2f: the net learns its pictures by heart; take "
      "more pictures, weight_decay, a smaller net or patience",
      figures->best_step, figures->training - figures->best_training,
      figures->best_validation - figures->validation);
}

char *
rw_capacity_describe (const RwCapacityFigures *figures)
{
  g_autofree char *meaning = NULL;

  switch (rw_capacity_judge (figures)) {
  case RW_CAPACITY_UNKNOWN:
    meaning = g_strdup ("nothing to compare with yet; go on");
    break;
  case RW_CAPACITY_LEARNS:
    meaning = g_strdup ("validation is at its best, so the net is not too "
                        "large for its pictures; go on");
    break;
  case RW_CAPACITY_OVERFITS:
    meaning = describe_gap (figures);
    break;
  case RW_CAPACITY_STALLS:
    meaning = g_strdup_printf (
        "neither has gained since step %" G_GUINT64_FORMAT ": the net holds "
        "what it can at this rate; go on to lower rates, or take a larger net",
        figures->best_step);
    break;
  }
  return g_strdup_printf ("capacity: training %.2f dB, validation %.2f dB: %s",
                          figures->training, figures->validation, meaning);
}
