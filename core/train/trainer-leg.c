/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Another leg of a weight file.
 */
#include "train/trainer-private.h"

#include "reweave.h"
#include "train/fine-tune.h"
#include "train/legs.h"
#include "weights/weights.h"

#include <math.h>
#include <string.h>

gboolean
rw_trainer_check_steps (const RwTrainer *self,
                        const char *name,
                        GError **error)
{
  const guint64 steps = self->recipe->steps, done = self->state->step;

  if (steps > done || (steps == done && !self->training->continues))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: has done %" G_GUINT64_FORMAT " steps already, but steps "
               "is %" G_GUINT64_FORMAT "; set steps to more",
               name, done, steps);
  return FALSE;
}

/* FROM.checkpoint, if it is there.  (transfer full) */
static char *
find_checkpoint (const char *from)
{
  g_autoptr (GBytes) builtin = NULL;
  g_autofree char *path = rw_weights_find (from, &builtin, NULL);
  g_autofree char *checkpoint =
      path != NULL ? g_strconcat (path, ".checkpoint", NULL) : NULL;

  return checkpoint != NULL && g_file_test (checkpoint, G_FILE_TEST_EXISTS)
             ? g_steal_pointer (&checkpoint)
             : NULL;
}

/* What of the state is of one leg alone; the best validation stays. */
static void
begin_anew (RwTrainState *state)
{
  state->n_retries = 0;
  state->rate_scale = 1;
  state->seconds = 0;
  state->stopping.n_stale = 0;
  state->best_training = state->loss = NAN;
  rw_plateau_begin (&state->plateau);
  g_clear_pointer (&state->machine, g_free);
  g_clear_pointer (&state->good, g_bytes_unref);
}

/* @taken: FALSE when there is none, or none that fits; a note says why. */
static gboolean
take_checkpoint (RwTrainer *self,
                 const char *name,
                 gboolean *taken,
                 GError **error)
{
  RwTrainState *state = self->state;
  g_autofree char *path = find_checkpoint (name);
  g_autoptr (GError) failure = NULL;

  *taken = FALSE;
  if (path == NULL)
    return TRUE;
  state->any_recipe = state->any_data = TRUE;
  *taken = rw_checkpoint_load (state, path, &failure);
  state->any_recipe = state->any_data = FALSE;
  if (*taken) {
    rw_trainer_note (self,
                     "%s: goes on from step %" G_GUINT64_FORMAT
                     " with the optimiser's state%s",
                     path, state->step,
                     state->other_data ? ", with other pictures" : "");
    return TRUE;
  }
  /* the state is as it was: what differs is found before anything is read */
  if (!g_error_matches (failure, RW_ERROR, RW_ERROR_MISMATCH)) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  rw_trainer_note (self, "the optimiser begins anew: %s", failure->message);
  return TRUE;
}

static gboolean
take_weights (RwTrainer *self,
              const RwWeights *weights,
              const char *name,
              guint64 step,
              GError **error)
{
  RwTrainState *state = self->state;

  if (!rw_fine_tune_take (self->net, weights, name, state->params, NULL,
                          error))
    return FALSE;
  memcpy (state->average, state->params,
          rw_net_get_n_inner (self->net) * sizeof (float));
  if (state->second != NULL)
    memcpy (state->second, state->params,
            rw_net_get_n_inner (self->net) * sizeof (float));
  rw_stopping_begin (&state->stopping);
  state->step = state->fresh = step;
  rw_trainer_note (self,
                   "%s: goes on from step %" G_GUINT64_FORMAT
                   " with the weights alone, and warms up over "
                   "%" G_GUINT64_FORMAT " steps",
                   name, step, self->recipe->warmup);
  return TRUE;
}

/* The legs before.  The weights of a file may be those of another step than
 * its checkpoint: the last leg has as many steps as the state says. */
static void
set_history (RwTrainState *state, const char *history)
{
  g_autoptr (GPtrArray) legs = rw_legs_parse (history, "history", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 n = 0;

  for (guint i = 0; legs != NULL && i < legs->len; i++) {
    RwLeg *leg = legs->pdata[i];
    if (i + 1 == legs->len)
      leg->steps = state->step - MIN (state->step, n);
    n += leg->steps;
    g_autofree char *line = rw_leg_to_text (leg);
    g_string_append (text, line);
  }
  g_free (state->history);
  state->history = g_strdup (text->str);
  state->leg_begin = state->step;
}

gboolean
rw_trainer_begin_leg (RwTrainer *self, GError **error)
{
  RwTrainState *state = self->state;
  const char *name = rw_task_get_weights (self->task, self->training->from);
  g_autoptr (RwWeights) weights = rw_weights_load_named (name, error);
  gboolean taken;

  if (weights == NULL ||
      !rw_weights_check_task (weights, name, self->task->info.name, error))
    return FALSE;
  g_autofree char *history = rw_legs_of_weights (weights, name, error);
  if (history == NULL || !take_checkpoint (self, name, &taken, error))
    return FALSE;
  begin_anew (state);
  if (!taken && !take_weights (self, weights, name,
                               rw_legs_count_steps (history), error))
    return FALSE;
  set_history (state, history);
  g_free (state->command);
  g_free (state->parent);
  state->command = g_strdup (self->training->command);
  state->parent = g_strdup (weights->digest);
  return rw_trainer_check_steps (self, name, error);
}
