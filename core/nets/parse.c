/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The text of a net.
 *
 *   text      = line { newline line }      # to the end of the line: comment
 *   line      = [ statement { "|" statement } ]
 *   statement = word { argument } [ "->" name ]
 *   argument  = number | key "=" value | name (of an earlier result)
 */
#include "nets/graph.h"

#include <math.h>
#include <string.h>

#include "reweave.h"

#define MAX_TEXT ((gsize) 1 << 20)
/* Shapes are checked on a picture whose edge every usual factor divides:
 * 2^9 * 3^2 * 5 * 7. */
#define NOMINAL_EDGE 161280

static const struct {
  const char *word;
  int channels;
} planes[] = {
  [RW_PLANE_RGB] = { "rgb", 3 },
  [RW_PLANE_GREY] = { "grey", 1 },
  [RW_PLANE_SIGMA] = { "sigma", 1 },
};

typedef struct {
  RwNet *net;
  GHashTable *names; /* result name -> node */
  GString *text;     /* canonical */
  int line;
} Parser;

static gboolean
fail (const Parser *parser, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail (const Parser *parser, GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT, "net, line %d: %s",
               parser->line, message);
  return FALSE;
}

/* ---- settings
 * ---------------------------------------------------------------- */

static void
set_field (RwLayer *layer, const RwField *field, double value)
{
  void *at = (char *) layer + field->offset;

  if (field->kind == RW_FIELD_FLOAT_KIND)
    *(double *) at = value;
  else
    *(int *) at = (int) value;
}

static gboolean
set_number (const Parser *parser,
            RwLayer *layer,
            const RwField *field,
            const char *word,
            GError **error)
{
  char *end;
  const double value = g_ascii_strtod (word, &end);
  const gboolean whole =
      field->kind != RW_FIELD_INT_KIND || floor (value) == value;

  if (*end || end == word || !whole ||
      !(value >= field->min && value <= field->max))
    return fail (parser, error, "%s: %s is \"%s\", wanted %s from %g to %g",
                 layer->class->name, field->name, word,
                 field->kind == RW_FIELD_INT_KIND ? "a whole number"
                                                  : "a number",
                 field->min, field->max);
  set_field (layer, field, value);
  return TRUE;
}

static gboolean
set_choice (const Parser *parser,
            RwLayer *layer,
            const RwField *field,
            const char *word,
            GError **error)
{
  for (int i = 0; field->words[i]; i++)
    if (strcmp (field->words[i], word) == 0) {
      set_field (layer, field, i);
      return TRUE;
    }
  g_autofree char *all = g_strjoinv (", ", (char **) field->words);

  return fail (parser, error, "%s: %s is \"%s\", wanted one of %s",
               layer->class->name, field->name, word, all);
}

static gboolean
set_word (const Parser *parser,
          RwLayer *layer,
          const RwField *field,
          const char *word,
          GError **error)
{
  if (field->kind == RW_FIELD_CHOICE_KIND)
    return set_choice (parser, layer, field, word, error);
  return set_number (parser, layer, field, word, error);
}

/* The field that "key=value" or a bare number names; *value: its text. */
static const RwField *
find_field (const RwLayerClass *class,
            const char *argument,
            const char **value)
{
  const char *equals = strchr (argument, '=');
  const gsize n = equals ? (gsize) (equals - argument) : 0;

  *value = equals ? equals + 1 : argument;
  for (const RwField *f = class->fields; f->kind != RW_FIELD_END_KIND; f++)
    if (equals ? strlen (f->name) == n && strncmp (f->name, argument, n) == 0
               : f->positional)
      return f;
  return NULL;
}

static gboolean
set_argument (const Parser *parser,
              RwLayer *layer,
              const char *argument,
              guint *given,
              GError **error)
{
  const char *value;
  const RwField *field = find_field (layer->class, argument, &value);

  if (!field)
    return fail (parser, error, "%s: \"%s\" is none of its settings",
                 layer->class->name, argument);
  const guint bit = 1u << (field - layer->class->fields);

  if (*given & bit)
    return fail (parser, error, "%s: %s is given twice", layer->class->name,
                 field->name);
  *given |= bit;
  return set_word (parser, layer, field, value, error);
}

static gboolean
set_arguments (const Parser *parser,
               RwLayer *layer,
               char **arguments,
               GError **error)
{
  guint given = 0;

  for (const RwField *f = layer->class->fields; f->kind != RW_FIELD_END_KIND;
       f++)
    set_field (layer, f, f->def);
  for (; *arguments; arguments++)
    if (!set_argument (parser, layer, *arguments, &given, error))
      return FALSE;
  for (const RwField *f = layer->class->fields; f->kind != RW_FIELD_END_KIND;
       f++)
    if (f->required && !(given & 1u << (f - layer->class->fields)))
      return fail (parser, error, "%s: %s is missing", layer->class->name,
                   f->name);
  return TRUE;
}

/* ---- statements
 * ---------------------------------------------------------------- */

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
name_result (Parser *parser, const char *name, GError **error)
{
  if (!name || !is_name (name))
    return fail (parser, error,
                 "\"->\" wants a name of letters, digits, - and _ after it, "
                 "found \"%s\"",
                 name ? name : "");
  if (g_hash_table_contains (parser->names, name))
    return fail (parser, error,
                 "a second result is called \"%s\"; choose another name",
                 name);
  g_hash_table_insert (parser->names, g_strdup (name),
                       GINT_TO_POINTER (parser->net->n_nodes - 1));
  return TRUE;
}

static gboolean
add_planes (Parser *parser, char **words, GError **error)
{
  RwNet *net = parser->net;
  RwNode node = { 0 };
  int channels = 0;

  for (; *words; words++) {
    gsize i = 0;

    while (i < G_N_ELEMENTS (planes) && strcmp (planes[i].word, *words))
      i++;
    if (i == G_N_ELEMENTS (planes))
      return fail (parser, error,
                   "input: \"%s\" is no plane; there are rgb, grey, sigma",
                   *words);
    if (net->n_planes == RW_MAX_PLANES)
      return fail (parser, error, "input: more than %d planes", RW_MAX_PLANES);
    net->planes[net->n_planes++] = (RwPlane) i;
    channels += planes[i].channels;
  }
  if (channels == 0)
    return fail (parser, error,
                 "input: no planes, wanted for example \"input rgb sigma\"");
  node.shape.n = 1;
  rw_shape_set (&node.shape, net->nominal, net->nominal, channels);
  net->nodes = g_renew (RwNode, net->nodes, 1);
  net->nodes[net->n_nodes++] = node;
  return TRUE;
}

/* Takes the second input out of @words: a name, or the net's input. */
static gboolean
find_inputs (const Parser *parser,
             const RwLayerClass *class,
             char ***words,
             int *inputs,
             int *n,
             GError **error)
{
  inputs[0] = parser->net->n_nodes - 1;
  *n = 1;
  if (class->flags & RW_LAYER_NET_INPUT)
    inputs[(*n)++] = 0;
  if (!(class->flags & RW_LAYER_NAMED_INPUT))
    return TRUE;
  gpointer node;

  if (!**words)
    return fail (parser, error, "%s: wants the name of an earlier result",
                 class->name);
  if (!g_hash_table_lookup_extended (parser->names, **words, NULL, &node))
    return fail (parser, error, "%s: no earlier result is called \"%s\"",
                 class->name, **words);
  inputs[(*n)++] = GPOINTER_TO_INT (node);
  (*words)++;
  return TRUE;
}

static gboolean
add_layer (Parser *parser, char **words, GError **error)
{
  const RwLayerClass *class = rw_layer_find (words[0]);
  int inputs[2], n_inputs;

  if (!class)
    return fail (parser, error,
                 "\"%s\" is no layer; see \"reweave help train\" for the list",
                 words[0]);
  words++;
  if (!find_inputs (parser, class, &words, inputs, &n_inputs, error))
    return FALSE;
  RwLayer *layer = g_malloc0 (class->size);

  layer->class = class;
  if (!set_arguments (parser, layer, words, error)) {
    g_free (layer);
    return FALSE;
  }
  if (!rw_net_add_node (parser->net, layer, inputs, n_inputs, error)) {
    g_prefix_error (error, "net, line %d: ", parser->line);
    return FALSE;
  }
  return TRUE;
}

/* "down n" and "up n": the usual ways to half and to double the size. */
static gboolean
add_statement (Parser *parser, char **words, GError **error)
{
  if (parser->net->n_nodes == 0) {
    if (strcmp (words[0], "input"))
      return fail (parser, error,
                   "found \"%s\", wanted \"input\" and its planes first",
                   words[0]);
    return add_planes (parser, words + 1, error);
  }
  if (strcmp (words[0], "down") == 0 && words[1] && !words[2]) {
    char *conv[] = { (char *) "conv", words[1], (char *) "k=2",
                     (char *) "stride=2", NULL };

    return add_layer (parser, conv, error);
  }
  if (strcmp (words[0], "up") == 0 && words[1] && !words[2]) {
    gint64 n;

    if (!g_ascii_string_to_signed (words[1], 10, 1, 1024, &n, NULL))
      return fail (
          parser, error,
          "up: channels is \"%s\", wanted a whole number from 1 to 1024",
          words[1]);
    g_autofree char *channels = g_strdup_printf ("%d", (int) n * 4);
    char *conv[] = { (char *) "conv", channels, (char *) "k=1", NULL };
    char *shuffle[] = { (char *) "shuffle", (char *) "2", NULL };

    return add_layer (parser, conv, error) &&
           add_layer (parser, shuffle, error);
  }
  return add_layer (parser, words, error);
}

/* Splits at blanks; canonical text goes to parser->text. */
static gboolean
parse_statement (Parser *parser, const char *statement, GError **error)
{
  g_auto (GStrv) raw = g_strsplit_set (statement, " \t\r", -1);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  const char *name = NULL;
  gboolean named = FALSE;

  for (char **w = raw; *w; w++)
    if (**w)
      g_ptr_array_add (words, *w);
  if (words->len == 0)
    return fail (parser, error, "a statement is missing beside \"|\"");
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (parser->text, "%s%s", i ? " " : "",
                            (char *) words->pdata[i]);
  for (guint i = 0; i < words->len && !named; i++)
    if (strcmp (words->pdata[i], "->") == 0) {
      named = TRUE;
      name = i + 2 == words->len ? words->pdata[i + 1] : NULL;
      g_ptr_array_set_size (words, (int) i);
    }
  if (words->len == 0)
    return fail (parser, error, "\"->\" wants a layer before it");
  g_ptr_array_add (words, NULL);
  if (!add_statement (parser, (char **) words->pdata, error))
    return FALSE;
  return !named || name_result (parser, name, error);
}

static gboolean
parse_line (Parser *parser, char *line, GError **error)
{
  char *comment = strchr (line, '#');

  if (comment)
    *comment = '\0';
  if (*g_strstrip (line) == '\0')
    return TRUE;
  g_auto (GStrv) statements = g_strsplit (line, "|", -1);

  for (char **s = statements; *s; s++) {
    if (s != statements)
      g_string_append (parser->text, " | ");
    if (!parse_statement (parser, *s, error))
      return FALSE;
  }
  g_string_append_c (parser->text, '\n');
  return TRUE;
}

static gboolean
parse_lines (Parser *parser, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line; line++) {
    parser->line++;
    if (!parse_line (parser, *line, error))
      return FALSE;
  }
  if (parser->net->n_nodes < 2)
    return fail (parser, error,
                 "no layers, wanted \"input\" and at least one layer");
  return rw_net_finish (parser->net, error);
}

RwNet *
rw_net_parse (const char *text, GError **error)
{
  g_autoptr (RwNet) net = g_new0 (RwNet, 1);
  g_autoptr (GHashTable) names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Parser parser = { .net = net, .names = names };

  g_atomic_ref_count_init (&net->refs);
  net->nominal = NOMINAL_EDGE;
  if (strlen (text) > MAX_TEXT || !g_utf8_validate (text, -1, NULL)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "net: not a text of UTF-8 and at most %zu bytes",
                 (size_t) MAX_TEXT);
    return NULL;
  }
  parser.text = g_string_new (NULL);
  const gboolean ok = parse_lines (&parser, text, error);

  net->text = g_string_free (parser.text, FALSE);
  return ok ? g_steal_pointer (&net) : NULL;
}
