/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Running a training net: an arena planned for a batch's size, whole tensors
 * forward and backward.
 */
#include "nets/learn.h"

#include <string.h>

#include "base/alloc.h"
#include "nets/plan.h"

/* ---- what the graph says ----------------------------------------------- */

static gboolean
is_trained (const RwLearn *run, const RwNode *node)
{
  for (int k = 0; k < node->n_params; k++)
    if (!run->frozen || !run->frozen[node->first_param + k])
      return TRUE;
  return FALSE;
}

static void
find_needs (RwLearn *run)
{
  const RwNet *net = run->net;

  run->needs_grad[0] = run->want_input_grad || run->kept[0];
  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];

    run->goes_back[i] = is_trained (run, node);
    for (int k = 0; k < node->n_inputs; k++)
      run->goes_back[i] |= run->needs_grad[node->inputs[k]];
    run->needs_grad[i] = run->goes_back[i] || run->kept[i];
  }
}

static void
find_fusions (RwLearn *run)
{
  const RwNet *net = run->net;

  memset (run->fused, 0, (gsize) net->n_nodes * sizeof *run->fused);
  for (int i = 1; i < net->n_nodes; i++) {
    const int from = net->nodes[i].inputs[0];

    if (run->owner[i] == i ||
        !(net->nodes[i].layer->class->flags & RW_LAYER_IS_RELU) ||
        !(net->nodes[from].layer->class->flags & RW_LAYER_FUSES))
      continue;
    run->fused[i] = run->fused[from] = TRUE;
  }
}

/* What is kept has memory of its own, value and gradient: no layer works in
 * place there, and none is done on the way of another. */
static void
find_memory (RwLearn *run)
{
  rw_plan_aliases (run->net, RW_RUN_TRAIN, run->kept, run->owner);
  find_fusions (run);
  find_needs (run);
}

void
rw_learn_begin (RwLearn *run, RwNet *net, int workers)
{
  run->net = net;
  run->workers = workers;
  run->shapes = g_new0 (RwShape, net->n_nodes);
  run->owner = g_new0 (int, net->n_nodes);
  run->kept = g_new0 (gboolean, net->n_nodes);
  run->needs_grad = g_new0 (gboolean, net->n_nodes);
  run->goes_back = g_new0 (gboolean, net->n_nodes);
  run->fused = g_new0 (gboolean, net->n_nodes);
  run->act = g_new0 (float *, net->n_nodes);
  run->grad = g_new0 (float *, net->n_nodes);
  run->rounded = g_new0 (float *, net->n_nodes);
  run->rounded_grad = g_new0 (float *, net->n_nodes);
  find_memory (run);
}

void
rw_learn_clear (RwLearn *run)
{
  g_free (run->shapes);
  g_free (run->owner);
  g_free (run->kept);
  g_free (run->needs_grad);
  g_free (run->goes_back);
  g_free (run->frozen);
  g_free (run->fused);
  g_free (run->act);
  g_free (run->grad);
  g_free (run->rounded);
  g_free (run->rounded_grad);
  rw_quant_free (run->quant);
  rw_free (run->arena);
  rw_free (run->scratch);
}

void
rw_learn_keep (RwLearn *run, int node)
{
  run->kept[node] = TRUE;
  find_memory (run);
}

void
rw_learn_want_input_grad (RwLearn *run)
{
  run->want_input_grad = TRUE;
  find_needs (run);
}

void
rw_learn_freeze (RwLearn *run, const gboolean *frozen)
{
  g_free (run->frozen);
  run->frozen =
      g_memdup2 (frozen, (gsize) run->net->n_params * sizeof *frozen);
  find_needs (run);
}

void
rw_learn_set_quant (RwLearn *run, const RwQuant *quant)
{
  rw_quant_free (run->quant);
  run->quant = quant ? rw_quant_dup (quant) : NULL;
}

static gboolean
rounds_input (const RwLearn *run, int node)
{
  return run->quant && rw_quant_is_rounded (run->quant, node);
}

/* ---- planning ---------------------------------------------------------- */

/* Steps: forward of node i is i, backward of node i is 2 n - 1 - i. */
static int
backward_step (const RwNet *net, int node)
{
  return 2 * net->n_nodes - 1 - node;
}

static void
extend (RwSlot *slot, int step)
{
  slot->first = MIN (slot->first, step);
  slot->last = MAX (slot->last, step);
}

static gboolean
reads_in_backward (const RwLearn *run, int node, RwLayerFlags what)
{
  return node > 0 && run->goes_back[node] &&
         run->net->nodes[node].layer->class->flags & what;
}

static void
plan_acts (const RwLearn *run, RwSlot *slots)
{
  const RwNet *net = run->net;
  const int out = rw_net_output_node (net);

  for (int i = 0; i < net->n_nodes; i++) {
    RwSlot *own = &slots[run->owner[i]];

    if (run->owner[i] == i)
      *own = (RwSlot){ .size = rw_shape_n_floats (&run->shapes[i]),
                       .first = i,
                       .last = i };
    extend (own, i);
    if (reads_in_backward (run, i, RW_LAYER_NEEDS_Y))
      extend (own, backward_step (net, i));
    for (int k = 0; i > 0 && k < net->nodes[i].n_inputs; k++) {
      RwSlot *in = &slots[run->owner[net->nodes[i].inputs[k]]];

      extend (in, i);
      if (reads_in_backward (run, i, RW_LAYER_NEEDS_X))
        extend (in, backward_step (net, i));
    }
  }
  extend (&slots[0], backward_step (net, 0)); /* the caller fills it once */
  extend (&slots[run->owner[out]], net->n_nodes);
  for (int i = 0; i < net->n_nodes; i++)
    if (run->kept[i])
      extend (&slots[i], 2 * net->n_nodes);
}

static void
plan_grads (const RwLearn *run, RwSlot *slots)
{
  const RwNet *net = run->net;
  const int out = rw_net_output_node (net);

  for (int i = 0; i < net->n_nodes; i++)
    if (run->owner[i] == i && run->needs_grad[i])
      slots[i] = (RwSlot){
        .size = rw_shape_n_floats (&run->shapes[i]),
        .first = backward_step (net, i),
        .last = backward_step (net, i),
      };
  for (int i = 1; i < net->n_nodes; i++)
    for (int k = 0; k < net->nodes[i].n_inputs; k++)
      extend (&slots[run->owner[net->nodes[i].inputs[k]]],
              backward_step (net, i));
  extend (&slots[run->owner[out]], net->n_nodes - 1);
  if (run->want_input_grad)
    extend (&slots[0], 2 * net->n_nodes);
  for (int i = 0; i < net->n_nodes; i++)
    if (run->kept[i]) {
      extend (&slots[i], net->n_nodes - 1); /* the caller may fill it */
      extend (&slots[i], 2 * net->n_nodes);
    }
}

/* The rounded inputs, and their gradients for as long as it takes to hand
 * them on. */
static void
plan_rounded (const RwLearn *run, RwSlot *rounded, RwSlot *grads)
{
  const RwNet *net = run->net;

  for (int i = 1; i < net->n_nodes; i++) {
    if (!rounds_input (run, i))
      continue;
    const int from = net->nodes[i].inputs[0], back = backward_step (net, i);
    const gsize size = rw_shape_n_floats (&run->shapes[from]);

    rounded[i] = (RwSlot){ .size = size,
                           .first = i,
                           .last = run->goes_back[i] ? back : i };
    if (run->needs_grad[from])
      grads[i] = (RwSlot){ .size = size, .first = back, .last = back };
  }
}

static void
fill_pass (const RwLearn *run, int i, RwPass *pass)
{
  const RwNode *node = &run->net->nodes[i];

  memset (pass, 0, sizeof *pass);
  pass->out = run->shapes[i];
  pass->y = run->act[i];
  pass->dy = run->grad[i];
  for (int k = 0; k < node->n_inputs; k++) {
    pass->in[k] = run->shapes[node->inputs[k]];
    pass->x[k] = run->act[node->inputs[k]];
    pass->dx[k] = run->grad[node->inputs[k]];
  }
  pass->scratch = run->scratch;
  pass->scratch_stride = run->scratch_stride;
  pass->workers = run->workers;
  pass->fused_relu = run->fused[i];
  pass->node = i;
  pass->noise = run->noise;
  rw_pass_whole (pass);
}

static gsize
scratch_stride (const RwLearn *run)
{
  gsize most = 16;

  for (int i = 1; i < run->net->n_nodes; i++) {
    const RwLayer *layer = run->net->nodes[i].layer;
    RwPass pass;

    fill_pass (run, i, &pass);
    if (layer->class->scratch)
      most = MAX (most, layer->class->scratch (layer, &pass, RW_PASS_BOTH));
  }
  return (most + 31) / 16 * 16;
}

/* Makes *memory at least @floats long; keeps it where it is long enough. */
static gboolean
reserve (float **memory,
         gsize *have,
         gsize floats,
         const char *what,
         GError **error)
{
  if (floats <= *have)
    return TRUE;
  rw_free (*memory);
  *have = 0;
  *memory = rw_try_alloc (floats, sizeof (float), what, error);
  if (*memory)
    *have = floats;
  return *memory != NULL;
}

static float *
place (const RwLearn *run, const RwSlot *slot)
{
  return slot->size ? run->arena + slot->offset : NULL;
}

/* @slots: by node, those of plan_acts, plan_grads and plan_rounded. */
static gboolean
allocate (RwLearn *run, RwSlot *slots, GError **error)
{
  const int n = run->net->n_nodes;
  const RwSlot *acts = slots, *grads = slots + n;
  const gsize floats = rw_plan_slots (slots, 4 * n);

  run->scratch_stride = scratch_stride (run);
  if (!reserve (&run->arena, &run->arena_floats, floats, "a net's buffers",
                error) ||
      !reserve (&run->scratch, &run->scratch_floats,
                run->scratch_stride * (gsize) run->workers,
                "a net's scratch memory", error))
    return FALSE;
  for (int i = 0; i < n; i++) {
    const int o = run->owner[i];

    run->act[i] = run->arena + acts[o].offset;
    run->grad[i] = run->needs_grad[i] ? place (run, &grads[o]) : NULL;
    run->rounded[i] = place (run, &slots[2 * n + i]);
    run->rounded_grad[i] = place (run, &slots[3 * n + i]);
  }
  memset (run->act[0], 0,
          rw_shape_n_floats (&run->shapes[0]) * sizeof (float));
  return TRUE;
}

gboolean
rw_learn_prepare (RwLearn *run, int n, int height, int width, GError **error)
{
  const int n_nodes = run->net->n_nodes;
  g_autofree RwSlot *slots = g_new0 (RwSlot, 4 * n_nodes);

  rw_net_shapes (run->net, n, height, width, run->shapes);
  plan_acts (run, slots);
  plan_grads (run, slots + n_nodes);
  plan_rounded (run, slots + 2 * n_nodes, slots + 3 * n_nodes);
  return allocate (run, slots, error);
}

/* ---- forward and backward ---------------------------------------------- */

static void
show_input (const RwLearn *run, int i, const RwPass *pass)
{
  if (run->watch && rw_quant_fits (run->net, i))
    run->watch (run->watch_data, i, pass->x[0],
                rw_shape_n_pixels (&pass->in[0]), pass->in[0].c,
                pass->in[0].stride);
}

/* Puts the rounded input in the place of the input. */
static void
round_input (const RwLearn *run, const RwPack *pack, int i, RwPass *pass)
{
  if (!run->rounded[i])
    return;
  rw_int8_kernels ()->round (run->rounded[i], pass->x[0],
                             rw_shape_n_floats (&pass->in[0]),
                             &pack->quant->nodes[i].input);
  pass->x[0] = run->rounded[i];
}

/* Readers of a kept result add to what the caller puts there meanwhile. */
static void
clear_kept_grads (const RwLearn *run)
{
  for (int i = 0; i < run->net->n_nodes; i++)
    if (run->kept[i])
      memset (run->grad[i], 0,
              rw_shape_n_floats (&run->shapes[i]) * sizeof (float));
}

void
rw_learn_forward (RwLearn *run,
                  const RwPack *pack,
                  RwProbeFunc probe,
                  gpointer probe_data)
{
  const RwNet *net = run->net;

  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];
    RwPass pass;

    if (run->fused[i] && node->layer->class->flags & RW_LAYER_IS_RELU)
      continue;
    fill_pass (run, i, &pass);
    rw_pack_set_pass (pack, i, &pass);
    show_input (run, i, &pass);
    if (probe)
      probe (probe_data, i, -1, TRUE);
    round_input (run, pack, i, &pass);
    node->layer->class->forward (node->layer, &pass);
    if (probe)
      probe (probe_data, i, -1, FALSE);
  }
  clear_kept_grads (run);
}

/* Whether dx of input k of node i finds something there to add to: a reader of
 * the same result that comes later in the text has been here before, or the
 * caller. */
static gboolean
has_grad (const RwLearn *run, int i, int k)
{
  const RwNet *net = run->net;
  const RwNode *node = &net->nodes[i];
  const int from = node->inputs[k];

  if (k == 0 && node->n_inputs == 2 && node->inputs[1] == from)
    return TRUE;
  if (from == rw_net_output_node (net) || run->kept[from])
    return TRUE;
  for (int later = i + 1; later < net->n_nodes; later++)
    for (int j = 0; j < net->nodes[later].n_inputs; j++)
      if (net->nodes[later].inputs[j] == from)
        return TRUE;
  return FALSE;
}

/* The layer saw its input rounded; the gradient passes where that was not
 * clamped. */
static void
backward_rounded (const RwLearn *run, const RwPack *pack, int i, RwPass *pass)
{
  const RwLayer *layer = run->net->nodes[i].layer;
  RwPass seen = *pass;

  seen.x[0] = run->rounded[i];
  seen.dx[0] = run->rounded_grad[i];
  seen.dx_add[0] = FALSE;
  layer->class->backward (layer, &seen);
  if (pass->dx[0])
    rw_int8_kernels ()->round_grad (
        pass->dx[0], seen.dx[0], pass->x[0], rw_shape_n_floats (&pass->in[0]),
        &pack->quant->nodes[i].input, pass->dx_add[0]);
}

void
rw_learn_backward (RwLearn *run, const RwPack *pack, float *grads)
{
  const RwNet *net = run->net;

  for (int i = net->n_nodes - 1; i > 0; i--) {
    const RwNode *node = &net->nodes[i];
    RwPass pass;

    if (!run->goes_back[i])
      continue;
    fill_pass (run, i, &pass);
    rw_pack_set_pass (pack, i, &pass);
    for (int k = 0; k < node->n_params; k++)
      pass.grads[k] = grads + net->params[node->first_param + k].inner;
    for (int k = 0; k < node->n_inputs; k++)
      pass.dx_add[k] = has_grad (run, i, k);
    if (run->rounded[i])
      backward_rounded (run, pack, i, &pass);
    else
      node->layer->class->backward (node->layer, &pass);
  }
}
