/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the environment says is checked like options.  A program that only uses
 * the library may not end for that; there each is as none, after a sentence.
 */
#include "cli/cli.h"

#include "base/amount.h"
#include "base/parallel.h"
#include "kernels/kernels.h"
#include "restore/debug.h"

static gboolean
is_memory (const char *text)
{
  gsize bytes;

  return rw_amount_parse (text, 20, 1 << 20, &bytes);
}

static gboolean
is_cache (const char *text)
{
  gsize bytes;

  return rw_amount_parse (text, 20, 0, &bytes);
}

static gboolean
is_threads (const char *text)
{
  return rw_parallel_parse_threads (text) >= 0;
}

static gboolean
is_level (const char *text)
{
  return rw_level_find (text) != RW_N_LEVELS;
}

static gboolean
is_debug (const char *text)
{
  g_autofree char *wrong = NULL;

  rw_debug_parse (text, &wrong);
  return wrong == NULL;
}

static gboolean
is_folder (const char *text)
{
  return g_file_test (text, G_FILE_TEST_IS_DIR);
}

static const struct {
  const char *name;
  gboolean (*suits) (const char *text);
  const char *expected;
} variables[] = {
  { "REWEAVE_MEMORY", is_memory,
    "1 MiB or more, such as 800 (MiB), 512M or 1.5G" },
  { "REWEAVE_CACHE", is_cache,
    "an amount of memory, such as 256 (MiB), 512M, 1.5G or 0" },
  { "REWEAVE_THREADS", is_threads, "a whole number of threads, 0 or more" },
  { "REWEAVE_CPU", is_level, "generic, v3 or v4" },
  { "REWEAVE_DEBUG", is_debug, "tiles, cache or all" },
  { "REWEAVE_WEIGHTS", is_folder, "a folder of weight files" },
};

gboolean
rw_cli_check_environment (GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++) {
    const char *text = g_getenv (variables[i].name);
    if (text != NULL && *text != '\0' && !variables[i].suits (text))
      return rw_cli_usage (error,
                           "%s: found \"%s\", expected %s; set it so, or "
                           "unset it",
                           variables[i].name, text, variables[i].expected);
  }
  return TRUE;
}
