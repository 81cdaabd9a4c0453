/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Weight files inside the library; made by tools/dev/embed.
 */
#pragma once

#include <stddef.h>

typedef struct {
  const char *name; /* "white-noise-s"; NULL ends the list */
  const unsigned char *data;
  size_t n_bytes;
} RwBuiltin;

extern const RwBuiltin rw_builtins[];
