/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Early stopping: keeps which validation was the best, and says when to stop.
 * Source: Prechelt 1998, "Early stopping - but when?", criterion UP in its
 * plain form: so many validations in a row without a new best.
 */
#pragma once

#include <glib.h>

typedef struct {
  double best; /* the highest metric; NaN: none yet */
  guint64 best_step;
  guint64 n_stale; /* validations since the best */
} RwStopping;

void rw_stopping_begin (RwStopping *stopping);

/* Takes the validation after @step in.  TRUE when @metric is higher than all
 * before; NaN never is. */
gboolean rw_stopping_add (RwStopping *stopping, guint64 step, double metric);

/* Whether @patience validations in a row were no better than the best before;
 * never for @patience 0. */
gboolean rw_stopping_is_due (const RwStopping *stopping, guint64 patience);
