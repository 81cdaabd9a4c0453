/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The guard against numbers that are not finite.  From time to time it keeps a
 * copy of the whole state; when a loss is not finite, the training goes back to
 * that copy with half the learning rate.
 *
 * When a copy is kept depends only on steps and losses, and the copy is part of
 * the checkpoint, so a resumed training goes back to the same state.
 */
#pragma once

#include "train/checkpoint.h"

/* Steps from one copy to the next: about 30 s of training for a small net, of
 * which making the copy takes less than 1 %. */
#define RW_GUARD_STEPS 500

/* To be called before the first step and after each.  Keeps a copy of @state
 * every @steps, unless its last loss is more than ten times that of the copy
 * before, which is then the better one to go back to. */
void rw_guard_keep (RwTrainState *state, guint64 steps);

/* Goes back to the copy, adds one to n_retries and halves rate_scale.  FALSE
 * without an error when there is no copy or n_retries has reached @limit. */
gboolean rw_guard_go_back (RwTrainState *state, guint64 limit, GError **error);
