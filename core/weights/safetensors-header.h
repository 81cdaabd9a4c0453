/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The JSON header of a safetensors file.
 */
#pragma once

#include "weights/safetensors.h"

enum {
  RW_SAFETENSORS_PREFIX_BYTES = 8,          /* the header's length */
  RW_SAFETENSORS_MAX_HEADER_BYTES = 1 << 20 /* so at most 21 000 tensors */
};

/* Parses @n_text bytes at @text, and checks that the tensors fill @n_data
 * bytes of data without holes or overlaps.
 * @name: the file's, for messages.
 * @tensors: of RwTensorInfo; filled in the order of the data, on failure in
 * any.
 * @metadata: char* to char*, owned by the table; filled.
 * Errors: RW_ERROR_FORMAT. */
gboolean rw_safetensors_parse_header (const char *name,
                                      const char *text,
                                      gsize n_text,
                                      gsize n_data,
                                      GArray *tensors,
                                      GHashTable *metadata,
                                      GError **error);
