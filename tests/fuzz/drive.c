/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Runs a fuzzer without libFuzzer: over its good files, and over each of them
 * cut short and with bytes changed, the same ones every time.  With a FOLDER
 * it writes the good files there, to begin a longer search with.
 */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "fuzz.h"

enum { VARIANTS = 200, MOST_CHANGES = 6 };

static void
run (const guint8 *data, gsize n)
{
  /* as libFuzzer does: bytes beyond the end are found by the sanitizer */
  guint8 *copy = g_malloc (MAX (n, 1));

  memcpy (copy, data, n);
  LLVMFuzzerTestOneInput (copy, n);
  g_free (copy);
}

static void
run_variants (GBytes *seed, guint64 stream)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (seed, &n);
  g_autofree guint8 *changed = g_malloc (n);

  for (guint64 v = 0; v < VARIANTS; v++) {
    const guint64 key = rw_random_key (stream, v);
    const guint64 n_changes = rw_random_bits (key, 0) % (MOST_CHANGES + 1);

    memcpy (changed, data, n);
    for (guint64 i = 0; i < n_changes; i++) {
      const guint64 bits = rw_random_bits (key, 1 + i);
      changed[bits % n] = (guint8) (bits >> 48);
    }
    run (changed, n_changes > 0 ? n : (gsize) (rw_random_bits (key, 9) % n));
  }
}

static void
write_seed (const char *folder, guint i, GBytes *seed)
{
  g_autofree char *name = g_strdup_printf ("seed-%02u", i);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  if (!g_file_set_contents (path, g_bytes_get_data (seed, NULL),
                            (gssize) g_bytes_get_size (seed), NULL))
    g_error ("%s could not be written", path);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) seeds =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  fuzz_add_seeds (seeds);
  g_assert_cmpuint (seeds->len, >, 0);
  for (guint i = 0; i < seeds->len; i++) {
    GBytes *seed = seeds->pdata[i];
    if (argc > 1) {
      write_seed (argv[1], i, seed);
      continue;
    }
    run (g_bytes_get_data (seed, NULL), g_bytes_get_size (seed));
    run_variants (seed, i);
  }
  run ((const guint8 *) "", 0);
  printf ("1..1\nok 1 %u files and %u variants of each\n", seeds->len,
          (guint) VARIANTS);
  return 0;
}
