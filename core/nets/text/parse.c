/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The text of a net.
 *
 *   text      = { chain } with a new line between two; # to its end: comment
 *   chain     = statement { "|" statement }
 *   statement = word { argument } [ "->" name ]
 *             | "repeat" number "{" text "}" [ "->" name ]
 *   argument  = number | key "=" value | name (of an earlier result)
 *
 * A block is parsed as often as it is repeated: the graph has all rounds one
 * after the other, and the layers of later rounds share the parameters of the
 * first one's.
 */
#include "nets/text/parser.h"

#include <string.h>

#include "reweave.h"

#define MAX_TEXT ((gsize) 1 << 20)
/* Shapes are checked on a picture whose edge every usual factor divides:
 * 2^9 * 3^2 * 5 * 7. */
#define NOMINAL_EDGE 161280

enum { MAX_DEPTH = 8 /* blocks in blocks */ };

gboolean
rw_parser_fail (const RwParser *parser,
                GError **error,
                const char *format,
                ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT, "net, line %d: %s",
               parser->line, message);
  return FALSE;
}

static RwTokenKind
next_kind (const RwParser *parser)
{
  return parser->tokens[parser->at].kind;
}

/* ---- names ------------------------------------------------------------- */

static gboolean
is_name (const char *word)
{
  if (!g_ascii_isalpha (*word) || strlen (word) > 64)
    return FALSE;
  for (; *word; word++)
    if (!g_ascii_isalnum (*word) && *word != '-' && *word != '_')
      return FALSE;
  return TRUE;
}

static gboolean
name_result (RwParser *parser, const char *name, GError **error)
{
  if (!name || !is_name (name))
    return rw_parser_fail (
        parser, error,
        "\"->\" needs a name of letters, digits, - and _ after it, found "
        "\"%s\"",
        name ? name : "");
  if (g_hash_table_contains (parser->names, name))
    return rw_parser_fail (
        parser, error, "a second result is called \"%s\"; choose another name",
        name);
  char *key = g_strdup (name);

  g_hash_table_insert (parser->names, key,
                       GINT_TO_POINTER (parser->net->n_nodes - 1));
  g_ptr_array_add (parser->locals, key);
  return TRUE;
}

/* Names that were given in a block are its own. */
static void
forget_names (RwParser *parser, guint n_before)
{
  for (guint i = n_before; i < parser->locals->len; i++)
    g_hash_table_remove (parser->names, parser->locals->pdata[i]);
  g_ptr_array_set_size (parser->locals, (int) n_before);
}

/* ---- blocks ------------------------------------------------------------ */

static gboolean parse_chains (RwParser *parser, GError **error);

static gboolean
check_round (const RwParser *parser, int from, GError **error)
{
  const RwNet *net = parser->net;
  const RwShape *a = &net->nodes[from].shape,
                *b = &net->nodes[net->n_nodes - 1].shape;

  if (net->n_nodes - 1 == from)
    return rw_parser_fail (parser, error,
                           "repeat: no layer between \"{\" and \"}\"");
  if (a->h == b->h && a->w == b->w && a->c == b->c)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "net, line %d: repeat: the block takes %d channels at %d x %d "
               "and gives %d at %d x %d, wanted the same, for the next round "
               "to take; end it with as many channels of the same size",
               parser->line, a->c, a->w, a->h, b->c, b->w, b->h);
  return FALSE;
}

/* One round, from the token behind "{" to "}". */
static gboolean
parse_round (RwParser *parser, GError **error)
{
  const int from = parser->net->n_nodes - 1, line = parser->line;
  const guint n_names = parser->locals->len;

  if (!parse_chains (parser, error))
    return FALSE;
  parser->line = line;
  if (next_kind (parser) != RW_TOKEN_CLOSE)
    return rw_parser_fail (parser, error,
                           "repeat: its \"{\" has no \"}\", wanted one behind "
                           "the block's last layer");
  forget_names (parser, n_names);
  return check_round (parser, from, error);
}

static gboolean
check_block (const RwParser *parser,
             char **words,
             gint64 *times,
             GError **error)
{
  if (strcmp (words[0], "repeat") || !words[1] || words[2])
    return rw_parser_fail (
        parser, error, "\"{\" behind \"%s\", wanted \"repeat N {\"", words[0]);
  if (!g_ascii_string_to_signed (words[1], 10, 1, RW_MAX_NODES, times, NULL))
    return rw_parser_fail (
        parser, error,
        "repeat: times is \"%s\", wanted a whole number from 1 to %d",
        words[1], RW_MAX_NODES);
  if (parser->net->n_nodes == 0)
    return rw_parser_fail (
        parser, error,
        "found \"repeat\", wanted \"input\" and its planes first");
  if (parser->depth == MAX_DEPTH)
    return rw_parser_fail (parser, error,
                           "repeat: more than %d blocks in one another",
                           MAX_DEPTH);
  return TRUE;
}

/* @words: "repeat" and its number; the next token is behind "{". */
static gboolean
parse_block (RwParser *parser, char **words, GError **error)
{
  GHashTable *outer = parser->states;
  const int begin = parser->at, outer_round = parser->round;
  gint64 n;

  if (!check_block (parser, words, &n, error))
    return FALSE;
  gboolean ok = TRUE;

  parser->depth++;
  parser->states = g_hash_table_new (NULL, NULL);
  for (gint64 i = 0; ok && i < n; i++) {
    parser->at = begin;
    parser->round = (int) i;
    ok = parse_round (parser, error);
  }
  g_hash_table_unref (parser->states);
  parser->states = outer;
  parser->round = outer_round;
  parser->depth--;
  parser->at++; /* "}" */
  return ok;
}

/* ---- chains ------------------------------------------------------------ */

static GPtrArray *
take_words (RwParser *parser)
{
  GPtrArray *words = g_ptr_array_new ();

  for (; next_kind (parser) == RW_TOKEN_WORD; parser->at++)
    g_ptr_array_add (words, parser->tokens[parser->at].word);
  return words;
}

/* Cuts "-> name" off @words; *named: there was "->". */
static const char *
take_name (GPtrArray *words, gboolean *named)
{
  for (guint i = 0; i < words->len; i++)
    if (strcmp (words->pdata[i], "->") == 0) {
      const char *name = i + 2 == words->len ? words->pdata[i + 1] : NULL;

      *named = TRUE;
      g_ptr_array_set_size (words, (int) i);
      return name;
    }
  *named = FALSE;
  return NULL;
}

/* What may stand behind "}". */
static gboolean
end_block (RwParser *parser, GError **error)
{
  g_autoptr (GPtrArray) words = take_words (parser);
  gboolean named;

  if (words->len == 0)
    return TRUE;
  const char *name = take_name (words, &named);

  if (words->len > 0)
    return rw_parser_fail (parser, error,
                           "\"%s\" behind \"}\", wanted \"|\" or a new line "
                           "between them",
                           (char *) words->pdata[0]);
  return name_result (parser, name, error);
}

static gboolean
parse_statement (RwParser *parser, GError **error)
{
  parser->line = parser->tokens[parser->at].line;
  parser->statement = parser->at;
  g_autoptr (GPtrArray) words = take_words (parser);
  gboolean named;

  if (words->len == 0)
    return next_kind (parser) == RW_TOKEN_OPEN
               ? rw_parser_fail (parser, error,
                                 "\"{\" behind nothing, wanted "
                                 "\"repeat N {\"")
               : rw_parser_fail (parser, error,
                                 "a statement is missing beside \"|\"");
  const char *name = take_name (words, &named);

  if (words->len == 0)
    return rw_parser_fail (parser, error, "\"->\" needs a layer before it");
  g_ptr_array_add (words, NULL);
  if (!named && next_kind (parser) == RW_TOKEN_OPEN) {
    parser->at++;
    return parse_block (parser, (char **) words->pdata, error) &&
           end_block (parser, error);
  }
  if (strcmp (words->pdata[0], "repeat") == 0)
    return rw_parser_fail (parser, error,
                           "repeat: no block, wanted \"repeat N {\", layers "
                           "and \"}\"");
  return rw_parser_add_statement (parser, (char **) words->pdata, error) &&
         (!named || name_result (parser, name, error));
}

static gboolean
parse_chain (RwParser *parser, GError **error)
{
  if (!parse_statement (parser, error))
    return FALSE;
  while (next_kind (parser) == RW_TOKEN_BAR) {
    parser->at++;
    if (!parse_statement (parser, error))
      return FALSE;
  }
  if (next_kind (parser) != RW_TOKEN_OPEN)
    return TRUE;
  return rw_parser_fail (parser, error,
                         "\"{\" at a place where no block begins, wanted it "
                         "behind \"repeat N\"");
}

/* Up to "}" in a block, up to the end of the text outside. */
static gboolean
parse_chains (RwParser *parser, GError **error)
{
  for (;;) {
    while (next_kind (parser) == RW_TOKEN_LINE)
      parser->at++;
    parser->line = parser->tokens[parser->at].line;
    if (next_kind (parser) == RW_TOKEN_END ||
        (next_kind (parser) == RW_TOKEN_CLOSE && parser->depth > 0))
      return TRUE;
    if (next_kind (parser) == RW_TOKEN_CLOSE)
      return rw_parser_fail (parser, error, "\"}\" without a \"{\" before it");
    if (!parse_chain (parser, error))
      return FALSE;
  }
}

/* ---- all --------------------------------------------------------------- */

static gboolean
parse_tokens (RwNet *net, const GArray *tokens, GError **error)
{
  g_autoptr (GHashTable) names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) firsts = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) locals = g_ptr_array_new ();
  RwParser parser = { .net = net,
                      .tokens = (const RwToken *) (gpointer) tokens->data,
                      .names = names,
                      .locals = locals,
                      .firsts = firsts };

  if (!parse_chains (&parser, error))
    return FALSE;
  if (net->n_nodes < 2)
    return rw_parser_fail (
        &parser, error, "no layers, wanted \"input\" and at least one layer");
  net->labels = g_hash_table_ref (names);
  rw_net_name_nodes (net);
  return rw_net_finish (net, error);
}

RwNet *
rw_net_parse_repeated (const char *text, int repeats, GError **error)
{
  g_autoptr (RwNet) net = g_new0 (RwNet, 1);

  g_atomic_ref_count_init (&net->refs);
  net->nominal_h = net->nominal_w = NOMINAL_EDGE;
  if (strlen (text) > MAX_TEXT || !g_utf8_validate (text, -1, NULL)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "net: not a text of UTF-8 and at most %zu bytes",
                 (size_t) MAX_TEXT);
    return NULL;
  }
  g_autoptr (GArray) tokens = rw_tokens_from_text (text);

  if (repeats && !rw_tokens_set_repeats (tokens, repeats)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "net: repeats is %d, but it has no block to repeat, wanted "
                 "\"repeat N { ... }\"; leave repeats out",
                 repeats);
    return NULL;
  }
  net->text = rw_tokens_to_text (tokens);
  return parse_tokens (net, tokens, error) ? g_steal_pointer (&net) : NULL;
}

RwNet *
rw_net_parse (const char *text, GError **error)
{
  return rw_net_parse_repeated (text, 0, error);
}
