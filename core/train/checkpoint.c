/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Checkpoints.
 */
#include "train/checkpoint.h"

#include "reweave.h"
#include "base/alloc.h"
#include "weights/safetensors.h"

#include <math.h>

#define FORMAT "3"
#define MAX_ARRAYS (3 + RW_OPTIMISER_MAX_STATES)

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
  const RwOptimiserClass *klass = rw_optimiser_find (recipe->optimizer, error);
  const RwOptimiserSettings settings = { .beta1 = recipe->beta1,
                                         .beta2 = recipe->beta2,
                                         .epsilon = recipe->epsilon,
                                         .l1 = recipe->l1_penalty,
                                         .l2 = recipe->l2_penalty,
                                         .weight_decay =
                                             recipe->weight_decay };

  if (klass == NULL)
    return NULL;
  state->net = net;
  state->recipe = recipe;
  state->data = data;
  rw_stopping_begin (&state->stopping);
  state->loss = state->good_loss = state->best_training = NAN;
  state->rate_scale = 1;
  rw_plateau_begin (&state->plateau);
  state->optimiser = rw_optimiser_new (klass, &settings, net, error);
  if (state->optimiser == NULL || !alloc_params (&state->params, net, error) ||
      !alloc_params (&state->average, net, error) ||
      !alloc_params (&state->best, net, error))
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
  rw_free (state->best);
  g_clear_pointer (&state->good, g_bytes_unref);
  rw_quant_free (state->quant);
  g_free (state->command);
  g_free (state->parent);
  g_free (state);
}

/* An array of the state and what the file calls it. */
typedef struct {
  const char *name;
  float *values;
} Array;

static int
list_arrays (const RwTrainState *state, Array *arrays)
{
  int n = 0;

  arrays[n++] = (Array){ "weights", state->params };
  arrays[n++] = (Array){ "average", state->average };
  arrays[n++] = (Array){ "best", state->best };
  for (int i = 0; i < rw_optimiser_get_n_states (state->optimiser); i++)
    arrays[n++] = (Array){ rw_optimiser_get_state_name (state->optimiser, i),
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

static void
add_metadata (RwSafetensorsWriter *writer, const RwTrainState *state)
{
  g_autofree char *recipe = rw_recipe_to_text (state->recipe);
  g_autofree char *int8 =
      state->quant != NULL ? rw_quant_to_text (state->quant) : NULL;

  set_text (writer, "int8", int8);
  rw_safetensors_writer_set_metadata (writer, "reweave.checkpoint", FORMAT);
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
}

static RwSafetensorsWriter *
make_writer (const RwTrainState *state, GError **error)
{
  rw_autofree float *values =
      rw_net_alloc_values (state->net, "a checkpoint", error);
  Array arrays[MAX_ARRAYS];

  if (values == NULL)
    return NULL;
  RwSafetensorsWriter *writer = rw_safetensors_writer_new ();
  add_metadata (writer, state);
  for (int a = 0, n = list_arrays (state, arrays); a < n; a++)
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

/* ---- loading ------------------------------------------------------------ */

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
  g_free (state->command);
  g_free (state->parent);
  state->command = g_strdup (rw_safetensors_get_metadata (file, "command"));
  state->parent = g_strdup (rw_safetensors_get_metadata (file, "parent"));
  state->loss = state->best_training = NAN;
  return read_optional (file, path, "best_psnr", &stopping->best, error) &&
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
 * does, too, but with none pictures come in another order. */
static gboolean
compare_recipes (const RwRecipe *old,
                 const RwRecipe *new,
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

  if (format == NULL || !g_str_equal (format, FORMAT) || recipe == NULL ||
      net == NULL || data == NULL)
    return fail (error, RW_ERROR_FORMAT, path,
                 "not a checkpoint of this version of reweave; begin the "
                 "training anew without --resume");
  g_autoptr (RwRecipe) old = rw_recipe_parse (recipe, path, error);
  if (old == NULL || !compare_recipes (old, state->recipe, path, error))
    return FALSE;
  if (!g_str_equal (net, rw_net_get_text (state->net)))
    return fail (error, RW_ERROR_MISMATCH, path,
                 "was made with another net than the one given now; resume "
                 "with the old net, or begin anew without --resume");
  if (!g_str_equal (data, state->data) && !state->any_data)
    return fail (error, RW_ERROR_MISMATCH, path,
                 "was made with other training or validation pictures than "
                 "are there now; resume with those, or with --new-data");
  if (g_strcmp0 (teacher, state->teacher) != 0)
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
            const Array *array,
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

static gboolean
read_state (RwTrainState *state,
            const RwSafetensors *file,
            const char *path,
            GError **error)
{
  rw_autofree float *values =
      rw_net_alloc_values (state->net, "a checkpoint", error);
  Array arrays[MAX_ARRAYS];
  const int n_arrays = list_arrays (state, arrays);

  if (values == NULL || !compare (state, file, path, error) ||
      !read_metadata (state, file, path, error) ||
      !rw_quant_replace (&state->quant, state->net,
                         rw_safetensors_get_metadata (file, "int8"), error))
    return FALSE;
  for (int a = 0; a < n_arrays; a++)
    if (!read_array (state, file, path, &arrays[a], values, error))
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
