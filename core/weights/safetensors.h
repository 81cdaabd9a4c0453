/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * safetensors files: a strict reader and a deterministic, atomic writer.
 * Layout: u64 little-endian N, N bytes of JSON, data.
 */
#pragma once

#include <glib.h>

typedef enum {
  RW_DTYPE_F32,
  RW_DTYPE_F16,
  RW_DTYPE_BF16,
  RW_DTYPE_I8,
  RW_DTYPE_U8,
  RW_DTYPE_I64,
} RwDtype;

typedef struct {
  char *name;
  RwDtype dtype;
  int n_dims; /* 0..8 */
  guint64 dims[8];
  gsize n_values;
  gsize begin; /* byte offset in the data */
  gsize n_bytes;
} RwTensorInfo;

const char *rw_dtype_get_name (RwDtype dtype); /* "F32" */
gsize rw_dtype_get_size (RwDtype dtype);       /* bytes */

typedef struct RwSafetensors RwSafetensors;

/* Parses @bytes, keeping a reference.  @name is used in messages.
 * RW_ERROR_FORMAT for whatever breaks a rule, _LIMIT for a header above 1 MiB;
 * see tests/unit/test-safetensors.c
 * for the list. */
RwSafetensors *
rw_safetensors_parse (GBytes *bytes, const char *name, GError **error);
RwSafetensors *
rw_safetensors_load (const char *path, gsize max_bytes, GError **error);
void rw_safetensors_free (RwSafetensors *file); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwSafetensors, rw_safetensors_free)

int rw_safetensors_get_n_tensors (const RwSafetensors *file);
const RwTensorInfo *rw_safetensors_get_tensor (const RwSafetensors *file,
                                               int i);
const RwTensorInfo *rw_safetensors_find (const RwSafetensors *file,
                                         const char *name);
/* Metadata value or NULL; borrowed. */
const char *rw_safetensors_get_metadata (const RwSafetensors *file,
                                         const char *key);
GHashTable *rw_safetensors_get_all_metadata (
    const RwSafetensors *file); /* borrow; char* to char* */

/* Copies a float tensor (F32, F16, BF16) out as floats; RW_ERROR_FORMAT on a
 * non-finite value, _MISMATCH on an integer type. */
gboolean rw_safetensors_read_floats (const RwSafetensors *file,
                                     const RwTensorInfo *tensor,
                                     float *values,
                                     GError **error);
/* Raw bytes, possibly unaligned. */
const guint8 *rw_safetensors_get_data (const RwSafetensors *file,
                                       const RwTensorInfo *tensor);

/* ---- writing ----------------------------------------------------------- */

typedef struct RwSafetensorsWriter RwSafetensorsWriter;

RwSafetensorsWriter *rw_safetensors_writer_new (void);
void rw_safetensors_writer_set_metadata (RwSafetensorsWriter *writer,
                                         const char *key,
                                         const char *value);
/* @values: floats, copied and stored as @dtype (F32, F16 or BF16, rounded to
 * nearest even; clipped to the largest finite F16). */
void rw_safetensors_writer_add_floats (RwSafetensorsWriter *writer,
                                       const char *name,
                                       RwDtype dtype,
                                       int n_dims,
                                       const gsize *dims,
                                       const float *values);
/* I8 or U8: @data has a byte a value, copied. */
void rw_safetensors_writer_add_integers (RwSafetensorsWriter *writer,
                                         const char *name,
                                         RwDtype dtype,
                                         int n_dims,
                                         const gsize *dims,
                                         gconstpointer data);
/* Metadata keys sorted; tensors by (dtype size descending, name); header
 * padded with blanks so that data begins at a multiple of 64.  Same calls,
 * same bytes. */
/* NULL only when the header would be above 1 MiB, or memory is short: here or
 * in a tensor added before.  Saving says which. */
GBytes *rw_safetensors_writer_to_bytes (RwSafetensorsWriter *writer);
gboolean rw_safetensors_writer_save (RwSafetensorsWriter *writer,
                                     const char *path,
                                     GError **error);
void rw_safetensors_writer_free (RwSafetensorsWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwSafetensorsWriter, rw_safetensors_writer_free)
