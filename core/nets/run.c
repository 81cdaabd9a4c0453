/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Running a net: kernel-ready parameters, an arena planned for a batch's size,
 * forward, backward.  After rw_run_prepare nothing is allocated.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "nets/plan.h"
#include "reweave.h"

/* ---- packs
 * ------------------------------------------------------------------- */

struct RwPack {
  RwNet *net;
  RwPassKind kind;
  const float *params; /* of the last update; the caller's */
  float *data;
};

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

/* ---- runs
 * -------------------------------------------------------------------- */

struct RwRun {
  RwNet *net;
  RwRunMode mode;
  int workers;
  gboolean want_input_grad;
  RwShape *shapes;      /* by node */
  int *owner;           /* whose memory a result is in */
  gboolean *needs_grad; /* by node */
  gboolean *fused; /* conv: does the following relu's work; relu: is done */
  float **act, **grad; /* by node; grad NULL where not needed */
  float *arena, *scratch;
  gsize arena_floats, scratch_stride, scratch_floats;
  RwProbeFunc probe; /* or NULL */
  gpointer probe_data;
};

static void
find_needs (RwRun *run)
{
  const RwNet *net = run->net;

  run->needs_grad[0] = run->want_input_grad;
  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];

    run->needs_grad[i] = node->n_params > 0;
    for (int k = 0; k < node->n_inputs; k++)
      run->needs_grad[i] |= run->needs_grad[node->inputs[k]];
  }
}

static void
find_fusions (RwRun *run)
{
  const RwNet *net = run->net;

  for (int i = 1; i < net->n_nodes; i++) {
    const int from = net->nodes[i].inputs[0];

    if (run->owner[i] == i ||
        !(net->nodes[i].layer->class->flags & RW_LAYER_IS_RELU) ||
        !(net->nodes[from].layer->class->flags & RW_LAYER_FUSES_RELU))
      continue;
    run->fused[i] = run->fused[from] = TRUE;
  }
}

RwRun *
rw_run_new (RwNet *net, RwRunMode mode, int workers)
{
  RwRun *run = g_new0 (RwRun, 1);

  run->net = rw_net_ref (net);
  run->mode = mode;
  run->workers = workers;
  run->shapes = g_new0 (RwShape, net->n_nodes);
  run->owner = g_new0 (int, net->n_nodes);
  run->needs_grad = g_new0 (gboolean, net->n_nodes);
  run->fused = g_new0 (gboolean, net->n_nodes);
  run->act = g_new0 (float *, net->n_nodes);
  run->grad = g_new0 (float *, net->n_nodes);
  rw_plan_aliases (net, mode, run->owner);
  find_fusions (run);
  find_needs (run);
  return run;
}

void
rw_run_free (RwRun *run)
{
  if (!run)
    return;
  rw_net_unref (run->net);
  g_free (run->shapes);
  g_free (run->owner);
  g_free (run->needs_grad);
  g_free (run->fused);
  g_free (run->act);
  g_free (run->grad);
  rw_free (run->arena);
  rw_free (run->scratch);
  g_free (run);
}

void
rw_run_want_input_grad (RwRun *run)
{
  run->want_input_grad = TRUE;
  find_needs (run);
}

/* ---- planning
 * ------------------------------------------------------------------ */

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
reads_in_backward (const RwRun *run, int node, RwLayerFlags what)
{
  return run->mode == RW_RUN_TRAIN && run->needs_grad[node] && node > 0 &&
         run->net->nodes[node].layer->class->flags & what;
}

static void
plan_acts (const RwRun *run, RwSlot *slots)
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
}

static void
plan_grads (const RwRun *run, RwSlot *slots)
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
}

static void
fill_pass (const RwRun *run, int i, RwPass *pass)
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
}

static gsize
scratch_stride (const RwRun *run)
{
  const RwPassKind kind =
      run->mode == RW_RUN_TRAIN ? RW_PASS_BOTH : RW_PASS_FORWARD;
  gsize most = 16;

  for (int i = 1; i < run->net->n_nodes; i++) {
    const RwLayer *layer = run->net->nodes[i].layer;
    RwPass pass;

    fill_pass (run, i, &pass);
    if (layer->class->scratch)
      most = MAX (most, layer->class->scratch (layer, &pass, kind));
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

static gboolean
check_size (const RwRun *run, int n, int height, int width, GError **error)
{
  const int align = run->net->align, limit = 1 << 20;

  if (n < 1 || height < 1 || width < 1 || n > limit || height > limit ||
      width > limit) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "a batch of %d pictures of %d x %d, wanted 1 to %d of each",
                 n, width, height, limit);
    return FALSE;
  }
  rw_net_shapes (run->net, n, height, width, run->shapes);
  for (int i = 0; i < run->net->n_nodes; i++)
    if (run->shapes[i].h < 1) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "a picture of %d x %d does not fit this net, whose sizes "
                   "are multiples of %d",
                   width, height, align);
      return FALSE;
    }
  return TRUE;
}

static gboolean
allocate (RwRun *run, RwSlot *acts, RwSlot *grads, GError **error)
{
  const int n = run->net->n_nodes;
  const gsize floats = rw_plan_slots (acts, 2 * n);

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
    run->grad[i] = grads[o].size && run->needs_grad[i]
                       ? run->arena + grads[o].offset
                       : NULL;
  }
  memset (run->act[0], 0,
          rw_shape_n_floats (&run->shapes[0]) * sizeof (float));
  return TRUE;
}

gboolean
rw_run_prepare (RwRun *run, int n, int height, int width, GError **error)
{
  const RwShape *now = &run->shapes[0];

  if (run->arena && now->n == n && now->h == height && now->w == width)
    return TRUE;
  if (!check_size (run, n, height, width, error)) {
    run->shapes[0].n = 0;
    return FALSE;
  }
  g_autofree RwSlot *slots = g_new0 (RwSlot, 2 * run->net->n_nodes);

  plan_acts (run, slots);
  if (run->mode == RW_RUN_TRAIN)
    plan_grads (run, slots + run->net->n_nodes);
  if (allocate (run, slots, slots + run->net->n_nodes, error))
    return TRUE;
  run->shapes[0].n = 0;
  return FALSE;
}

gsize
rw_run_get_bytes (const RwRun *run)
{
  return (run->arena_floats + run->scratch_floats) * sizeof (float);
}

float *
rw_run_get_input (RwRun *run)
{
  return run->act[0];
}

const float *
rw_run_get_output (const RwRun *run)
{
  return run->act[rw_net_output_node (run->net)];
}

void
rw_run_get_output_size (const RwRun *run, int *height, int *width)
{
  const RwShape *out = &run->shapes[rw_net_output_node (run->net)];

  *height = out->h;
  *width = out->w;
}

float *
rw_run_get_output_grad (RwRun *run)
{
  return run->grad[rw_net_output_node (run->net)];
}

const float *
rw_run_get_input_grad (const RwRun *run)
{
  return run->grad[0];
}

/* ---- forward and backward
 * -------------------------------------------------------- */

void
rw_run_set_probe (RwRun *run, RwProbeFunc probe, gpointer data)
{
  run->probe = probe;
  run->probe_data = data;
}

void
rw_run_forward (RwRun *run, const RwPack *pack)
{
  const RwNet *net = run->net;

  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];
    RwPass pass;

    if (run->fused[i] && node->layer->class->flags & RW_LAYER_IS_RELU)
      continue;
    fill_pass (run, i, &pass);
    pass.pack = pack->data + node->pack_offset[pack->kind];
    param_pointers (net, node, pack->params, pass.params);
    if (run->probe)
      run->probe (run->probe_data, i, -1, TRUE);
    node->layer->class->forward (node->layer, &pass);
    if (run->probe)
      run->probe (run->probe_data, i, -1, FALSE);
  }
}

/* Whether dx of input k of node i finds something there to add to: a reader of
 * the same result that comes later in the text has been here before. */
static gboolean
has_grad (const RwNet *net, int i, int k)
{
  const RwNode *node = &net->nodes[i];
  const int from = node->inputs[k];

  if (k == 0 && node->n_inputs == 2 && node->inputs[1] == from)
    return TRUE;
  if (from == rw_net_output_node (net))
    return TRUE;
  for (int later = i + 1; later < net->n_nodes; later++)
    for (int j = 0; j < net->nodes[later].n_inputs; j++)
      if (net->nodes[later].inputs[j] == from)
        return TRUE;
  return FALSE;
}

void
rw_run_backward (RwRun *run, const RwPack *pack, float *grads)
{
  const RwNet *net = run->net;

  for (int i = net->n_nodes - 1; i > 0; i--) {
    const RwNode *node = &net->nodes[i];
    RwPass pass;

    if (!run->needs_grad[i])
      continue;
    fill_pass (run, i, &pass);
    pass.pack = pack->data + node->pack_offset[pack->kind];
    param_pointers (net, node, pack->params, pass.params);
    for (int k = 0; k < node->n_params; k++)
      pass.grads[k] = grads + net->params[node->first_param + k].inner;
    for (int k = 0; k < node->n_inputs; k++)
      pass.dx_add[k] = has_grad (net, i, k);
    node->layer->class->backward (node->layer, &pass);
  }
}
