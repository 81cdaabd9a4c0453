/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The state of a training, and checkpoints as they are written.
 */
#include "train/checkpoint-private.h"

#include "reweave.h"
#include "base/alloc.h"
#include "weights/safetensors.h"

#include <math.h>

static gboolean
alloc_params (float **params, const RwNet *net, GError **error)
{
  *params = rw_try_alloc (rw_net_get_n_inner (net), sizeof (float),
                          "the state of the training", error);
  return *params != NULL;
}

RwTrainState *
rw_train_state_new (RwNet *net,
                    const RwRecipe *recipe,
                    const char *data,
                    GError **error)
{
  g_autoptr (RwTrainState) state = g_new0 (RwTrainState, 1);
  const RwOptimiserClass *class = rw_optimiser_find (recipe->optimizer, error);
  const RwOptimiserSettings settings = { .beta1 = recipe->beta1,
                                         .beta2 = recipe->beta2,
                                         .epsilon = recipe->epsilon,
                                         .l1 = recipe->l1_penalty,
                                         .l2 = recipe->l2_penalty,
                                         .weight_decay =
                                             recipe->weight_decay };

  if (class == NULL)
    return NULL;
  state->net = net;
  state->recipe = recipe;
  state->data = data;
  rw_stopping_begin (&state->stopping);
  state->loss = state->good_loss = state->best_training = NAN;
  state->rate_scale = 1;
  rw_plateau_begin (&state->plateau);
  state->optimiser = rw_optimiser_new (class, &settings, net, error);
  if (state->optimiser == NULL || !alloc_params (&state->params, net, error) ||
      !alloc_params (&state->average, net, error) ||
      !alloc_params (&state->best, net, error) ||
      (recipe->ema_second > 0 && !alloc_params (&state->second, net, error)))
    return NULL;
  return g_steal_pointer (&state);
}

void
rw_train_state_free (RwTrainState *state)
{
  if (state == NULL)
    return;
  rw_optimiser_free (state->optimiser);
  rw_free (state->params);
  rw_free (state->average);
  rw_free (state->second);
  rw_free (state->best);
  g_clear_pointer (&state->good, g_bytes_unref);
  rw_quant_free (state->quant);
  g_free (state->history);
  g_free (state->machine);
  g_free (state->command);
  g_free (state->parent);
  g_free (state);
}

int
rw_train_state_list (const RwTrainState *state, RwTrainArray *arrays)
{
  int n = 0;

  arrays[n++] = (RwTrainArray){ "weights", state->params };
  arrays[n++] = (RwTrainArray){ "average", state->average };
  arrays[n++] = (RwTrainArray){ "best", state->best };
  if (state->second != NULL)
    arrays[n++] = (RwTrainArray){ "second", state->second };
  for (int i = 0; i < rw_optimiser_get_n_states (state->optimiser); i++)
    arrays[n++] =
        (RwTrainArray){ rw_optimiser_get_state_name (state->optimiser, i),
                        rw_optimiser_get_state (state->optimiser, i) };
  return n;
}

/* ---- saving ------------------------------------------------------------- */

static void
set_real (RwSafetensorsWriter *writer, const char *key, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  rw_safetensors_writer_set_metadata (
      writer, key, g_ascii_dtostr (text, sizeof text, value));
}

static void
set_count (RwSafetensorsWriter *writer, const char *key, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  rw_safetensors_writer_set_metadata (writer, key, text);
}

/* NULL is left out. */
static void
set_text (RwSafetensorsWriter *writer, const char *key, const char *text)
{
  if (text != NULL)
    rw_safetensors_writer_set_metadata (writer, key, text);
}

/* Of a first leg that records nothing there is nothing to write. */
static void
add_leg (RwSafetensorsWriter *writer, const RwTrainState *state)
{
  set_text (writer, "machine", state->machine);
  set_text (writer, "history", state->history);
  if (state->leg_begin > 0)
    set_count (writer, "leg_begin", state->leg_begin);
  if (state->fresh > 0)
    set_count (writer, "fresh", state->fresh);
}

static void
add_metadata (RwSafetensorsWriter *writer, const RwTrainState *state)
{
  g_autofree char *recipe = rw_recipe_to_text (state->recipe);
  g_autofree char *int8 =
      state->quant != NULL ? rw_quant_to_text (state->quant) : NULL;

  set_text (writer, "int8", int8);
  rw_safetensors_writer_set_metadata (writer, "reweave.checkpoint",
                                      RW_CHECKPOINT_FORMAT);
  rw_safetensors_writer_set_metadata (writer, "recipe", recipe);
  set_text (writer, "net", rw_net_get_text (state->net));
  rw_safetensors_writer_set_metadata (writer, "data", state->data);
  set_text (writer, "command", state->command);
  set_text (writer, "parent", state->parent);
  set_text (writer, "teacher", state->teacher);
  set_count (writer, "step", state->step);
  set_count (writer, "best_step", state->stopping.best_step);
  set_count (writer, "stale_validations", state->stopping.n_stale);
  if (!isnan (state->stopping.best))
    set_real (writer, "best_psnr", state->stopping.best);
  if (state->best_is_second)
    set_count (writer, "best_is_second", 1);
  if (!isnan (state->best_training))
    set_real (writer, "best_training", state->best_training);
  if (!isnan (state->loss))
    set_real (writer, "loss", state->loss);
  set_count (writer, "retries", state->n_retries);
  set_real (writer, "rate_scale", state->rate_scale);
  set_real (writer, "plateau_factor", state->plateau.factor);
  set_count (writer, "plateau_stale", state->plateau.n_stale);
  if (!isnan (state->plateau.best))
    set_real (writer, "plateau_best", state->plateau.best);
  set_real (writer, "seconds", state->seconds);
  add_leg (writer, state);
}

static RwSafetensorsWriter *
make_writer (const RwTrainState *state, GError **error)
{
  rw_autofree float *values =
      rw_net_alloc_values (state->net, "a checkpoint", error);
  RwTrainArray arrays[RW_TRAIN_MAX_ARRAYS];

  if (values == NULL)
    return NULL;
  RwSafetensorsWriter *writer = rw_safetensors_writer_new ();
  add_metadata (writer, state);
  for (int a = 0, n = rw_train_state_list (state, arrays); a < n; a++)
    for (int i = 0; i < rw_net_get_n_params (state->net); i++) {
      const RwParam *param = rw_net_get_param (state->net, i);
      g_autofree char *name =
          g_strdup_printf ("%s/%s", arrays[a].name, param->name);
      rw_net_export_param (state->net, i, arrays[a].values, values);
      rw_safetensors_writer_add_floats (writer, name, RW_DTYPE_F32,
                                        param->n_dims, param->dims, values);
    }
  return writer;
}

gboolean
rw_checkpoint_save (const RwTrainState *state,
                    const char *path,
                    GError **error)
{
  g_autoptr (RwSafetensorsWriter) writer = make_writer (state, error);
  gsize n = 0;

  if (writer == NULL)
    return FALSE;
  if (state->good != NULL) {
    const void *data = g_bytes_get_data (state->good, &n);
    rw_safetensors_writer_add_integers (writer, "good", RW_DTYPE_U8, 1, &n,
                                        data);
  }
  return rw_safetensors_writer_save (writer, path, error);
}

GBytes *
rw_checkpoint_to_bytes (const RwTrainState *state)
{
  g_autoptr (RwSafetensorsWriter) writer = make_writer (state, NULL);

  return writer != NULL ? rw_safetensors_writer_to_bytes (writer) : NULL;
}
