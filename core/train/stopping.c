/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Early stopping.
 */
#include "train/stopping.h"

#include <math.h>

void
rw_stopping_begin (RwStopping *stopping)
{
  *stopping = (RwStopping){ .best = NAN };
}

gboolean
rw_stopping_add (RwStopping *stopping, guint64 step, double metric)
{
  if (isnan (metric) || metric <= stopping->best) {
    stopping->n_stale++;
    return FALSE;
  }
  *stopping = (RwStopping){ .best = metric, .best_step = step };
  return TRUE;
}

gboolean
rw_stopping_is_due (const RwStopping *stopping, guint64 patience)
{
  return patience > 0 && stopping->n_stale >= patience;
}
