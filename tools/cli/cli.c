/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the sub-commands of reweave share: options, progress, output.
 */
#include "cli/cli.h"

#include "reweave.h"
#include "base/choice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

GQuark
rw_cli_usage_quark (void)
{
  return g_quark_from_static_string ("rw-cli-usage-quark");
}

gboolean
rw_cli_usage (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error)
    *error = g_error_new_valist (RW_CLI_USAGE, 0, format, arguments);
  va_end (arguments);
  return FALSE;
}

/* ---- options ----------------------------------------------------------- */

/* GLib may leave the "--" that ends the options where it was. */
static void
drop_separator (int *argc, char **argv)
{
  int i = 1;

  while (i < *argc && strcmp (argv[i], "--") != 0)
    i++;
  if (i == *argc)
    return;
  memmove (argv + i, argv + i + 1, (*argc - i) * sizeof *argv);
  (*argc)--;
}

/* Adds to "Unknown option --levle" the option that may be meant. */
static void
suggest (GError *failure,
         const GOptionEntry *entries,
         const GOptionEntry *more)
{
  const GOptionEntry *const lists[] = { entries, more };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *found = strstr (failure->message, "--");

  if (!g_error_matches (failure, G_OPTION_ERROR,
                        G_OPTION_ERROR_UNKNOWN_OPTION) ||
      found == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (const GOptionEntry *e = lists[i]; e != NULL && e->long_name; e++)
      g_ptr_array_add (names, (gpointer) e->long_name);
  g_ptr_array_add (names, NULL);
  g_auto (GStrv) words = g_strsplit_set (found + 2, "= ", 2);
  const char *nearest =
      rw_choice_nearest (words[0], (const char *const *) names->pdata);
  if (nearest == NULL)
    return;
  char *message =
      g_strdup_printf ("%s; did you mean --%s?", failure->message, nearest);
  g_free (failure->message);
  failure->message = message;
}

gboolean
rw_cli_parse (const RwCliCommand *command,
              const GOptionEntry *entries,
              int *argc,
              char ***argv,
              int min,
              int max,
              GError **error)
{
  return rw_cli_parse_with (command, entries, NULL, argc, argv, min, max,
                            error);
}

gboolean
rw_cli_parse_with (const RwCliCommand *command,
                   const GOptionEntry *entries,
                   const GOptionEntry *more,
                   int *argc,
                   char ***argv,
                   int min,
                   int max,
                   GError **error)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new (command->arguments);
  g_autoptr (GError) failure = NULL;

  g_option_context_set_summary (context, command->summary);
  g_option_context_set_description (context, command->text);
  g_option_context_add_main_entries (context, entries, NULL);
  if (more != NULL)
    g_option_context_add_main_entries (context, more, NULL);
  if (!g_option_context_parse (context, argc, argv, &failure)) {
    suggest (failure, entries, more);
    failure->domain = RW_CLI_USAGE;
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  drop_separator (argc, *argv);
  if (*argc - 1 < min || (max >= 0 && *argc - 1 > max))
    return rw_cli_usage (error, "found %d arguments, expected %s", *argc - 1,
                         max ? command->arguments : "only options");
  return rw_cli_check_environment (error);
}

/* ---- progress ---------------------------------------------------------- */

#define BAR_PERIOD_US 100000
#define LINE_PERIOD_US 10000000

void
rw_cli_progress_begin (RwCliProgress *progress, gboolean quiet)
{
  const gboolean terminal = isatty (STDERR_FILENO) != 0;

  *progress = (RwCliProgress){ .terminal = terminal, .quiet = quiet };
  /* a bar at once, a line only when it takes long */
  progress->shown_us = terminal ? 0 : g_get_monotonic_time ();
}

gboolean
rw_cli_progress_is_due (const RwCliProgress *progress)
{
  const gint64 period = progress->terminal ? BAR_PERIOD_US : LINE_PERIOD_US;

  return !progress->quiet &&
         g_get_monotonic_time () - progress->shown_us >= period;
}

static int
get_columns (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

static void
draw_bar (double fraction, const char *text)
{
  const int columns = get_columns ();
  const int text_width = (int) g_utf8_strlen (text, -1);
  const int bar = CLAMP (columns - text_width - 4, 0, 30);
  const int filled = (int) (CLAMP (fraction, 0, 1) * bar);
  g_autoptr (GString) line = g_string_new ("\r\033[K");

  if (bar >= 5) {
    g_string_append_c (line, '[');
    for (int i = 0; i < bar; i++)
      g_string_append_c (line, i < filled ? '=' : ' ');
    g_string_append (line, "] ");
  }
  g_autofree char *cut =
      g_utf8_substring (text, 0, MIN (text_width, MAX (columns - 1, 1)));
  g_string_append (line, cut);
  fputs (line->str, stderr);
  fflush (stderr);
}

void
rw_cli_progress_show (RwCliProgress *progress,
                      double fraction,
                      const char *text)
{
  if (progress->quiet)
    return;
  g_autofree char *shown = rw_cli_show (text);
  progress->shown_us = g_get_monotonic_time ();
  if (progress->terminal) {
    draw_bar (fraction, shown);
    progress->drawn = TRUE;
  } else {
    fprintf (stderr, "%3.0f%% %s\n", 100 * fraction, shown);
  }
}

void
rw_cli_progress_clear (RwCliProgress *progress)
{
  if (progress->drawn)
    fputs ("\r\033[K", stderr);
  progress->drawn = FALSE;
}

char *
rw_cli_format_time (double seconds)
{
  if (!(seconds >= 0 && seconds < 1e9))
    return g_strdup ("?");
  const int s = (int) (seconds + 0.5);
  if (s >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  return g_strdup_printf ("%d:%02d", s / 60, s % 60);
}

/* ---- output ------------------------------------------------------------ */

void
rw_cli_json_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
rw_cli_json_integer (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
rw_cli_json_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value) {
    g_autofree char *text = g_utf8_make_valid (value, -1);
    json_builder_add_string_value (builder, text);
  } else {
    json_builder_add_null_value (builder);
  }
}

void
rw_cli_json_print (JsonBuilder *builder, gboolean pretty)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, pretty);

  g_autofree char *shown = rw_cli_show_json (text);
  puts (shown);
  fflush (stdout);
}
