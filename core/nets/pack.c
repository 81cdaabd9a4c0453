/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Parameters in the form that the kernels want.
 */
#include "nets/pack.h"

#include "base/alloc.h"
#include "base/parallel.h"

#include <string.h>

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

static void
clear_quant (RwPack *pack)
{
  g_clear_pointer (&pack->quant, rw_quant_free);
  g_clear_pointer (&pack->rounded, rw_free);
  g_clear_pointer (&pack->int8_data, rw_free);
  g_clear_pointer (&pack->int8_offset, g_free);
  g_clear_pointer (&pack->int8, g_free);
}

/* Room for the rounded layers in whole numbers. */
static gboolean
reserve_int8 (RwPack *pack, GError **error)
{
  gsize n_bytes = 64;

  pack->int8_offset = g_new0 (gsize, pack->net->n_nodes);
  pack->int8 = g_new0 (const RwInt8Conv *, pack->net->n_nodes);
  for (int i = 1; i < pack->net->n_nodes; i++) {
    pack->int8_offset[i] = n_bytes;
    if (rw_quant_is_rounded (pack->quant, i))
      n_bytes += rw_quant_pack_size (pack->quant, i);
  }
  pack->int8_data = rw_try_alloc (n_bytes, 1, "a net's weights", error);
  return pack->int8_data != NULL;
}

gboolean
rw_pack_set_quant (RwPack *pack, const RwQuant *quant, GError **error)
{
  clear_quant (pack);
  pack->quant = rw_quant_dup (quant);
  if (pack->kind == RW_PASS_FORWARD)
    return reserve_int8 (pack, error);
  pack->rounded = rw_try_alloc (MAX (pack->net->n_inner, 1), sizeof (float),
                                "a net's rounded weights", error);
  return pack->rounded != NULL;
}

void
rw_pack_free (RwPack *pack)
{
  if (!pack)
    return;
  clear_quant (pack);
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

  if (pack->int8 && rw_quant_is_rounded (pack->quant, item + 1)) {
    pack->int8[item + 1] =
        rw_quant_pack (pack->quant, item + 1, pack->params,
                       pack->int8_data + pack->int8_offset[item + 1]);
    return;
  }
  if (!node->layer->class->pack || node->twin != item + 1)
    return;
  param_pointers (pack->net, node, pack->params, params);
  node->layer->class->pack (node->layer, pack->kind,
                            pack->data + node->pack_offset[pack->kind],
                            params);
}

void
rw_pack_update (RwPack *pack, const float *params)
{
  if (pack->rounded) {
    memcpy (pack->rounded, params, pack->net->n_inner * sizeof (float));
    rw_quant_round_params (pack->quant, pack->rounded);
  }
  pack->params = pack->rounded ? pack->rounded : params;
  rw_parallel_for (pack->net->n_nodes - 1, pack_node, pack);
}

void
rw_pack_set_pass (const RwPack *pack, int i, RwPass *pass)
{
  const RwNode *node = &pack->net->nodes[i];

  pass->pack = pack->data + node->pack_offset[pack->kind];
  pass->int8 = pack->int8 ? pack->int8[i] : NULL;
  param_pointers (pack->net, node, pack->params, pass->params);
}
