/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The command of a training as text: as it is recorded, and as it goes on.
 */
#include "train/train-options.h"

#include <string.h>

static void
append_word (GString *line, const char *word)
{
  const gboolean plain =
      *word && strspn (word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                             "WXYZ0123456789_-./:=,+%@") == strlen (word);
  g_autofree char *quoted = plain ? g_strdup (word) : g_shell_quote (word);

  g_string_append_printf (line, "%s%s", line->len ? " " : "", quoted);
}

static void
append_option (GString *line, const char *option, const char *value)
{
  g_autofree char *word = g_strconcat ("--", option, NULL);

  if (!value)
    return;
  append_word (line, word);
  append_word (line, value);
}

/* The last name of an absolute path alone: weight files are given away, and
 * nobody else has that folder. */
static void
append_path (GString *line, const char *option, const char *path)
{
  g_autofree char *name = path && g_path_is_absolute (path)
                              ? g_path_get_basename (path)
                              : g_strdup (path);

  append_option (line, option, name);
}

static void
append_pairs (GString *line, const char *option, char **pairs)
{
  for (int i = 0; pairs && pairs[i]; i += 2) {
    g_autofree char *name = g_path_is_absolute (pairs[i + 1])
                                ? g_path_get_basename (pairs[i + 1])
                                : g_strdup (pairs[i + 1]);
    append_path (line, option, pairs[i]);
    append_word (line, name);
  }
}

char *
rw_cli_train_options_get_command (const RwCliTrainOptions *options)
{
  GString *line = g_string_new ("reweave train");

  append_option (line, "task", options->task);
  append_path (line, "recipe", options->recipe);
  append_path (line, "net", options->net);
  append_path (line, "from", options->from);
  if (options->continues)
    append_word (line, "--continue");
  if (options->partial)
    append_word (line, "--partial");
  append_path (line, "teacher", options->teacher);
  for (int i = 0; options->data && options->data[i]; i++)
    append_path (line, "data", options->data[i]);
  append_pairs (line, "pairs", options->pairs);
  append_pairs (line, "val-pairs", options->validation_pairs);
  for (int i = 0; options->validation && options->validation[i]; i++)
    append_path (line, "val", options->validation[i]);
  append_path (line, "repeats-of", options->repeats);
  append_path (line, "noise-from", options->noise);
  append_option (line, "time", options->time);
  for (int i = 0; i < options->n_overrides; i++)
    append_option (line, options->overrides[i].option,
                   options->overrides[i].value);
  return g_string_free (line, FALSE);
}

char *
rw_cli_train_options_go_on (int argc, char **argv)
{
  GString *line = g_string_new ("reweave");

  for (int i = 0; i < argc; i++) {
    if (strcmp (argv[i], "--from") == 0) {
      i++; /* the checkpoint has them */
      continue;
    }
    if (strcmp (argv[i], "--resume") != 0 &&
        strcmp (argv[i], "--partial") != 0 &&
        !g_str_has_prefix (argv[i], "--from="))
      append_word (line, argv[i]);
  }
  append_word (line, "--resume");
  return g_string_free (line, FALSE);
}
