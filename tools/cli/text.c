/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Text from outside, on its way to a terminal.
 */
#include "cli/text.h"

#include <stdio.h>

/* Marks that make what follows run the other way (Unicode, UAX 9). */
static gboolean
turns_direction (gunichar c)
{
  return c == 0x200e || c == 0x200f || c == 0x061c ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Beyond ASCII, what a terminal would obey or break the line at. */
static gboolean
is_obeyed (gunichar c)
{
  return (c >= 0x80 && c < 0xa0) || turns_direction (c) || c == 0x2028 ||
         c == 0x2029;
}

static void
add_character (GString *shown, gunichar c)
{
  if (c < 0x20 || c == 0x7f)
    g_string_append_printf (shown, "\\x%02x", c);
  else if (is_obeyed (c))
    g_string_append_printf (shown, "\\u%04x", c);
  else
    g_string_append_unichar (shown, c);
}

char *
rw_cli_show (const char *text)
{
  g_autoptr (GString) shown = g_string_new (NULL);

  while (*text != '\0') {
    const gunichar c = g_utf8_get_char_validated (text, -1);
    if (c == (gunichar) -1 || c == (gunichar) -2) {
      g_string_append_printf (shown, "\\x%02x", (guint8) *text++);
      continue;
    }
    add_character (shown, c);
    text = g_utf8_next_char (text);
  }
  return g_string_free (g_steal_pointer (&shown), FALSE);
}

char *
rw_cli_show_lines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++) {
    char *shown = rw_cli_show (lines[i]);
    g_free (lines[i]);
    lines[i] = shown;
  }
  return g_strjoinv ("\n", lines);
}

char *
rw_cli_show_json (const char *json)
{
  g_autoptr (GString) shown = g_string_new (NULL);

  for (; *json != '\0'; json = g_utf8_next_char (json)) {
    const gunichar c = g_utf8_get_char (json);
    if (c == 0x7f || is_obeyed (c))
      g_string_append_printf (shown, "\\u%04x", c);
    else
      g_string_append_unichar (shown, c);
  }
  return g_string_free (g_steal_pointer (&shown), FALSE);
}

void
rw_cli_print_error (const char *message)
{
  g_autofree char *line = g_strdup (message);

  g_strdelimit (line, "\n\r\t", ' ');
  g_autofree char *shown = rw_cli_show (g_strchomp (line));
  fprintf (stderr, "reweave: %s\n", shown);
}

void
rw_cli_print_notes (const char *out, const GPtrArray *notes)
{
  g_autoptr (GString) text = g_string_new (out);

  g_string_append (text, ": not kept: ");
  for (guint i = 0; i < notes->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "; " : "",
                            (const char *) g_ptr_array_index (notes, i));
  g_autofree char *shown = rw_cli_show (text->str);
  if (notes->len > 0)
    fprintf (stderr, "reweave: note: %s\n", shown);
}
