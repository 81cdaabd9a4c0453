/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The guard against numbers that are not finite: from time to time it keeps
 * the whole state, and goes back to that with half the learning rate.
 *
 * When it keeps depends on steps and losses alone, and what it keeps is part
 * of the checkpoint, so a resumed training goes back to the same state.
 */
#pragma once

#include "train/checkpoint.h"

/* Steps from one state kept to the next: some 30 s of training for a small
 * net, of which keeping takes less than 1 %. */
#define RW_GUARD_STEPS 500

/* Before the first step and after each: keeps @state every @steps, unless its
 * last loss is more than ten times that of the state kept before, which is
 * then the better one to go back to. */
void rw_guard_keep (RwTrainState *state, guint64 steps);

/* Back to the state kept, with one more in n_retries and half the rate_scale.
 * FALSE without an error when there is none or @limit of them are used up. */
gboolean rw_guard_go_back (RwTrainState *state, guint64 limit, GError **error);
