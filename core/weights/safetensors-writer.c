/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Writing safetensors files: the same calls make the same bytes.
 */
#include "base/alloc.h"
#include "io/files.h"
#include "reweave.h"
#include "weights/half.h"
#include "weights/safetensors-header.h"

#include <string.h>

enum { DATA_ALIGNMENT = 64 };

typedef struct {
  RwTensorInfo info; /* without begin */
  guint8 *data;
} Tensor;

struct RwSafetensorsWriter {
  GTree *metadata;    /* char* to char*, by key */
  GPtrArray *tensors; /* Tensor */
  GError *error;      /* the first failure, after which nothing is written */
};

static void
free_tensor (gpointer data)
{
  Tensor *tensor = data;

  g_free (tensor->info.name);
  rw_free (tensor->data);
  g_free (tensor);
}

static gint
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

RwSafetensorsWriter *
rw_safetensors_writer_new (void)
{
  RwSafetensorsWriter *writer = g_new0 (RwSafetensorsWriter, 1);

  writer->metadata = g_tree_new_full (compare_keys, NULL, g_free, g_free);
  writer->tensors = g_ptr_array_new_with_free_func (free_tensor);
  return writer;
}

void
rw_safetensors_writer_free (RwSafetensorsWriter *writer)
{
  if (writer == NULL)
    return;
  g_tree_unref (writer->metadata);
  g_ptr_array_unref (writer->tensors);
  g_clear_error (&writer->error);
  g_free (writer);
}

void
rw_safetensors_writer_set_metadata (RwSafetensorsWriter *writer,
                                    const char *key,
                                    const char *value)
{
  /* Paths in a recorded command line may be in any encoding. */
  g_tree_insert (writer->metadata, g_utf8_make_valid (key, -1),
                 g_utf8_make_valid (value, -1));
}

/* ---- tensors ----------------------------------------------------------- */

static void
store_values (guint8 *data, RwDtype dtype, const float *values, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    if (dtype == RW_DTYPE_F32) {
      const guint32 bits = GUINT32_TO_LE (rw_float_to_bits (values[i]));
      memcpy (data + 4 * i, &bits, 4);
      continue;
    }
    const guint16 bits = GUINT16_TO_LE (
        dtype == RW_DTYPE_F16 ? rw_half_from_float (values[i])
                              : rw_bfloat_from_float (values[i]));
    memcpy (data + 2 * i, &bits, 2);
  }
}

/* Without its values; NULL when there is no memory for them. */
static Tensor *
add_tensor (RwSafetensorsWriter *writer,
            const char *name,
            RwDtype dtype,
            int n_dims,
            const gsize *dims)
{
  Tensor *tensor = g_new0 (Tensor, 1);
  gsize n = 1;

  tensor->info.name = g_strdup (name);
  tensor->info.dtype = dtype;
  tensor->info.n_dims = n_dims;
  for (int i = 0; i < n_dims; i++) {
    tensor->info.dims[i] = dims[i];
    n *= dims[i];
  }
  tensor->info.n_values = n;
  tensor->info.n_bytes = n * rw_dtype_get_size (dtype);
  tensor->data = rw_try_alloc (tensor->info.n_bytes, 1, name,
                               writer->error ? NULL : &writer->error);
  g_ptr_array_add (writer->tensors, tensor);
  return tensor->data != NULL ? tensor : NULL;
}

void
rw_safetensors_writer_add_floats (RwSafetensorsWriter *writer,
                                  const char *name,
                                  RwDtype dtype,
                                  int n_dims,
                                  const gsize *dims,
                                  const float *values)
{
  g_return_if_fail (n_dims >= 0 && n_dims <= 8);
  g_return_if_fail (dtype == RW_DTYPE_F32 || dtype == RW_DTYPE_F16 ||
                    dtype == RW_DTYPE_BF16);
  Tensor *tensor = add_tensor (writer, name, dtype, n_dims, dims);

  if (tensor != NULL)
    store_values (tensor->data, dtype, values, tensor->info.n_values);
}

void
rw_safetensors_writer_add_integers (RwSafetensorsWriter *writer,
                                    const char *name,
                                    RwDtype dtype,
                                    int n_dims,
                                    const gsize *dims,
                                    gconstpointer data)
{
  g_return_if_fail (n_dims >= 0 && n_dims <= 8);
  g_return_if_fail (rw_dtype_get_size (dtype) == 1);
  Tensor *tensor = add_tensor (writer, name, dtype, n_dims, dims);

  if (tensor != NULL && tensor->info.n_bytes > 0)
    memcpy (tensor->data, data, tensor->info.n_bytes);
}

/* Large types first, so that each begins at a multiple of its size. */
static gint
compare_tensors (gconstpointer a, gconstpointer b)
{
  const RwTensorInfo *left = &(*(Tensor *const *) a)->info;
  const RwTensorInfo *right = &(*(Tensor *const *) b)->info;
  const gsize left_size = rw_dtype_get_size (left->dtype);
  const gsize right_size = rw_dtype_get_size (right->dtype);

  if (left_size != right_size)
    return left_size > right_size ? -1 : 1;
  return strcmp (left->name, right->name);
}

/* ---- the header -------------------------------------------------------- */

static void
append_string (GString *out, const char *string)
{
  g_string_append_c (out, '"');
  for (const char *c = string; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\')
      g_string_append_printf (out, "\\%c", *c);
    else if (*c == '\n')
      g_string_append (out, "\\n");
    else if ((guchar) *c < 0x20)
      g_string_append_printf (out, "\\u%04x", (guint) *c);
    else
      g_string_append_c (out, *c);
  }
  g_string_append_c (out, '"');
}

/* A key and its colon, after a comma where one is needed. */
static void
append_key (GString *out, const char *key)
{
  if (out->str[out->len - 1] != '{')
    g_string_append_c (out, ',');
  append_string (out, key);
  g_string_append_c (out, ':');
}

static gboolean
append_metadata (gpointer key, gpointer value, gpointer data)
{
  append_key (data, key);
  append_string (data, value);
  return FALSE; /* go on */
}

static void
append_tensor (GString *out, const RwTensorInfo *info, gsize begin)
{
  append_key (out, info->name);
  g_string_append_printf (out, "{\"dtype\":\"%s\",\"shape\":[",
                          rw_dtype_get_name (info->dtype));
  for (int i = 0; i < info->n_dims; i++)
    g_string_append_printf (out, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "",
                            info->dims[i]);
  g_string_append_printf (out, "],\"data_offsets\":[%zu,%zu]}", begin,
                          begin + info->n_bytes);
}

static GString *
make_header (RwSafetensorsWriter *writer, gsize *n_data)
{
  GString *out = g_string_new ("{");

  if (g_tree_nnodes (writer->metadata) > 0) {
    append_key (out, "__metadata__");
    g_string_append_c (out, '{');
    g_tree_foreach (writer->metadata, append_metadata, out);
    g_string_append_c (out, '}');
  }
  *n_data = 0;
  for (guint i = 0; i < writer->tensors->len; i++) {
    const Tensor *tensor = writer->tensors->pdata[i];
    append_tensor (out, &tensor->info, *n_data);
    *n_data += tensor->info.n_bytes;
  }
  g_string_append_c (out, '}');
  while ((out->len + RW_SAFETENSORS_PREFIX_BYTES) % DATA_ALIGNMENT != 0)
    g_string_append_c (out, ' ');
  return out;
}

static GBytes *
to_bytes (RwSafetensorsWriter *writer, const char *name, GError **error)
{
  const gsize prefix = RW_SAFETENSORS_PREFIX_BYTES;
  gsize n_data;

  if (writer->error != NULL) {
    g_propagate_prefixed_error (error, g_error_copy (writer->error),
                                "%s: ", name);
    return NULL;
  }
  g_ptr_array_sort (writer->tensors, compare_tensors);
  g_autoptr (GString) header = make_header (writer, &n_data);
  if (header->len > RW_SAFETENSORS_MAX_HEADER_BYTES) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: its safetensors header would be above %d bytes; "
                 "shorten the metadata",
                 name, RW_SAFETENSORS_MAX_HEADER_BYTES);
    return NULL;
  }
  const gsize n_bytes = prefix + header->len + n_data;
  guint8 *bytes = rw_try_alloc (n_bytes, 1, name, error), *at = bytes;
  if (bytes == NULL)
    return NULL;
  at += prefix + header->len;
  const guint64 n_header = GUINT64_TO_LE ((guint64) header->len);

  memcpy (bytes, &n_header, prefix);
  memcpy (bytes + prefix, header->str, header->len);
  for (guint i = 0; i < writer->tensors->len; i++) {
    const Tensor *tensor = writer->tensors->pdata[i];
    if (tensor->info.n_bytes > 0)
      memcpy (at, tensor->data, tensor->info.n_bytes);
    at += tensor->info.n_bytes;
  }
  return g_bytes_new_with_free_func (bytes, n_bytes, rw_free, bytes);
}

GBytes *
rw_safetensors_writer_to_bytes (RwSafetensorsWriter *writer)
{
  return to_bytes (writer, "a file", NULL);
}

gboolean
rw_safetensors_writer_save (RwSafetensorsWriter *writer,
                            const char *path,
                            GError **error)
{
  g_autoptr (GBytes) bytes = to_bytes (writer, path, error);

  if (bytes == NULL)
    return FALSE;
  gsize n;
  const void *data = g_bytes_get_data (bytes, &n);

  return rw_file_save (path, data, n, error);
}
