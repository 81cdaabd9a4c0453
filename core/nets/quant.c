/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layers with numbers of 8 bits.
 */
#include "nets/quant.h"

#include <math.h>
#include <string.h>

#include "nets/pack.h"

RwQuant *
rw_quant_new (RwNet *net)
{
  RwQuant *quant = g_new0 (RwQuant, 1);

  quant->net = rw_net_ref (net);
  quant->nodes = g_new0 (RwQuantNode, net->n_nodes);
  for (int i = 1; i < net->n_nodes; i++) {
    quant->nodes[i].param = net->nodes[i].first_param;
    quant->nodes[i].n_outputs = net->nodes[i].shape.c;
  }
  return quant;
}

RwQuant *
rw_quant_dup (const RwQuant *quant)
{
  RwQuant *copy = rw_quant_new (quant->net);

  for (int i = 0; i < quant->net->n_nodes; i++) {
    const RwQuantNode *node = &quant->nodes[i];

    copy->nodes[i] = *node;
    if (node->weight_scales)
      copy->nodes[i].weight_scales = g_memdup2 (
          node->weight_scales, (gsize) node->n_outputs * sizeof (float));
  }
  return copy;
}

void
rw_quant_free (RwQuant *quant)
{
  if (!quant)
    return;
  for (int i = 0; i < quant->net->n_nodes; i++)
    g_free (quant->nodes[i].weight_scales);
  g_free (quant->nodes);
  rw_net_unref (quant->net);
  g_free (quant);
}

gboolean
rw_quant_fits (const RwNet *net, int node)
{
  if (node < 1)
    return FALSE;
  const RwLayer *layer = net->nodes[node].layer;

  return layer->class->int8 && layer->class->int8->fits (layer);
}

gboolean
rw_quant_is_rounded (const RwQuant *quant, int node)
{
  return quant->nodes[node].input.scale > 0;
}

int
rw_quant_count (const RwQuant *quant)
{
  int n = 0;

  for (int i = 0; i < quant->net->n_nodes; i++)
    n += rw_quant_is_rounded (quant, i);
  return n;
}

RwInt8Scale
rw_quant_scale (double low, double high)
{
  low = MIN (low, 0);
  high = MAX (high, 0);
  /* neither step nor its inverse may leave what floats hold */
  const double step = CLAMP ((high - low) / 255, 1e-30, 1e30);

  return (RwInt8Scale){ .scale = (float) step,
                        .zero = (int) CLAMP (rint (-low / step), 0, 255) };
}

/* out.stride scales of a rounded node, spare lanes 1. (transfer full) */
static float *
make_scales (const RwQuant *quant, int i, const float *weights)
{
  const RwLayer *layer = quant->net->nodes[i].layer;
  const RwQuantNode *node = &quant->nodes[i];
  float *scales = g_new (float, layer->out.stride);

  if (!node->weight_scales) {
    layer->class->int8->scales (layer, weights, scales);
    return scales;
  }
  memcpy (scales, node->weight_scales,
          (gsize) node->n_outputs * sizeof (float));
  for (int o = node->n_outputs; o < layer->out.stride; o++)
    scales[o] = 1;
  return scales;
}

void
rw_quant_fix_weights (RwQuant *quant, const float *params)
{
  for (int i = 1; i < quant->net->n_nodes; i++) {
    RwQuantNode *node = &quant->nodes[i];

    if (!rw_quant_is_rounded (quant, i) || node->weight_scales)
      continue;
    node->weight_scales =
        make_scales (quant, i, params + quant->net->params[node->param].inner);
  }
}

void
rw_quant_round_params (const RwQuant *quant, float *params)
{
  for (int i = 1; i < quant->net->n_nodes; i++) {
    if (!rw_quant_is_rounded (quant, i))
      continue;
    const RwLayer *layer = quant->net->nodes[i].layer;
    float *weights = params + quant->net->params[quant->nodes[i].param].inner;
    g_autofree float *scales = make_scales (quant, i, weights);

    layer->class->int8->round (layer, weights, scales);
  }
}

gsize
rw_quant_pack_size (const RwQuant *quant, int i)
{
  const RwLayer *layer = quant->net->nodes[i].layer;

  return (layer->class->int8->pack_size (layer) + 63) / 64 * 64;
}

const RwInt8Conv *
rw_quant_pack (const RwQuant *quant, int i, const float *params, void *memory)
{
  const RwLayer *layer = quant->net->nodes[i].layer;
  const float *weights =
      params + quant->net->params[quant->nodes[i].param].inner;
  g_autofree float *scales = make_scales (quant, i, weights);

  return layer->class->int8->pack (layer, memory, weights,
                                   &quant->nodes[i].input, scales);
}
