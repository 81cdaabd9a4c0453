/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reading safetensors files: u64 little-endian N, N bytes of JSON, data.
 * The file is in memory and not mapped, since a mapped file that someone cuts
 * short takes the host process with it.
 */
#include "weights/safetensors.h"
#include "io/files.h"
#include "reweave.h"
#include "weights/half.h"
#include "weights/safetensors-header.h"
#include "base/words.h"

#include <string.h>

struct RwSafetensors {
  char *name; /* of the file */
  GBytes *bytes;
  const guint8 *text; /* the header */
  gsize n_text;
  const guint8 *data; /* where offset 0 is */
  gsize n_data;
  GArray *tensors;     /* RwTensorInfo, in the order of the data */
  GHashTable *by_name; /* name to index + 1 */
  GHashTable *metadata;
};

/* ---- parsing ----------------------------------------------------------- */

static gboolean
fail_length (const RwSafetensors *file,
             guint64 n_text,
             gsize n_bytes,
             GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               _ ("%s: not a whole safetensors file: has %zu bytes, expected "
                  "8 and a header of %llu; get it again"),
               file->name, n_bytes, (unsigned long long) n_text);
  return FALSE;
}

/* Cuts the bytes into header and data. */
static gboolean
find_header (RwSafetensors *file, GError **error)
{
  const gsize prefix = RW_SAFETENSORS_PREFIX_BYTES;
  gsize n_bytes;
  const guint8 *bytes = g_bytes_get_data (file->bytes, &n_bytes);
  guint64 n_text = 0;

  if (n_bytes < prefix)
    return fail_length (file, 2, n_bytes, error);
  memcpy (&n_text, bytes, prefix);
  n_text = GUINT64_FROM_LE (n_text);
  if (n_text > n_bytes - prefix)
    return fail_length (file, n_text, n_bytes, error);
  file->text = bytes + prefix;
  file->n_text = (gsize) n_text;
  file->data = file->text + file->n_text;
  file->n_data = n_bytes - prefix - file->n_text;
  if (n_text <= RW_SAFETENSORS_MAX_HEADER_BYTES)
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_LIMIT,
      _ ("%s: its safetensors header has %zu bytes, expected at most %d; "
         "use a file made by reweave"),
      file->name, file->n_text, RW_SAFETENSORS_MAX_HEADER_BYTES);
  return FALSE;
}

static void
index_names (RwSafetensors *file)
{
  for (guint i = 0; i < file->tensors->len; i++)
    g_hash_table_insert (file->by_name,
                         g_array_index (file->tensors, RwTensorInfo, i).name,
                         GUINT_TO_POINTER (i + 1));
}

static void
clear_tensor (gpointer data)
{
  g_free (((RwTensorInfo *) data)->name);
}

RwSafetensors *
rw_safetensors_parse (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (RwSafetensors) file = g_new0 (RwSafetensors, 1);

  file->name = g_strdup (name);
  file->bytes = g_bytes_ref (bytes);
  file->tensors = g_array_new (FALSE, TRUE, sizeof (RwTensorInfo));
  g_array_set_clear_func (file->tensors, clear_tensor);
  file->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  file->metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!find_header (file, error) ||
      !rw_safetensors_parse_header (file->name, (const char *) file->text,
                                    file->n_text, file->n_data, file->tensors,
                                    file->metadata, error))
    return NULL;
  index_names (file);
  return g_steal_pointer (&file);
}

RwSafetensors *
rw_safetensors_load (const char *path, gsize max_bytes, GError **error)
{
  g_autoptr (GBytes) bytes = rw_file_read (path, max_bytes, error);

  return bytes != NULL ? rw_safetensors_parse (bytes, path, error) : NULL;
}

void
rw_safetensors_free (RwSafetensors *file)
{
  if (file == NULL)
    return;
  g_hash_table_unref (file->by_name);
  g_hash_table_unref (file->metadata);
  g_array_unref (file->tensors);
  g_bytes_unref (file->bytes);
  g_free (file->name);
  g_free (file);
}

/* ---- asking ------------------------------------------------------------ */

int
rw_safetensors_get_n_tensors (const RwSafetensors *file)
{
  return (int) file->tensors->len;
}

const RwTensorInfo *
rw_safetensors_get_tensor (const RwSafetensors *file, int i)
{
  g_return_val_if_fail (i >= 0 && (guint) i < file->tensors->len, NULL);
  return &g_array_index (file->tensors, RwTensorInfo, i);
}

const RwTensorInfo *
rw_safetensors_find (const RwSafetensors *file, const char *name)
{
  const guint i = GPOINTER_TO_UINT (g_hash_table_lookup (file->by_name, name));

  return i > 0 ? rw_safetensors_get_tensor (file, (int) i - 1) : NULL;
}

const char *
rw_safetensors_get_metadata (const RwSafetensors *file, const char *key)
{
  return g_hash_table_lookup (file->metadata, key);
}

GHashTable *
rw_safetensors_get_all_metadata (const RwSafetensors *file)
{
  return file->metadata;
}

const guint8 *
rw_safetensors_get_data (const RwSafetensors *file, const RwTensorInfo *tensor)
{
  return file->data + tensor->begin;
}

/* Value @i of unaligned little-endian @data. */
static float
read_float (const guint8 *data, RwDtype dtype, gsize i)
{
  if (dtype == RW_DTYPE_F32) {
    guint32 bits;
    memcpy (&bits, data + 4 * i, 4);
    return rw_float_from_bits (GUINT32_FROM_LE (bits));
  }
  guint16 bits;
  memcpy (&bits, data + 2 * i, 2);
  bits = GUINT16_FROM_LE (bits);
  return dtype == RW_DTYPE_F16 ? rw_half_to_float (bits)
                               : rw_bfloat_to_float (bits);
}

gboolean
rw_safetensors_read_floats (const RwSafetensors *file,
                            const RwTensorInfo *tensor,
                            float *values,
                            GError **error)
{
  const guint8 *data = rw_safetensors_get_data (file, tensor);
  const RwDtype dtype = tensor->dtype;

  if (dtype != RW_DTYPE_F32 && dtype != RW_DTYPE_F16 &&
      dtype != RW_DTYPE_BF16) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("%s: tensor %s is %s, expected F32, F16 or BF16; "
                    "save it as floats"),
                 file->name, tensor->name, rw_dtype_get_name (dtype));
    return FALSE;
  }
  for (gsize i = 0; i < tensor->n_values; i++) {
    values[i] = read_float (data, dtype, i);
    if (isfinite (values[i]))
      continue;
    g_set_error (
        error, RW_ERROR, RW_ERROR_FORMAT,
        _ ("%s: value %zu of tensor %s is %g, expected finite numbers; "
           "the training diverged or the file is damaged"),
        file->name, i, tensor->name, (double) values[i]);
    return FALSE;
  }
  return TRUE;
}
