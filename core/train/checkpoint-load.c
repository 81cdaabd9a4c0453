/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Checkpoints as they are read, and what has to be as it was.
 */
#include "train/checkpoint-private.h"

#include "reweave.h"
#include "base/alloc.h"
#include "train/legs.h"
#include "weights/safetensors.h"

#include <math.h>
#include <string.h>

static gboolean
fail (GError **error, RwErrorCode code, const char *path, const char *message)
{
  g_set_error (error, RW_ERROR, code, "%s: %s", path, message);
  return FALSE;
}

static gboolean
fail_metadata (GError **error, const char *path, const char *key)
{
  g_set_error (
      error, RW_ERROR, RW_ERROR_FORMAT,
      "%s: metadata \"%s\" is missing or broken, a checkpoint has it; "
      "begin the training anew",
      path, key);
  return FALSE;
}

static gboolean
read_count (const RwSafetensors *file,
            const char *path,
            const char *key,
            guint64 *value,
            GError **error)
{
  const char *text = rw_safetensors_get_metadata (file, key);

  if (text != NULL &&
      g_ascii_string_to_unsigned (text, 10, 0, (guint64) 1 << 53, value, NULL))
    return TRUE;
  return fail_metadata (error, path, key);
}

static gboolean
read_real (const RwSafetensors *file,
           const char *path,
           const char *key,
           double *value,
           GError **error)
{
  const char *text = rw_safetensors_get_metadata (file, key);
  char *end = NULL;

  if (text == NULL)
    return fail_metadata (error, path, key);
  *value = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' ? TRUE : fail_metadata (error, path, key);
}

/* Leaves @value as it is when the key is not there. */
static gboolean
read_optional (const RwSafetensors *file,
               const char *path,
               const char *key,
               double *value,
               GError **error)
{
  return rw_safetensors_get_metadata (file, key) == NULL ||
         read_real (file, path, key, value, error);
}

static gboolean
read_plateau (const RwSafetensors *file,
              const char *path,
              RwPlateau *plateau,
              GError **error)
{
  rw_plateau_begin (plateau);
  if (!read_real (file, path, "plateau_factor", &plateau->factor, error) ||
      !read_count (file, path, "plateau_stale", &plateau->n_stale, error))
    return FALSE;
  if (!(plateau->factor >= 0 && plateau->factor <= 1))
    return fail_metadata (error, path, "plateau_factor");
  return read_optional (file, path, "plateau_best", &plateau->best, error);
}

/* Leaves @value 0 when the key is not there. */
static gboolean
read_optional_count (const RwSafetensors *file,
                     const char *path,
                     const char *key,
                     guint64 *value,
                     GError **error)
{
  *value = 0;
  return rw_safetensors_get_metadata (file, key) == NULL ||
         read_count (file, path, key, value, error);
}

static void
read_text (const RwSafetensors *file, const char *key, char **text)
{
  g_free (*text);
  *text = g_strdup (rw_safetensors_get_metadata (file, key));
}

static gboolean
read_leg (RwTrainState *state,
          const RwSafetensors *file,
          const char *path,
          GError **error)
{
  if (!read_optional_count (file, path, "leg_begin", &state->leg_begin,
                            error) ||
      !read_optional_count (file, path, "fresh", &state->fresh, error))
    return FALSE;
  if (state->leg_begin > state->step || state->fresh > state->step)
    return fail_metadata (error, path, "leg_begin");
  read_text (file, "history", &state->history);
  read_text (file, "machine", &state->machine);
  read_text (file, "command", &state->command);
  read_text (file, "parent", &state->parent);
  return state->history == NULL || rw_legs_check (state->history, path, error);
}

static gboolean
read_metadata (RwTrainState *state,
               const RwSafetensors *file,
               const char *path,
               GError **error)
{
  RwStopping *stopping = &state->stopping;

  rw_stopping_begin (stopping);
  if (!read_count (file, path, "step", &state->step, error) ||
      !read_count (file, path, "best_step", &stopping->best_step, error) ||
      !read_count (file, path, "stale_validations", &stopping->n_stale,
                   error) ||
      !read_count (file, path, "retries", &state->n_retries, error) ||
      !read_real (file, path, "rate_scale", &state->rate_scale, error) ||
      !read_plateau (file, path, &state->plateau, error) ||
      !read_real (file, path, "seconds", &state->seconds, error))
    return FALSE;
  if (!(state->seconds >= 0))
    return fail_metadata (error, path, "seconds");
  if (!(state->rate_scale > 0 && state->rate_scale <= 1))
    return fail_metadata (error, path, "rate_scale");
  state->loss = state->best_training = NAN;
  state->best_is_second =
      rw_safetensors_get_metadata (file, "best_is_second") != NULL;
  return read_leg (state, file, path, error) &&
         read_optional (file, path, "best_psnr", &stopping->best, error) &&
         read_optional (file, path, "best_training", &state->best_training,
                        error) &&
         read_optional (file, path, "loss", &state->loss, error);
}

static gboolean
differs (GError **error,
         const char *path,
         const char *key,
         const char *was,
         const char *now)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: was made with %s = %s, but now it is %s; resume with the "
               "old value, or begin anew without --resume",
               path, key, was != NULL ? was : "none",
               now != NULL ? now : "none");
  return FALSE;
}

/* All keys of [train] but those that only say when to end; how many epochs
 * does, too, but with none pictures come in another order.  @any: of another
 * leg only what the state depends on. */
static gboolean
compare_recipes (const RwRecipe *old,
                 const RwRecipe *new,
                 gboolean any,
                 const char *path,
                 GError **error)
{
  static const char *const may_differ[] = { "steps", "patience", "retries",
                                            "store", NULL };
  int n_keys;
  const RwRecipeKey *keys = rw_recipe_list_keys (&n_keys);

  for (int i = 0; i < n_keys; i++) {
    g_autofree char *was = rw_recipe_get (old, keys[i].name);
    g_autofree char *now = rw_recipe_get (new, keys[i].name);
    if (g_str_equal (keys[i].section, "about") ||
        g_strv_contains (may_differ, keys[i].name) ||
        (any && !g_str_equal (keys[i].name, "optimizer")) ||
        (g_str_equal (keys[i].name, "epochs") && old->epochs > 0 &&
         new->epochs > 0))
      continue;
    if (!g_str_equal (was, now))
      return differs (error, path, keys[i].name, was, now);
  }
  return TRUE;
}

static gboolean
compare (RwTrainState *state,
         const RwSafetensors *file,
         const char *path,
         GError **error)
{
  const char *format =
      rw_safetensors_get_metadata (file, "reweave.checkpoint");
  const char *recipe = rw_safetensors_get_metadata (file, "recipe");
  const char *net = rw_safetensors_get_metadata (file, "net");
  const char *data = rw_safetensors_get_metadata (file, "data");
  const char *teacher = rw_safetensors_get_metadata (file, "teacher");

  if (format == NULL || !g_str_equal (format, RW_CHECKPOINT_FORMAT) ||
      recipe == NULL || net == NULL || data == NULL)
    return fail (error, RW_ERROR_FORMAT, path,
                 "not a checkpoint of this version of reweave; begin the "
                 "training anew without --resume");
  g_autoptr (RwRecipe) old = rw_recipe_parse (recipe, path, error);
  if (old == NULL ||
      !compare_recipes (old, state->recipe, state->any_recipe, path, error))
    return FALSE;
  if (!g_str_equal (net, rw_net_get_text (state->net)))
    return fail (error, RW_ERROR_MISMATCH, path,
                 "was made with another net than the one given now; resume "
                 "with the old net, or begin anew without --resume");
  if (!g_str_equal (data, state->data) && !state->any_data)
    return fail (error, RW_ERROR_MISMATCH, path,
                 "was made with other training or validation pictures than "
                 "are there now; resume with those, or with --new-data");
  if (!state->any_recipe && g_strcmp0 (teacher, state->teacher) != 0)
    return differs (error, path, "teacher", teacher, state->teacher);
  state->other_data = !g_str_equal (data, state->data);
  return TRUE;
}

static gboolean
has_shape (const RwTensorInfo *tensor, const RwParam *param)
{
  if (tensor->dtype != RW_DTYPE_F32 || tensor->n_dims != param->n_dims)
    return FALSE;
  for (int i = 0; i < param->n_dims; i++)
    if (tensor->dims[i] != param->dims[i])
      return FALSE;
  return TRUE;
}

static gboolean
read_array (const RwTrainState *state,
            const RwSafetensors *file,
            const char *path,
            const RwTrainArray *array,
            float *values,
            GError **error)
{
  for (int i = 0; i < rw_net_get_n_params (state->net); i++) {
    const RwParam *param = rw_net_get_param (state->net, i);
    g_autofree char *name =
        g_strdup_printf ("%s/%s", array->name, param->name);
    const RwTensorInfo *tensor = rw_safetensors_find (file, name);
    if (tensor == NULL || !has_shape (tensor, param)) {
      g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                   "%s: tensor %s is missing or not of the net's shape; begin "
                   "the training anew",
                   path, name);
      return FALSE;
    }
    if (!rw_safetensors_read_floats (file, tensor, values, error))
      return FALSE;
    rw_net_import_param (state->net, i, array->values, values);
  }
  return TRUE;
}

/* Another leg may want a second average where the one before had none: it is
 * the first then. */
static gboolean
begins_second (const RwTrainState *state,
               const RwSafetensors *file,
               const RwTrainArray *array)
{
  const RwParam *param = rw_net_get_param (state->net, 0);
  g_autofree char *name = g_strdup_printf ("second/%s", param->name);

  if (array->values != state->second || !state->any_recipe ||
      rw_safetensors_find (file, name) != NULL)
    return FALSE;
  memcpy (state->second, state->average,
          rw_net_get_n_inner (state->net) * sizeof (float));
  return TRUE;
}

static gboolean
read_state (RwTrainState *state,
            const RwSafetensors *file,
            const char *path,
            GError **error)
{
  rw_autofree float *values =
      rw_net_alloc_values (state->net, "a checkpoint", error);
  RwTrainArray arrays[RW_TRAIN_MAX_ARRAYS];
  const int n_arrays = rw_train_state_list (state, arrays);

  if (values == NULL || !compare (state, file, path, error) ||
      !read_metadata (state, file, path, error) ||
      !rw_quant_replace (&state->quant, state->net,
                         rw_safetensors_get_metadata (file, "int8"), error))
    return FALSE;
  for (int a = 0; a < n_arrays; a++)
    if (!(begins_second (state, file, &arrays[a])) &&
        !read_array (state, file, path, &arrays[a], values, error))
      return FALSE;
  g_clear_pointer (&state->good, g_bytes_unref);
  return TRUE;
}

gboolean
rw_checkpoint_parse (RwTrainState *state,
                     GBytes *bytes,
                     const char *name,
                     GError **error)
{
  g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, name, error);

  return file != NULL && read_state (state, file, name, error);
}

/* The older checkpoint in the newer one; its loss is what the guard compares
 * with, all else is checked when it goes back. */
static gboolean
read_good (RwTrainState *state,
           const RwSafetensors *file,
           const char *path,
           GError **error)
{
  const RwTensorInfo *tensor = rw_safetensors_find (file, "good");

  if (tensor == NULL)
    return TRUE;
  state->good =
      g_bytes_new (rw_safetensors_get_data (file, tensor), tensor->n_bytes);
  g_autoptr (RwSafetensors) good =
      rw_safetensors_parse (state->good, path, error);
  state->good_loss = NAN;
  return good != NULL &&
         read_optional (good, path, "loss", &state->good_loss, error);
}

gboolean
rw_checkpoint_load (RwTrainState *state, const char *path, GError **error)
{
  g_autoptr (RwSafetensors) file =
      rw_safetensors_load (path, RW_CHECKPOINT_MAX_BYTES, error);

  if (file == NULL || !read_state (state, file, path, error))
    return FALSE;
  if (!state->other_data)
    return read_good (state, file, path, error);
  rw_stopping_begin (&state->stopping);
  return TRUE;
}
