/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net's text as tokens, and back.
 */
#include "nets/text/parser.h"

#include <string.h>

static void
clear_token (gpointer token)
{
  g_free (((RwToken *) token)->word);
}

static void
add (GArray *tokens, RwTokenKind kind, const char *word, gsize n, int line)
{
  const RwToken token = { kind, word ? g_strndup (word, n) : NULL, line };

  g_array_append_val (tokens, token);
}

static RwTokenKind
kind_of (char c)
{
  return c == '|'   ? RW_TOKEN_BAR
         : c == '{' ? RW_TOKEN_OPEN
         : c == '}' ? RW_TOKEN_CLOSE
                    : RW_TOKEN_WORD;
}

static void
add_line (GArray *tokens, const char *text, int line)
{
  for (;;) {
    text += strspn (text, " \t\r");
    if (*text == '\0' || *text == '#')
      break;
    const RwTokenKind kind = kind_of (*text);
    const gsize n = kind == RW_TOKEN_WORD ? strcspn (text, " \t\r#|{}") : 1;

    add (tokens, kind, kind == RW_TOKEN_WORD ? text : NULL, n, line);
    text += n;
  }
  add (tokens, RW_TOKEN_LINE, NULL, 0, line);
}

GArray *
rw_tokens_from_text (const char *text)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (RwToken));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  int line = 0;

  g_array_set_clear_func (tokens, clear_token);
  for (; lines[line]; line++)
    add_line (tokens, lines[line], line + 1);
  add (tokens, RW_TOKEN_END, NULL, 0, MAX (line, 1));
  return tokens;
}

gboolean
rw_tokens_set_repeats (GArray *tokens, int n)
{
  gboolean any = FALSE;

  for (guint i = 2; i < tokens->len; i++) {
    RwToken *t = &g_array_index (tokens, RwToken, i);

    if (t->kind != RW_TOKEN_OPEN || t[-1].kind != RW_TOKEN_WORD ||
        g_strcmp0 (t[-2].word, "repeat") != 0)
      continue;
    g_free (t[-1].word);
    t[-1].word = g_strdup_printf ("%d", n);
    any = TRUE;
  }
  return any;
}

char *
rw_tokens_to_text (const GArray *tokens)
{
  static const char *const signs[] = { NULL, "|", "{", "}", NULL, NULL };
  GString *text = g_string_new (NULL);
  gboolean begun = FALSE; /* the line */

  for (guint i = 0; i < tokens->len; i++) {
    const RwToken *t = &g_array_index (tokens, RwToken, i);

    if (t->kind == RW_TOKEN_LINE || t->kind == RW_TOKEN_END) {
      if (begun)
        g_string_append_c (text, '\n');
      begun = FALSE;
      continue;
    }
    if (begun)
      g_string_append_c (text, ' ');
    g_string_append (text, t->word ? t->word : signs[t->kind]);
    begun = TRUE;
  }
  return g_string_free (text, FALSE);
}
