/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a fuzzer is: a function of bytes, which libFuzzer or drive.c calls, and
 * good files to begin with.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n);

/* Adds files that are as they should be. (element-type GBytes) */
void fuzz_add_seeds (GPtrArray *seeds);

/* Adds what the file @path has, and removes it. */
static inline void
fuzz_add_file (GPtrArray *seeds, const char *path)
{
  char *bytes = NULL;
  gsize n = 0;

  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_ptr_array_add (seeds, g_bytes_new_take (bytes, n));
  g_assert_cmpint (remove (path), ==, 0);
}

static inline void
fuzz_add_text (GPtrArray *seeds, const char *text)
{
  g_ptr_array_add (seeds, g_bytes_new (text, strlen (text)));
}
