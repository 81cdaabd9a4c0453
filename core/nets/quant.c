/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layers with numbers of 8 bits.
 */
#include "nets/quant.h"

#include <math.h>
#include <string.h>

#include "base/choice.h"
#include "nets/pack.h"
#include "reweave.h"

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
  /* each round would want a range of its own */
  if (node < 1 || net->nodes[node].repeated)
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

gboolean
rw_quant_check (const char *word, GError **error)
{
  static const char *const words[] = { "none", "int8", NULL };

  if (g_strv_contains (words, word))
    return TRUE;
  rw_choice_set_error (error, "quantise", word, words);
  return FALSE;
}

/* ---- as text ------------------------------------------------------------ */

char *
rw_quant_to_text (const RwQuant *quant)
{
  GString *text = g_string_new (NULL);

  for (int i = 1; i < quant->net->n_nodes; i++) {
    char scale[G_ASCII_DTOSTR_BUF_SIZE];

    if (!rw_quant_is_rounded (quant, i))
      continue;
    g_ascii_dtostr (scale, sizeof scale, (double) quant->nodes[i].input.scale);
    g_string_append_printf (text, "%s%s %s %d", text->len ? "; " : "",
                            quant->net->nodes[i].name, scale,
                            quant->nodes[i].input.zero);
  }
  return g_string_free (text, FALSE);
}

/* "conv2 0.0123 0" */
static gboolean
parse_entry (RwQuant *quant, const char *entry)
{
  g_auto (GStrv) words = g_strsplit (entry, " ", -1);
  guint64 zero;
  char *end;

  if (g_strv_length (words) != 3 ||
      !g_ascii_string_to_unsigned (words[2], 10, 0, 255, &zero, NULL))
    return FALSE;
  const float scale = (float) g_ascii_strtod (words[1], &end);
  if (*end || end == words[1] || !(scale >= 1e-30f && scale <= 1e30f))
    return FALSE;
  for (int i = 1; i < quant->net->n_nodes; i++)
    if (strcmp (quant->net->nodes[i].name, words[0]) == 0 &&
        rw_quant_fits (quant->net, i)) {
      quant->nodes[i].input = (RwInt8Scale){ scale, (int) zero };
      return TRUE;
    }
  return FALSE;
}

RwQuant *
rw_quant_parse (RwNet *net, const char *text, GError **error)
{
  g_autoptr (RwQuant) quant = rw_quant_new (net);
  g_auto (GStrv) entries = g_strsplit (text, "; ", -1);

  gboolean good = entries[0] != NULL;

  for (int i = 0; good && entries[i]; i++)
    good = parse_entry (quant, entries[i]);
  if (!good) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "\"%.60s\" are no scales of layers of the net, expected such "
                 "as \"conv2 0.0123 0\"; begin the training anew",
                 text);
    return NULL;
  }
  return g_steal_pointer (&quant);
}

gboolean
rw_quant_replace (RwQuant **quant,
                  RwNet *net,
                  const char *text,
                  GError **error)
{
  rw_quant_free (*quant);
  *quant = text ? rw_quant_parse (net, text, error) : NULL;
  return !text || *quant;
}

/* ---- weights ------------------------------------------------------------ */

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
