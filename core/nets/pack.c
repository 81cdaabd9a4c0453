/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Parameters in the form that the kernels want.
 */
#include "nets/pack.h"

#include "base/alloc.h"
#include "base/parallel.h"

RwPack *
rw_pack_new (RwNet *net, RwRunMode mode, GError **error)
{
  const RwPassKind kind =
      mode == RW_RUN_TRAIN ? RW_PASS_BOTH : RW_PASS_FORWARD;
  float *data = rw_try_alloc (MAX (net->pack_size[kind], 1), sizeof (float),
                              "a net's weights", error);

  if (!data)
    return NULL;
  RwPack *pack = g_new0 (RwPack, 1);

  pack->net = rw_net_ref (net);
  pack->kind = kind;
  pack->data = data;
  return pack;
}

void
rw_pack_free (RwPack *pack)
{
  if (!pack)
    return;
  rw_net_unref (pack->net);
  rw_free (pack->data);
  g_free (pack);
}

static void
param_pointers (const RwNet *net,
                const RwNode *node,
                const float *params,
                const float **pointers)
{
  for (int i = 0; i < node->n_params; i++)
    pointers[i] = params + net->params[node->first_param + i].inner;
}

static void
pack_node (int item, int worker, void *data)
{
  RwPack *pack = data;
  const RwNode *node = &pack->net->nodes[item + 1];
  const float *params[2] = { NULL };

  if (!node->layer->class->pack)
    return;
  param_pointers (pack->net, node, pack->params, params);
  node->layer->class->pack (node->layer, pack->kind,
                            pack->data + node->pack_offset[pack->kind],
                            params);
}

void
rw_pack_update (RwPack *pack, const float *params)
{
  pack->params = params;
  rw_parallel_for (pack->net->n_nodes - 1, pack_node, pack);
}

void
rw_pack_set_pass (const RwPack *pack, int i, RwPass *pass)
{
  const RwNode *node = &pack->net->nodes[i];

  pass->pack = pack->data + node->pack_offset[pack->kind];
  param_pointers (pack->net, node, pack->params, pass->params);
}
