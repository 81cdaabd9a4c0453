/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Statements: the input's planes, or a layer; composites.c has the words that
 * stand for several.
 */
#include "nets/text/parser.h"

#include <string.h>

#include "nets/text/composites.h"
#include "nets/planes.h"
#include "reweave.h"

enum { MAX_SIDE = 4096 };

/* ---- the input -----------------------------------------------------------
 */

static gboolean
take_side (const char *text, char end, const char **rest, int *side)
{
  char *after;
  const gint64 n = g_ascii_strtoll (text, &after, 10);

  *rest = after + 1;
  *side = (int) CLAMP (n, 0, G_MAXINT);
  return g_ascii_isdigit (*text) && *after == end && n >= 1 && n <= MAX_SIDE;
}

/* "size=32x32": the net only takes pictures of this size. */
static gboolean
set_size (RwParser *parser, const char *text, GError **error)
{
  RwNet *net = parser->net;
  const char *rest;

  if (net->fixed)
    return rw_parser_fail (parser, error, "input: size is given twice");
  net->fixed = TRUE;
  if (take_side (text, 'x', &rest, &net->nominal_w) &&
      take_side (rest, '\0', &rest, &net->nominal_h))
    return TRUE;
  return rw_parser_fail (parser, error,
                         "input: size is \"%s\", wanted width x height from "
                         "1x1 to %dx%d, for example size=32x32",
                         text, MAX_SIDE, MAX_SIDE);
}

static gboolean
add_plane (RwParser *parser, const char *word, int *channels, GError **error)
{
  RwNet *net = parser->net;
  g_autoptr (GError) unknown = NULL;
  RwPlane plane;

  if (!rw_plane_find (word, &plane, &unknown))
    return rw_parser_fail (parser, error, "input: %s", unknown->message);
  if (net->n_planes == RW_MAX_PLANES)
    return rw_parser_fail (parser, error, "input: more than %d planes",
                           RW_MAX_PLANES);
  net->planes[net->n_planes++] = plane;
  *channels += rw_plane_get_channels (plane);
  return TRUE;
}

static gboolean
add_input (RwParser *parser, char **words, GError **error)
{
  RwNet *net = parser->net;
  RwNode node = { 0 };
  int channels = 0;

  for (; *words; words++)
    if (g_str_has_prefix (*words, "size=")
            ? !set_size (parser, *words + 5, error)
            : !add_plane (parser, *words, &channels, error))
      return FALSE;
  if (channels == 0)
    return rw_parser_fail (
        parser, error,
        "input: no planes, wanted for example \"input rgb sigma\"");
  node.shape.n = 1;
  rw_shape_set (&node.shape, net->nominal_h, net->nominal_w, channels);
  net->nodes = g_renew (RwNode, net->nodes, 1);
  net->nodes[net->n_nodes++] = node;
  return TRUE;
}

/* ---- a layer ----------------------------------------------------------- */

/* The same part of the same statement in an earlier round, or itself. */
static void
set_twin (RwParser *parser, int part)
{
  RwNet *net = parser->net;
  const int node = net->n_nodes - 1;
  gpointer key = GINT_TO_POINTER (parser->statement * RW_MAX_PARTS + part);
  gpointer first;

  if (g_hash_table_lookup_extended (parser->firsts, key, NULL, &first))
    net->nodes[node].twin = GPOINTER_TO_INT (first);
  else
    g_hash_table_insert (parser->firsts, key, GINT_TO_POINTER (node));
}

gboolean
rw_parser_add_layer (RwParser *parser,
                     char **words,
                     const int *inputs,
                     int n_inputs,
                     int part,
                     const char *group,
                     const char *part_name,
                     GError **error)
{
  const RwLayerClass *class = rw_layer_find (words[0]);
  RwLayer *layer = g_malloc0 (class->size);

  layer->class = class;
  layer->round = parser->round;
  if (!rw_parser_set_arguments (parser, layer, words + 1, error)) {
    g_free (layer);
    return FALSE;
  }
  if (!rw_net_add_node (parser->net, layer, inputs, n_inputs, error)) {
    g_prefix_error (error, "net, line %d: ", parser->line);
    return FALSE;
  }
  RwNode *node = &parser->net->nodes[parser->net->n_nodes - 1];

  node->statement = parser->statement;
  node->repeated = parser->depth > 0;
  node->group = group;
  node->part = part_name;
  set_twin (parser, part);
  return TRUE;
}

/* Takes the second input out of @words: a name, or the net's input. */
static gboolean
find_inputs (const RwParser *parser,
             const RwLayerClass *class,
             char **words,
             int *inputs,
             int *n,
             GError **error)
{
  gpointer node;

  inputs[0] = parser->net->n_nodes - 1;
  *n = 1;
  if (class->flags & RW_LAYER_NET_INPUT)
    inputs[(*n)++] = 0;
  if (!(class->flags & RW_LAYER_NAMED_INPUT))
    return TRUE;
  if (!words[1])
    return rw_parser_fail (
        parser, error, "%s: needs the name of an earlier result", class->name);
  if (!g_hash_table_lookup_extended (parser->names, words[1], NULL, &node))
    return rw_parser_fail (parser, error,
                           "%s: no earlier result is called \"%s\"",
                           class->name, words[1]);
  inputs[(*n)++] = GPOINTER_TO_INT (node);
  for (words++; *words; words++)
    words[0] = words[1];
  return TRUE;
}

gboolean
rw_parser_add_words (RwParser *parser, char **words, int part, GError **error)
{
  const RwLayerClass *class = rw_layer_find (words[0]);
  int inputs[2], n_inputs;

  if (!class)
    return rw_parser_fail (parser, error,
                           "\"%s\" is no layer; \"reweave layers\" lists them",
                           words[0]);
  return find_inputs (parser, class, words, inputs, &n_inputs, error) &&
         rw_parser_add_layer (parser, words, inputs, n_inputs, part, NULL,
                              NULL, error);
}

gboolean
rw_parser_add_statement (RwParser *parser, char **words, GError **error)
{
  if (parser->net->n_nodes == 0) {
    if (strcmp (words[0], "input"))
      return rw_parser_fail (
          parser, error, "found \"%s\", wanted \"input\" and its planes first",
          words[0]);
    return add_input (parser, words + 1, error);
  }
  const int composite = rw_composite_find (words[0]);

  return composite >= 0
             ? rw_parser_add_composite (parser, composite, words, error)
             : rw_parser_add_words (parser, words, 0, error);
}
