/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Weight files: the metadata's contract, and a tensor for each parameter of
 * the net with its exact shape and none besides.
 */
#include "weights/weights.h"
#include "base/alloc.h"
#include "base/choice.h"
#include "io/files.h"
#include "nets/turn.h"
#include "reweave.h"
#include "weights/weights-input.h"
#include "weights/weights-int8.h"
#include "base/words.h"

#include <string.h>

#define FORMAT_VERSION "1"

typedef struct {
  const RwSafetensors *file;
  const char *name; /* of the file */
  RwWeights *weights;
  GError **error;
} Loader;

static gboolean G_GNUC_PRINTF (3, 4)
    fail (const Loader *loader, RwErrorCode code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  g_set_error (loader->error, RW_ERROR, code, "%s: %s", loader->name, what);
  return FALSE;
}

/* ---- metadata ---------------------------------------------------------- */

/* A value that must be there; NULL with an error. */
static const char *
get_metadata (const Loader *loader, const char *key)
{
  const char *value = rw_safetensors_get_metadata (loader->file, key);

  if (value == NULL || *value == '\0')
    fail (
        loader, RW_ERROR_FORMAT,
        _ ("has no \"%s\" in its metadata, expected a weight file of reweave; "
           "use one made by \"reweave train\""),
        key);
  return value != NULL && *value != '\0' ? value : NULL;
}

static gboolean
check_format (const Loader *loader)
{
  const char *version = get_metadata (loader, "reweave.format");

  if (version == NULL)
    return FALSE;
  if (strcmp (version, FORMAT_VERSION) == 0)
    return TRUE;
  return fail (
      loader, RW_ERROR_MISMATCH,
      _ ("has weight file format \"%.32s\", expected %s; use a reweave "
         "as new as the file"),
      version, FORMAT_VERSION);
}

static gboolean
take_input (const Loader *loader)
{
  RwWeights *weights = loader->weights;
  const char *text = get_metadata (loader, "input");

  if (text == NULL)
    return FALSE;
  if (rw_weights_parse_input (text, weights->net, &weights->range_low,
                              &weights->range_high, loader->error))
    return TRUE;
  g_prefix_error (loader->error, _ ("%s: input: "), loader->name);
  return FALSE;
}

static gboolean
take_metadata (const Loader *loader)
{
  RwWeights *weights = loader->weights;

  if (!check_format (loader))
    return FALSE;
  weights->task = g_strdup (get_metadata (loader, "task"));
  if (weights->task == NULL)
    return FALSE;
  const char *text = get_metadata (loader, "net");
  if (text == NULL)
    return FALSE;
  weights->net = rw_net_parse (text, loader->error);
  if (weights->net == NULL) {
    g_prefix_error (loader->error, _ ("%s: its net: "), loader->name);
    return FALSE;
  }
  return take_input (loader);
}

/* ---- parameters -------------------------------------------------------- */

/* "16x8x3x3" (transfer full) */
static char *
describe_shape (int n_dims, const guint64 *dims)
{
  GString *out = g_string_new (n_dims == 0 ? _ ("a scalar") : NULL);

  for (int i = 0; i < n_dims; i++)
    g_string_append_printf (out, "%s%" G_GUINT64_FORMAT, i > 0 ? "x" : "",
                            dims[i]);
  return g_string_free (out, FALSE);
}

static gboolean
check_shape (const Loader *loader,
             const RwParam *param,
             const RwTensorInfo *tensor)
{
  guint64 wanted[4] = { 0 };
  gboolean same = tensor->n_dims == param->n_dims;

  for (int i = 0; i < param->n_dims; i++) {
    wanted[i] = param->dims[i];
    same = same && tensor->dims[i] == wanted[i];
  }
  if (same)
    return TRUE;
  g_autofree char *has = describe_shape (tensor->n_dims, tensor->dims);
  g_autofree char *wants = describe_shape (param->n_dims, wanted);
  return fail (
      loader, RW_ERROR_FORMAT,
      _ ("tensor %s is %s, its net wants %s; was it trained with another "
         "net?"),
      param->name, has, wants);
}

/* All of the net's tensors, before any memory is taken for them. */
static gboolean
check_tensors (const Loader *loader)
{
  RwNet *net = loader->weights->net;
  const int n_params = rw_net_get_n_params (net);
  const int n_tensors = rw_safetensors_get_n_tensors (loader->file);
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < n_params; i++) {
    const RwParam *param = rw_net_get_param (net, i);
    const RwTensorInfo *tensor =
        rw_safetensors_find (loader->file, param->name);
    if (tensor == NULL)
      return fail (
          loader, RW_ERROR_FORMAT,
          _ ("has no tensor %s, which its net wants; was it trained with "
             "another net?"),
          param->name);
    if (!check_shape (loader, param, tensor))
      return FALSE;
    g_hash_table_add (wanted, tensor->name);
  }
  if (!rw_weights_find_int8 (loader->file, loader->name, net,
                             &loader->weights->quant, wanted, loader->error))
    return FALSE;
  for (int i = 0; i < n_tensors; i++) {
    const char *name = rw_safetensors_get_tensor (loader->file, i)->name;
    if (!g_hash_table_contains (wanted, name))
      return fail (loader, RW_ERROR_FORMAT,
                   _ ("has a tensor %s, which its net does not want; was it "
                      "trained with another net?"),
                   name);
  }
  return TRUE;
}

/* Parameter @i in the file's layout. */
static gboolean
read_param (const Loader *loader, int i, float *values)
{
  const RwWeights *weights = loader->weights;
  const RwTensorInfo *tensor = rw_safetensors_find (
      loader->file, rw_net_get_param (weights->net, i)->name);
  const RwQuantNode *node =
      weights->quant != NULL ? rw_quant_find_param (weights->quant, i) : NULL;

  if (node == NULL)
    return rw_safetensors_read_floats (loader->file, tensor, values,
                                       loader->error);
  return rw_weights_read_int8 (loader->file, loader->name, tensor, node,
                               values, loader->error);
}

static gboolean
take_params (const Loader *loader)
{
  RwWeights *weights = loader->weights;
  const RwNet *net = weights->net;

  if (!check_tensors (loader))
    return FALSE;
  const gsize n = MAX (rw_net_get_n_inner (net), 1);
  weights->params =
      rw_try_alloc (n, sizeof (float), loader->name, loader->error);
  if (weights->params == NULL)
    return FALSE;
  rw_autofree float *values =
      rw_net_alloc_values (net, loader->name, loader->error);
  if (values == NULL)
    return FALSE;
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    if (!read_param (loader, i, values))
      return FALSE;
    rw_net_import_param (net, i, weights->params, values);
  }
  return TRUE;
}

/* ---- loading ----------------------------------------------------------- */

static void
copy_entry (gpointer key, gpointer value, gpointer table)
{
  g_hash_table_replace (table, g_strdup (key), g_strdup (value));
}

static GHashTable *
dup_table (GHashTable *table)
{
  GHashTable *copy =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  if (table != NULL)
    g_hash_table_foreach (table, copy_entry, copy);
  return copy;
}

RwWeights *
rw_weights_parse (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, name, error);
  if (file == NULL)
    return NULL;
  g_autoptr (RwWeights) weights = g_new0 (RwWeights, 1);
  const Loader loader = { file, name, weights, error };

  if (!take_metadata (&loader) || !take_params (&loader))
    return NULL;
  weights->metadata = dup_table (rw_safetensors_get_all_metadata (file));
  weights->digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  return g_steal_pointer (&weights);
}

/* The same in @net (taken), with room for its parameters. */
static RwWeights *
put_into (const RwWeights *weights, RwNet *net, GError **error)
{
  g_autoptr (RwWeights) copy = g_new0 (RwWeights, 1);
  const gsize n = MAX (rw_net_get_n_inner (net), 1);

  copy->net = net;
  copy->params =
      rw_try_alloc (n, sizeof (float), _ ("a net's weights"), error);
  if (copy->params == NULL)
    return NULL;
  copy->metadata = g_hash_table_ref (weights->metadata);
  copy->task = g_strdup (weights->task);
  copy->digest = g_strdup (weights->digest);
  copy->range_low = weights->range_low;
  copy->range_high = weights->range_high;
  return g_steal_pointer (&copy);
}

RwWeights *
rw_weights_repeat (const RwWeights *weights, int repeats, GError **error)
{
  RwNet *net =
      rw_net_parse_repeated (rw_net_get_text (weights->net), repeats, error);
  RwWeights *copy = net != NULL ? put_into (weights, net, error) : NULL;

  if (copy != NULL)
    memcpy (copy->params, weights->params,
            rw_net_get_n_inner (weights->net) * sizeof (float));
  return copy;
}

RwWeights *
rw_weights_turn (const RwWeights *weights, int turns, GError **error)
{
  RwNet *net = rw_net_turn (weights->net, 0, turns, error);
  g_autoptr (RwWeights) copy =
      net != NULL ? put_into (weights, net, error) : NULL;

  if (copy == NULL ||
      !rw_net_turn_params (weights->net, net, 0, turns, weights->params,
                           copy->params, error))
    return NULL;
  g_free (copy->digest);
  copy->digest = g_strdup_printf ("%s-turns-%d", weights->digest, turns);
  return g_steal_pointer (&copy);
}

RwWeights *
rw_weights_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = rw_file_read (path, RW_WEIGHTS_MAX_BYTES, error);

  return bytes != NULL ? rw_weights_parse (bytes, path, error) : NULL;
}

void
rw_weights_free (RwWeights *weights)
{
  if (weights == NULL)
    return;
  rw_quant_free (weights->quant);
  rw_net_unref (weights->net);
  rw_free (weights->params);
  g_clear_pointer (&weights->metadata, g_hash_table_unref);
  g_free (weights->task);
  g_free (weights->digest);
  g_free (weights);
}

gboolean
rw_weights_check_task (const RwWeights *weights,
                       const char *name,
                       const char *task,
                       GError **error)
{
  if (strcmp (weights->task, task) == 0)
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      _ ("%s: weights for \"%s\", wanted \"%s\"; choose a file that was "
         "trained with --task %s, or none for the default"),
      name, weights->task, task, task);
  return FALSE;
}

/* ---- saving ------------------------------------------------------------ */

static void
add_metadata (gpointer key, gpointer value, gpointer writer)
{
  rw_safetensors_writer_set_metadata (writer, key, value);
}

static gboolean
add_params (RwSafetensorsWriter *writer,
            const RwNet *net,
            const float *params,
            const RwQuant *quant,
            RwDtype dtype,
            GError **error)
{
  rw_autofree float *values =
      rw_net_alloc_values (net, "a weight file", error);

  if (values == NULL)
    return FALSE;
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    rw_net_export_param (net, i, params, values);
    if (quant != NULL && rw_quant_find_param (quant, i) != NULL)
      rw_weights_write_int8 (writer, quant, i, values);
    else
      rw_safetensors_writer_add_floats (writer, param->name, dtype,
                                        param->n_dims, param->dims, values);
  }
  return TRUE;
}

/* What could not be loaded is not written: a net that diverged, metadata that
 * lack a key. */
static gboolean
check_loadable (RwSafetensorsWriter *writer, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = rw_safetensors_writer_to_bytes (writer);

  if (bytes == NULL)
    return TRUE; /* saving says why */
  g_autoptr (RwWeights) weights = rw_weights_parse (bytes, path, error);
  if (weights == NULL)
    g_prefix_error (error, "not saved, since it could not be loaded again: ");
  return weights != NULL;
}

/* "conv2 conv3", or "" (transfer full) */
static char *
list_int8 (const RwQuant *quant)
{
  GString *names = g_string_new (NULL);

  for (int i = 0; quant != NULL && i < rw_net_get_n_nodes (quant->net); i++)
    if (rw_quant_is_rounded (quant, i))
      g_string_append_printf (names, "%s%s", names->len > 0 ? " " : "",
                              rw_net_get_node_name (quant->net, i));
  return g_string_free (names, FALSE);
}

gboolean
rw_weights_save_int8 (const char *path,
                      const RwNet *net,
                      const float *params,
                      const RwQuant *quant,
                      GHashTable *metadata,
                      RwDtype dtype,
                      GError **error)
{
  g_autoptr (RwSafetensorsWriter) writer = rw_safetensors_writer_new ();
  g_autofree char *int8 = list_int8 (quant);

  if (metadata != NULL)
    g_hash_table_foreach (metadata, add_metadata, writer);
  rw_safetensors_writer_set_metadata (writer, "reweave.format",
                                      FORMAT_VERSION);
  rw_safetensors_writer_set_metadata (writer, "net", rw_net_get_text (net));
  if (*int8 != '\0')
    rw_safetensors_writer_set_metadata (writer, "int8", int8);
  return add_params (writer, net, params, quant, dtype, error) &&
         check_loadable (writer, path, error) &&
         rw_safetensors_writer_save (writer, path, error);
}

gboolean
rw_weights_save (const char *path,
                 const RwNet *net,
                 const float *params,
                 GHashTable *metadata,
                 RwDtype dtype,
                 GError **error)
{
  return rw_weights_save_int8 (path, net, params, NULL, metadata, dtype,
                               error);
}

gboolean
rw_weights_parse_store (const char *word, RwDtype *dtype, GError **error)
{
  static const char *const words[] = { "f32", "f16", "bf16", NULL };
  static const RwDtype dtypes[] = { RW_DTYPE_F32, RW_DTYPE_F16,
                                    RW_DTYPE_BF16 };

  for (int i = 0; words[i] != NULL; i++)
    if (g_str_equal (word, words[i])) {
      *dtype = dtypes[i];
      return TRUE;
    }
  rw_choice_set_error (error, "store", word, words);
  return FALSE;
}

gboolean
rw_weights_check_store (const char *word, GError **error)
{
  RwDtype ignored;

  return rw_weights_parse_store (word, &ignored, error);
}
