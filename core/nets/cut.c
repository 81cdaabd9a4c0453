/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A part of a net as a net of its own.
 *
 *   input | conv1 | relu1 -> y | conv2 | shuffle1
 *   \_____________________/ \_____________________/
 *    cut (0, relu1)           cut (relu1, shuffle1): its input is y
 */
#include "nets/graph.h"

#include <string.h>

#include "reweave.h"

/* Which nodes the result of @last is made of, up to that of @first.  FALSE
 * with an error for a layer that reads something before it. */
static gboolean
find_members (
    const RwNet *net, int first, int last, gboolean *member, GError **error)
{
  member[first] = member[last] = TRUE;
  for (int i = last; i > first; i--) {
    const RwNode *node = &net->nodes[i];

    for (int k = 0; member[i] && k < node->n_inputs; k++) {
      const int from = node->inputs[k];

      member[from] = TRUE;
      if (from >= first)
        continue;
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "net: %s reads %s, which lies before the cut at %s, and a "
                   "part may read nothing before its input; cut where no skip "
                   "goes past, or leave it out of the text",
                   node->name, rw_net_get_node_name (net, from),
                   rw_net_get_node_name (net, first));
      return FALSE;
    }
  }
  return TRUE;
}

static RwNet *
begin (const RwNet *net, int first)
{
  RwNet *part = rw_net_new_like (net, &net->nodes[first].shape);

  if (first == 0) {
    memcpy (part->planes, net->planes, sizeof part->planes);
    part->n_planes = net->n_planes;
  }
  return part;
}

/* Of nodes with the same parameters the first in the part is the others' twin,
 * and has the name that the parameters have. */
static void
copy_names (const RwNet *net, int index, RwNet *part, int *twins)
{
  const RwNode *from = &net->nodes[index];
  RwNode *to = &part->nodes[part->n_nodes - 1];

  if (twins[from->twin] < 0)
    twins[from->twin] = part->n_nodes - 1;
  to->twin = twins[from->twin];
  g_free (to->name);
  to->name = g_strdup (
      net->nodes[to->twin == part->n_nodes - 1 ? from->twin : index].name);
}

static gboolean
add_node (const RwNet *net,
          int index,
          RwNet *part,
          const int *places,
          GError **error)
{
  const RwNode *node = &net->nodes[index];
  int inputs[2] = { 0 };

  for (int k = 0; k < node->n_inputs; k++)
    inputs[k] = places[node->inputs[k]];
  return rw_net_copy_node (part, node, inputs, error);
}

/* The part's input is found by the name that it has as a result. */
static void
copy_labels (const RwNet *net, int first, RwNet *part, const int *places)
{
  GHashTableIter iter;
  gpointer label, node;

  g_hash_table_insert (part->labels,
                       g_strdup (rw_net_get_node_name (net, first)),
                       GINT_TO_POINTER (0));
  g_hash_table_iter_init (&iter, net->labels);
  while (g_hash_table_iter_next (&iter, &label, &node)) {
    const int place = places[GPOINTER_TO_INT (node)];

    if (place >= 0)
      g_hash_table_insert (part->labels, g_strdup (label),
                           GINT_TO_POINTER (place));
  }
}

/* The whole net's flat array serves the part too. */
static void
share_layout (const RwNet *net, RwNet *part)
{
  for (int i = 0; i < part->n_params; i++)
    for (int k = 0; k < net->n_params; k++)
      if (strcmp (part->params[i].name, net->params[k].name) == 0)
        part->params[i].inner = net->params[k].inner;
  part->n_inner = net->n_inner;
}

RwNet *
rw_net_cut (RwNet *net, int first, int last, GError **error)
{
  g_autofree gboolean *member = g_new0 (gboolean, net->n_nodes);
  g_autofree int *places = g_new (int, net->n_nodes);
  g_autofree int *twins = g_new (int, net->n_nodes);

  if (last <= first) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "net: a part from %s to %s has no layer, expected one that "
                 "ends after it begins; name a later result as its end",
                 rw_net_get_node_name (net, first),
                 rw_net_get_node_name (net, last));
    return NULL;
  }
  if (!find_members (net, first, last, member, error))
    return NULL;
  g_autoptr (RwNet) part = begin (net, first);

  for (int i = 0; i < net->n_nodes; i++)
    places[i] = twins[i] = -1;
  places[first] = 0;
  for (int i = first + 1; i <= last; i++) {
    if (!member[i])
      continue;
    if (!add_node (net, i, part, places, error))
      return NULL;
    places[i] = part->n_nodes - 1;
    copy_names (net, i, part, twins);
  }
  copy_labels (net, first, part, places);
  if (!rw_net_finish (part, error))
    return NULL;
  share_layout (net, part);
  return g_steal_pointer (&part);
}
