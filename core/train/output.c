/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The weight file of a training.
 */
#include "train/output.h"

#include "weights/weights.h"
#include "nets/feed.h"
#include "train/legs.h"

#include <math.h>

/* (transfer full) for @value; an absent or empty one is left out. */
static void
put (GHashTable *metadata, const char *key, char *value)
{
  if (value != NULL && *value != '\0')
    g_hash_table_insert (metadata, g_strdup (key), value);
  else
    g_free (value);
}

static char *
describe_metrics (const RwTrainOutput *output)
{
  const RwTrainState *state = output->state;
  const RwTask *task = output->task;
  const double ema =
      state->best_is_second ? state->recipe->ema_second : state->recipe->ema;
  char decay[G_ASCII_DTOSTR_BUF_SIZE];
  char psnr[G_ASCII_DTOSTR_BUF_SIZE], value[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *setting = NULL;

  if (isnan (state->stopping.best))
    return NULL;
  g_ascii_formatd (psnr, sizeof psnr, "%.3f", state->stopping.best);
  if (task->eval != NULL)
    setting = g_strdup_printf (
        "%s=%s ", task->info.controls[0].name,
        g_ascii_formatd (value, sizeof value, "%g", task->eval[0]));
  g_autofree char *which =
      state->second != NULL
          ? g_strdup_printf (" ema=%s",
                             g_ascii_formatd (decay, sizeof decay, "%g", ema))
          : g_strdup ("");
  return g_strdup_printf (
      "validation %s=%s dB %spictures=%d step=%" G_GUINT64_FORMAT "%s",
      task->trade != NULL ? "score" : "psnr", psnr,
      setting != NULL ? setting : "", output->n_validation,
      state->stopping.best_step, which);
}

/* The legs before, and this one. */
static char *
describe_history (const RwTrainState *state)
{
  const RwLeg leg = { .steps = state->step - state->leg_begin,
                      .seed = state->recipe->seed,
                      .seconds = state->machine != NULL ? state->seconds : NAN,
                      .machine = state->machine,
                      .parent = state->parent };
  g_autofree char *line = rw_leg_to_text (&leg);

  return g_strconcat (state->history != NULL ? state->history : "", line,
                      NULL);
}

static GHashTable *
make_metadata (const RwTrainOutput *output)
{
  GHashTable *metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const RwTrainState *state = output->state;
  const RwRecipe *recipe = state->recipe;

  put (metadata, "task", g_strdup (output->task->info.name));
  put (metadata, "input",
       rw_feed_describe (state->net, output->task->range_low,
                         output->task->range_high));
  put (metadata, "strength", g_strdup ("blend"));
  put (metadata, "title", g_strdup (recipe->title));
  put (metadata, "description", g_strdup (recipe->description));
  put (metadata, "license", g_strdup (recipe->license));
  put (metadata, "data", g_strdup (recipe->data));
  put (metadata, "recipe", rw_recipe_to_text (recipe));
  put (metadata, "command", g_strdup (state->command));
  put (metadata, "parent", g_strdup (state->parent));
  put (metadata, "teacher", g_strdup (state->teacher));
  put (metadata, "seed", g_strdup_printf ("%" G_GUINT64_FORMAT, recipe->seed));
  put (metadata, "steps", g_strdup_printf ("%" G_GUINT64_FORMAT, state->step));
  put (metadata, "history", describe_history (state));
  put (metadata, "metrics", describe_metrics (output));
  return metadata;
}

gboolean
rw_train_output_save (const RwTrainOutput *output,
                      const char *path,
                      GError **error)
{
  const RwTrainState *state = output->state;
  g_autoptr (GHashTable) metadata = make_metadata (output);
  g_autoptr (RwQuant) quant =
      state->quant != NULL ? rw_quant_dup (state->quant) : NULL;
  const float *params =
      isnan (state->stopping.best) ? state->average : state->best;
  RwDtype dtype;

  if (!rw_weights_parse_store (state->recipe->store, &dtype, error))
    return FALSE;
  if (quant != NULL)
    rw_quant_fix_weights (quant, params);
  return rw_weights_save_int8 (path, state->net, params, quant, metadata,
                               dtype, error);
}
