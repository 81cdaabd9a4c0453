/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finds which layers other layers can do at the same time.
 */
#include "nets/infer/stages.h"

#include <string.h>

#include "layers/conv/tiles.h"

static gboolean
has_flag (const RwNet *net, int node, RwLayerFlags flag)
{
  return node > 0 && (net->nodes[node].layer->class->flags & flag);
}

/* nobody but one other node reads it */
static gboolean
is_private (const RwNet *net, int node)
{
  return node > 0 && net->nodes[node].n_users == 1;
}

static gboolean
has_full_lanes (const RwShape *shape)
{
  return shape->stride % 16 == 0;
}

static gboolean
repeats (const RwNet *net, int node)
{
  const RwLayer *layer = net->nodes[node].layer;

  return layer->class->repeats && layer->class->repeats (layer);
}

static gboolean
doubles (const RwNet *net, int node)
{
  return is_private (net, node) && repeats (net, node) &&
         net->nodes[node].shape.h ==
             2 * net->nodes[net->nodes[node].inputs[0]].shape.h &&
         has_full_lanes (&net->nodes[node].shape);
}

static gboolean
joins (const RwNet *net, int node)
{
  if (!is_private (net, node) || !has_flag (net, node, RW_LAYER_JOINS))
    return FALSE;
  const RwLayer *layer = net->nodes[node].layer;

  return layer->in[0].c % 16 == 0 && has_full_lanes (&layer->in[1]);
}

/* Takes the layers in front of a convolution that can read through them. */
static void
take_sources (const RwNet *net, RwStage *stage, gboolean *done)
{
  const RwLayer *layer = net->nodes[stage->node].layer;

  if (!layer->class->reads_sources || !layer->class->reads_sources (layer))
    return;
  if (joins (net, stage->sources[0])) {
    const RwNode *join = &net->nodes[stage->sources[0]];

    done[stage->sources[0]] = TRUE;
    memcpy (stage->sources, join->inputs, sizeof stage->sources);
    stage->n_sources = 2;
    stage->joined = TRUE;
  }
  if (doubles (net, stage->sources[0])) {
    done[stage->sources[0]] = TRUE;
    stage->sources[0] = net->nodes[stage->sources[0]].inputs[0];
    stage->upsampled = TRUE;
  }
}

/* The node that reads @node as its first input, when nobody else does. */
static int
only_reader (const RwNet *net, int node)
{
  if (!is_private (net, node))
    return -1;
  for (int i = node + 1; i < net->n_nodes; i++)
    if (net->nodes[i].inputs[0] == node)
      return i;
  return -1;
}

/* Takes an addition and a relu behind a convolution. */
static void
take_readers (const RwNet *net, RwStage *stage, gboolean *done)
{
  if (!has_flag (net, stage->node, RW_LAYER_FUSES))
    return;
  int next = only_reader (net, stage->result);

  if (next > 0 && has_flag (net, next, RW_LAYER_IS_ADD)) {
    stage->addend = net->nodes[next].inputs[1];
    stage->result = next;
    done[next] = TRUE;
    next = only_reader (net, stage->result);
  }
  if (next > 0 && has_flag (net, next, RW_LAYER_IS_RELU)) {
    stage->relu = TRUE;
    stage->result = next;
    done[next] = TRUE;
  }
}

int
rw_stages_find (const RwNet *net, RwStage *stages)
{
  g_autofree gboolean *done = g_new0 (gboolean, net->n_nodes);
  int n = 0;

  for (int i = net->n_nodes - 1; i > 0; i--) {
    RwStage *s = &stages[i];

    *s = (RwStage){
      .node = i, .result = i, .n_sources = net->nodes[i].n_inputs, .addend = -1
    };
    memcpy (s->sources, net->nodes[i].inputs, sizeof s->sources);
    if (!done[i])
      take_sources (net, s, done);
  }
  for (int i = 1; i < net->n_nodes; i++) {
    if (done[i])
      continue;
    take_readers (net, &stages[i], done);
    stages[n++] = stages[i];
  }
  return n;
}

static int
round_down (int a, int b)
{
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

void
rw_stage_window (const RwNet *net,
                 const RwStage *stage,
                 int k,
                 int first,
                 int end,
                 int *in_first,
                 int *in_end)
{
  const RwWindow w = rw_layer_get_window (net->nodes[stage->node].layer);
  const int half = stage->upsampled && k == 0 ? 2 : 1;

  *in_first =
      round_down (round_down (first * w.multiply, w.divide) - w.before, half);
  *in_end =
      -round_down (round_down (-end * w.multiply, w.divide) - w.after, half);
}

int
rw_stage_unit (const RwNet *net, const RwStage *stage)
{
  return RW_TILE * rw_layer_get_window (net->nodes[stage->node].layer).divide;
}
