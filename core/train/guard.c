/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The guard against numbers that are not finite.
 */
#include "train/guard.h"

#define WORSE 10 /* times the loss: on its way to infinity */

void
rw_guard_keep (RwTrainState *state, guint64 steps)
{
  if (state->good != NULL &&
      (state->step % steps != 0 || state->loss > WORSE * state->good_loss))
    return;
  g_clear_pointer (&state->good, g_bytes_unref);
  state->good = rw_checkpoint_to_bytes (state);
  state->good_loss = state->loss;
}

gboolean
rw_guard_go_back (RwTrainState *state, guint64 limit, GError **error)
{
  const guint64 n_retries = state->n_retries + 1;
  const double rate_scale = state->rate_scale / 2;

  if (state->good == NULL || n_retries > limit)
    return FALSE;
  g_autoptr (GBytes) good = g_bytes_ref (state->good);
  if (!rw_checkpoint_parse (state, good, "the state kept", error))
    return FALSE;
  state->good = g_steal_pointer (&good);
  state->good_loss = state->loss;
  state->n_retries = n_retries;
  state->rate_scale = rate_scale;
  return TRUE;
}
