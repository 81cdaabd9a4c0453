/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * RW_RUN_TRAIN: a run of whole tensors, forward and backward.
 */
#include "nets/learn.h"
#include "nets/run.h"

typedef struct {
  RwRun base;
  RwLearn learn;
} LearnRun;

static RwLearn *
as_learn (const RwRun *run)
{
  g_assert (run->class == &rw_run_class_learn);
  return &((LearnRun *) run)->learn;
}

static void
begin (RwRun *run)
{
  rw_learn_begin (as_learn (run), run->net, run->workers);
}

static void
clear (RwRun *run)
{
  rw_learn_clear (as_learn (run));
}

/* ---- what is asked of it ----------------------------------------------- */

void
rw_run_keep (RwRun *run, int node)
{
  rw_learn_keep (as_learn (run), node);
  run->n = 0;
}

void
rw_run_want_input_grad (RwRun *run)
{
  rw_learn_want_input_grad (as_learn (run));
}

void
rw_run_freeze (RwRun *run, const gboolean *frozen)
{
  rw_learn_freeze (as_learn (run), frozen);
  run->n = 0;
}

void
rw_run_set_quant (RwRun *run, const RwQuant *quant)
{
  rw_learn_set_quant (as_learn (run), quant);
  run->n = 0;
}

void
rw_run_set_watch (RwRun *run, RwWatchFunc watch, gpointer data)
{
  RwLearn *learn = as_learn (run);

  learn->watch = watch;
  learn->watch_data = data;
}

void
rw_run_set_noise (RwRun *run, const guint64 *keys)
{
  as_learn (run)->noise = keys;
}

/* ---- the class --------------------------------------------------------- */

static gboolean
prepare (RwRun *run, int n, int height, int width, GError **error)
{
  return rw_learn_prepare (as_learn (run), n, height, width, error);
}

static gboolean
forward (RwRun *run, const RwPack *pack, int step)
{
  rw_learn_forward (as_learn (run), pack, run->probe, run->probe_data);
  return TRUE;
}

static void
backward (RwRun *run, const RwPack *pack, float *grads)
{
  rw_learn_backward (as_learn (run), pack, grads);
}

static float *
get_input (RwRun *run)
{
  return as_learn (run)->act[0];
}

static const float *
get_result (const RwRun *run, int node)
{
  const RwLearn *learn = as_learn (run);
  const gboolean lasts =
      node == 0 || node == rw_net_output_node (run->net) || learn->kept[node];

  return lasts ? learn->act[node] : NULL;
}

static float *
get_grad (const RwRun *run, int node)
{
  const RwLearn *learn = as_learn (run);
  const gboolean lasts =
      node == 0 || node == rw_net_output_node (run->net) || learn->kept[node];

  return lasts ? learn->grad[node] : NULL;
}

static const RwShape *
get_shapes (const RwRun *run)
{
  return as_learn (run)->shapes;
}

static gsize
get_bytes (const RwRun *run)
{
  const RwLearn *learn = as_learn (run);

  return (learn->arena_floats + learn->scratch_floats) * sizeof (float);
}

const RwRunClass rw_run_class_learn = {
  .name = "learn",
  .size = sizeof (LearnRun),
  .begin = begin,
  .clear = clear,
  .prepare = prepare,
  .forward = forward,
  .backward = backward,
  .get_input = get_input,
  .get_result = get_result,
  .get_grad = get_grad,
  .get_shapes = get_shapes,
  .get_bytes = get_bytes,
};
