/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The strict parser of safetensors headers:
 *
 *   { "__metadata__": { "key": "text", ... },
 *     "name": { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] },
 *     ... }
 *
 * Tensors lie one after the other and fill the data to its last byte.
 */
#include "weights/safetensors-header.h"
#include "reweave.h"
#include "weights/json-scan.h"
#include "base/words.h"

#include <string.h>

enum { MAX_NAME_BYTES = 256, MAX_DIMS = 8 };

typedef struct {
  const char *name; /* of the file */
  gsize n_data;
  GArray *tensors;
  GHashTable *metadata;
  RwJson json;
  GString *text; /* the last string taken */
  GError **error;
} Parser;

static const struct {
  const char *name;
  gsize size;
} dtypes[] = {
  [RW_DTYPE_F32] = { "F32", 4 },   [RW_DTYPE_F16] = { "F16", 2 },
  [RW_DTYPE_BF16] = { "BF16", 2 }, [RW_DTYPE_I8] = { "I8", 1 },
  [RW_DTYPE_U8] = { "U8", 1 },     [RW_DTYPE_I64] = { "I64", 8 },
};

const char *
rw_dtype_get_name (RwDtype dtype)
{
  return dtypes[dtype].name;
}

gsize
rw_dtype_get_size (RwDtype dtype)
{
  return dtypes[dtype].size;
}

/* ---- errors ------------------------------------------------------------ */

static gboolean G_GNUC_PRINTF (2, 3)
    fail (Parser *parser, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  g_set_error (
      parser->error, RW_ERROR, RW_ERROR_FORMAT,
      _ ("%s: %s; the file is damaged or of another kind, get it again"),
      parser->name, what);
  return FALSE;
}

/* For what the scanner found. */
static gboolean
fail_json (Parser *parser)
{
  const RwJson *json = &parser->json;

  return fail (parser, _ ("bad safetensors header at byte %zu (%s)"),
               (gsize) (json->at - json->start), json->problem);
}

/* ---- the header -------------------------------------------------------- */

/* A key of an object and its colon; none may come twice.  It is in
 * parser->text, and owned by @keys. */
static gboolean
take_key (Parser *parser, GHashTable *keys)
{
  if (!rw_json_string (&parser->json, parser->text) ||
      !rw_json_expect (&parser->json, ':'))
    return fail_json (parser);
  if (g_hash_table_add (keys, g_strdup (parser->text->str)))
    return TRUE;
  g_autofree char *shown = g_strescape (parser->text->str, NULL);
  return fail (
      parser,
      _ ("the key \"%.256s\" comes twice in the header, expected once"),
      shown);
}

static gboolean
take_metadata (Parser *parser)
{
  g_autoptr (GHashTable) keys =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  RwJson *json = &parser->json;

  if (rw_json_peek (json) == 'n')
    return rw_json_word (json, "null") || fail_json (parser);
  if (!rw_json_expect (json, '{'))
    return fail_json (parser);
  for (gboolean first = TRUE; rw_json_next (json, '}', &first);) {
    if (!take_key (parser, keys))
      return FALSE;
    g_autofree char *key = g_strdup (parser->text->str);
    if (!rw_json_string (json, parser->text))
      return fail_json (parser);
    g_hash_table_insert (parser->metadata, g_steal_pointer (&key),
                         g_strdup (parser->text->str));
  }
  return json->problem[0] == '\0' || fail_json (parser);
}

static gboolean
take_dtype (Parser *parser, RwTensorInfo *tensor)
{
  if (!rw_json_string (&parser->json, parser->text))
    return fail_json (parser);
  for (gsize i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (strcmp (parser->text->str, dtypes[i].name) == 0) {
      tensor->dtype = (RwDtype) i;
      return TRUE;
    }
  g_autofree char *shown = g_strescape (parser->text->str, NULL);
  return fail (
      parser,
      _ ("tensor %s has dtype \"%.32s\", expected F32, F16, BF16, I8, U8 "
         "or I64"),
      tensor->name, shown);
}

/* [n, n, ...] of at most @max numbers. */
static gboolean
take_integers (Parser *parser, guint64 *values, int max, int *n)
{
  RwJson *json = &parser->json;

  *n = 0;
  rw_json_expect (json, '[');
  for (gboolean first = TRUE; rw_json_next (json, ']', &first);) {
    if (*n == max)
      rw_json_fail (json, "too many numbers");
    else if (rw_json_integer (json, &values[*n]))
      ++*n;
  }
  return json->problem[0] == '\0' || fail_json (parser);
}

static gboolean
take_offsets (Parser *parser, RwTensorInfo *tensor)
{
  guint64 at[2];
  int n;

  if (!take_integers (parser, at, 2, &n))
    return FALSE;
  if (n != 2 || at[0] > at[1])
    return fail (parser,
                 _ ("data_offsets of tensor %s are not two growing numbers"),
                 tensor->name);
  if (at[1] > parser->n_data)
    return fail (
        parser,
        _ ("tensor %s ends at byte %llu of the data, which has only %zu"),
        tensor->name, (unsigned long long) at[1], parser->n_data);
  tensor->begin = (gsize) at[0];
  tensor->n_bytes = (gsize) (at[1] - at[0]);
  return TRUE;
}

/* The value of the key in parser->text; @seen collects which are there. */
static gboolean
take_field (Parser *parser, RwTensorInfo *tensor, guint *seen)
{
  if (strcmp (parser->text->str, "dtype") == 0) {
    *seen |= 1;
    return take_dtype (parser, tensor);
  }
  if (strcmp (parser->text->str, "shape") == 0) {
    *seen |= 2;
    return take_integers (parser, tensor->dims, MAX_DIMS, &tensor->n_dims);
  }
  if (strcmp (parser->text->str, "data_offsets") == 0) {
    *seen |= 4;
    return take_offsets (parser, tensor);
  }
  return rw_json_skip (&parser->json) || fail_json (parser);
}

/* Shape and type must give the size without overflow. */
static gboolean
check_size (Parser *parser, RwTensorInfo *tensor)
{
  gsize n = 1, n_bytes;
  gboolean overflow = FALSE;

  for (int i = 0; i < tensor->n_dims; i++)
    overflow |= __builtin_mul_overflow (n, tensor->dims[i], &n);
  overflow |= __builtin_mul_overflow (n, dtypes[tensor->dtype].size, &n_bytes);
  if (overflow)
    return fail (parser, _ ("the size of tensor %s overflows"), tensor->name);
  tensor->n_values = n;
  return n_bytes == tensor->n_bytes ||
         fail (parser,
               _ ("tensor %s has %zu bytes, its shape and dtype want %zu"),
               tensor->name, tensor->n_bytes, n_bytes);
}

static gboolean
take_tensor (Parser *parser, RwTensorInfo *tensor)
{
  g_autoptr (GHashTable) keys =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  RwJson *json = &parser->json;
  guint seen = 0;

  rw_json_expect (json, '{');
  for (gboolean first = TRUE; rw_json_next (json, '}', &first);)
    if (!take_key (parser, keys) || !take_field (parser, tensor, &seen))
      return FALSE;
  if (json->problem[0] != '\0')
    return fail_json (parser);
  if (seen != 7)
    return fail (parser, _ ("tensor %s lacks dtype, shape or data_offsets"),
                 tensor->name);
  return check_size (parser, tensor);
}

static gboolean
check_name (Parser *parser, const char *name)
{
  if (strlen (name) > MAX_NAME_BYTES)
    return fail (parser,
                 _ ("a tensor's name has %zu bytes, expected at most %d"),
                 strlen (name), MAX_NAME_BYTES);
  for (const char *c = name; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c))) {
      g_autofree char *shown = g_strescape (name, NULL);
      return fail (parser, _ ("control character in the tensor name \"%s\""),
                   shown);
    }
  return TRUE;
}

static gboolean
take_entry (Parser *parser, GHashTable *keys)
{
  if (!take_key (parser, keys))
    return FALSE;
  if (strcmp (parser->text->str, "__metadata__") == 0)
    return take_metadata (parser);
  if (!check_name (parser, parser->text->str))
    return FALSE;
  /* The array owns the name from here, whatever comes. */
  RwTensorInfo tensor = { .name = g_strdup (parser->text->str) };
  const gboolean done = take_tensor (parser, &tensor);
  g_array_append_val (parser->tensors, tensor);
  return done;
}

static gboolean
take_header (Parser *parser)
{
  g_autoptr (GHashTable) keys =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  RwJson *json = &parser->json;

  rw_json_expect (json, '{');
  for (gboolean first = TRUE; rw_json_next (json, '}', &first);)
    if (!take_entry (parser, keys))
      return FALSE;
  rw_json_peek (json);
  if (json->at != json->end)
    rw_json_fail (json, "something after the end");
  return json->problem[0] == '\0' || fail_json (parser);
}

/* ---- the layout -------------------------------------------------------- */

static gint
compare_tensors (gconstpointer a, gconstpointer b)
{
  const RwTensorInfo *left = a, *right = b;

  if (left->begin != right->begin)
    return left->begin < right->begin ? -1 : 1;
  if (left->n_bytes != right->n_bytes)
    return left->n_bytes < right->n_bytes ? -1 : 1;
  return strcmp (left->name, right->name);
}

/* Neither holes nor overlaps, and nothing behind the last tensor. */
static gboolean
check_layout (Parser *parser)
{
  gsize end = 0;

  g_array_sort (parser->tensors, compare_tensors);
  for (guint i = 0; i < parser->tensors->len; i++) {
    RwTensorInfo *tensor = &g_array_index (parser->tensors, RwTensorInfo, i);
    if (tensor->begin != end)
      return fail (parser,
                   tensor->begin < end
                       ? _ ("overlap before tensor %s, which begins at byte "
                            "%zu of the data, expected %zu")
                       : _ ("hole before tensor %s, which begins at byte %zu "
                            "of the data, expected %zu"),
                   tensor->name, tensor->begin, end);
    end += tensor->n_bytes;
  }
  return end == parser->n_data ||
         fail (parser, _ ("%zu bytes of data, its tensors want %zu"),
               parser->n_data, end);
}

gboolean
rw_safetensors_parse_header (const char *name,
                             const char *text,
                             gsize n_text,
                             gsize n_data,
                             GArray *tensors,
                             GHashTable *metadata,
                             GError **error)
{
  g_autoptr (GString) string = g_string_new (NULL);
  Parser parser = {
    .name = name,
    .n_data = n_data,
    .tensors = tensors,
    .metadata = metadata,
    .json = { .start = text, .at = text, .end = text + n_text },
    .text = string,
    .error = error,
  };
  const char *bad;

  if (!g_utf8_validate_len (text, n_text, &bad)) {
    parser.json.at = bad;
    rw_json_fail (&parser.json, *bad == 0 ? "a NUL byte" : "not valid UTF-8");
    return fail_json (&parser);
  }
  return take_header (&parser) && check_layout (&parser);
}
