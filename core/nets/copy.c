/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Nets that are made of another one's nodes.
 */
#include "nets/graph.h"

RwNet *
rw_net_new_like (const RwNet *net, const RwShape *shape)
{
  RwNet *like = g_new0 (RwNet, 1);

  g_atomic_ref_count_init (&like->refs);
  like->text = g_strdup (net->text);
  like->labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  like->fixed = net->fixed;
  like->nominal_h = net->fixed ? shape->h : net->nominal_h;
  like->nominal_w = net->fixed ? shape->w : net->nominal_w;
  like->nodes = g_new0 (RwNode, 1);
  like->nodes[0].shape = *shape;
  rw_shape_set (&like->nodes[0].shape, like->nominal_h, like->nominal_w,
                shape->c);
  like->n_nodes = 1;
  return like;
}

gboolean
rw_net_copy_node (RwNet *net,
                  const RwNode *node,
                  const int *inputs,
                  GError **error)
{
  RwLayer *layer = g_memdup2 (node->layer, node->layer->class->size);

  if (!rw_net_add_node (net, layer, inputs, node->n_inputs, error))
    return FALSE;
  RwNode *copy = &net->nodes[net->n_nodes - 1];

  copy->repeated = node->repeated;
  copy->statement = node->statement;
  copy->group = node->group;
  copy->part = node->part;
  return TRUE;
}
