/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The narrowest place of a net: the fewest values that all it gives is made
 * of.  It lies behind a node that no later one reads past.
 */
#include "nets/graph.h"

/* Whether all later nodes depend on the input only through node @i. */
static gboolean
is_passage (const RwNet *net, int i)
{
  for (int j = i + 1; j < net->n_nodes; j++)
    for (int k = 0; k < net->nodes[j].n_inputs; k++)
      if (net->nodes[j].inputs[k] < i)
        return FALSE;
  return TRUE;
}

gsize
rw_net_get_bottleneck (const RwNet *net, int height, int width)
{
  g_autofree RwShape *shapes = g_new0 (RwShape, (gsize) net->n_nodes);
  gsize least = G_MAXSIZE;

  rw_net_shapes (net, 1, height, width, shapes);
  for (int i = 0; i < net->n_nodes; i++) {
    const gsize n =
        (gsize) shapes[i].h * (gsize) shapes[i].w * (gsize) shapes[i].c;
    if (n < least && is_passage (net, i))
      least = n;
  }
  return least;
}
