/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What options say: numbers, sizes, pairs of folders, tasks, weights, threads.
 */
#include "cli/cli.h"

#include "reweave.h"
#include "base/amount.h"
#include "base/field.h"

#include <string.h>

#define MAX_THREADS 1024
#define MAX_REPEATS 1000

gboolean
rw_cli_number (const char *option,
               const char *text,
               double low,
               double high,
               double *value,
               GError **error)
{
  const RwField field = {
    .name = option, .kind = RW_FIELD_REAL, .low = low, .high = high
  };
  g_autoptr (GError) reason = NULL;

  if (!text || rw_field_parse (&field, text, value, &reason))
    return TRUE;
  return rw_cli_usage (error, "%s", reason->message);
}

gboolean
rw_cli_integer (const char *option,
                const char *text,
                gint64 low,
                gint64 high,
                gint64 *value,
                GError **error)
{
  if (!text || g_ascii_string_to_signed (text, 10, low, high, value, NULL))
    return TRUE;
  return rw_cli_usage (error,
                       "%s: found '%s', expected a whole number from "
                       "%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                       option, text, low, high);
}

gboolean
rw_cli_size (const char *option,
             const char *text,
             int max,
             int *width,
             int *height,
             GError **error)
{
  gint64 sides[2];

  if (!text)
    return TRUE;
  g_auto (GStrv) parts = g_strsplit (text, "x", 2);
  for (int i = 0; i < 2; i++)
    if (g_strv_length (parts) != 2 ||
        !g_ascii_string_to_signed (parts[i], 10, 1, max, &sides[i], NULL))
      return rw_cli_usage (error,
                           "%s: found '%s', expected WIDTHxHEIGHT such as "
                           "640x480, each from 1 to %d",
                           option, text, max);
  *width = (int) sides[0];
  *height = (int) sides[1];
  return TRUE;
}

gboolean
rw_cli_bytes (const char *option,
              const char *text,
              gsize *n_bytes,
              GError **error)
{
  if (!text || rw_amount_parse (text, 0, 1 << 20, n_bytes))
    return TRUE;
  return rw_cli_usage (error,
                       "%s: found '%s', expected a size from 1M on, such as "
                       "512M or 4G",
                       option, text);
}

gboolean
rw_cli_take_pairs (
    const char *option, char ***pairs, int *argc, char **argv, GError **error)
{
  g_autofree char *joined = g_strconcat (option, "=", NULL);
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
  int n = 1, i = 1;

  while (i < *argc) {
    const gboolean equals = g_str_has_prefix (argv[i], joined);
    if (!equals && strcmp (argv[i], option) != 0) {
      argv[n++] = argv[i++];
      continue;
    }
    char *clean = equals ? argv[i] + strlen (joined) : argv[i + 1];
    i += equals ? 1 : 2;
    const char *damaged = i < *argc ? argv[i++] : NULL;
    if (!damaged || clean[0] == '-' || damaged[0] == '-')
      return rw_cli_usage (error,
                           "%s: found %s, expected two folders, the clean one "
                           "first; name both",
                           option, damaged ? "an option" : "one at most");
    g_strv_builder_add (found, clean);
    g_strv_builder_add (found, damaged);
  }
  *argc = n;
  argv[n] = NULL;
  *pairs = g_strv_builder_end (found);
  if (!(*pairs)[0])
    g_clear_pointer (pairs, g_strfreev);
  return TRUE;
}

const RwTask *
rw_cli_task (const char *name, GError **error)
{
  g_autoptr (GError) failure = NULL;
  const RwTask *task = rw_task_find (name ? name : "denoise", &failure);

  if (!task)
    rw_cli_usage (error, "--task: %s", failure->message);
  return task;
}

char *
rw_cli_weights (const char *name)
{
  if (name && !strchr (name, '/') && g_file_test (name, G_FILE_TEST_EXISTS) &&
      !g_file_test (name, G_FILE_TEST_IS_DIR))
    return g_strconcat ("./", name, NULL);
  return g_strdup (name);
}

RwModel *
rw_cli_load_model (const char *task_name,
                   const char *weights,
                   const char *repeats,
                   const char *turns,
                   GError **error)
{
  gint64 n = 0, n_turns = 1;

  if (!rw_cli_integer ("--repeats", repeats, 1, MAX_REPEATS, &n, error) ||
      !rw_cli_integer ("--turns", turns, 1, 8, &n_turns, error))
    return NULL;
  if (n_turns != 1 && n_turns != 2 && n_turns != 4 && n_turns != 8) {
    rw_cli_usage (error, "--turns: found \"%s\", expected 1, 2, 4 or 8",
                  turns);
    return NULL;
  }
  const RwTask *task = task_name != NULL || weights == NULL
                           ? rw_cli_task (task_name, error)
                           : NULL;
  if (task == NULL && (task_name != NULL || weights == NULL))
    return NULL;
  g_autoptr (RwModel) model =
      rw_model_load (task != NULL ? task->info.name : NULL, weights, error);

  g_autoptr (RwModel) repeated = model && repeats
                                     ? rw_model_repeat (model, (int) n, error)
                                     : g_steal_pointer (&model);

  return repeated ? rw_model_turn (repeated, (int) n_turns, error) : NULL;
}

gboolean
rw_cli_threads (const char *text, GError **error)
{
  gint64 n_threads = 0;

  if (!rw_cli_integer ("--threads", text, 0, MAX_THREADS, &n_threads, error))
    return FALSE;
  if (text)
    rw_set_threads ((int) n_threads);
  return TRUE;
}
