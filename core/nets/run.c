/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A run: an inferring net's bands, or a training net's tensors.  After
 * rw_run_prepare nothing is allocated.
 */
#include "nets/infer/infer.h"
#include "nets/learn.h"
#include "reweave.h"

#include <string.h>

/* Low bands stay in the cache of a worker that is alone; what several share
 * has to be worth their meeting. */
static int
default_band (int workers)
{
  return workers == 1 ? 8 : MIN (64 * workers, 256);
}

struct RwRun {
  RwNet *net;
  RwRunMode mode;
  int workers;
  int n, height, width; /* prepared for; n 0: for nothing */
  RwWanted wanted;      /* of the result; width 0: all */
  RwSteps steps;
  int rows;      /* of a band, see rw_run_set_band */
  gboolean over; /* see rw_run_set_over */
  RwInfer infer;
  RwLearn learn;
  RwProbeFunc probe; /* or NULL */
  gpointer probe_data;
  RwStopFunc stop; /* or NULL */
  gpointer stop_data;
};

RwRun *
rw_run_new (RwNet *net, RwRunMode mode, int workers)
{
  RwRun *run = g_new0 (RwRun, 1);

  run->net = rw_net_ref (net);
  run->mode = mode;
  run->workers = workers;
  run->rows = default_band (workers);
  if (mode == RW_RUN_TRAIN)
    rw_learn_begin (&run->learn, net, workers);
  return run;
}

void
rw_run_free (RwRun *run)
{
  if (!run)
    return;
  rw_learn_clear (&run->learn);
  rw_infer_clear (&run->infer);
  rw_net_unref (run->net);
  g_free (run);
}

/* ---- preparing --------------------------------------------------------- */

static gboolean
check_size (const RwRun *run, int n, int height, int width, GError **error)
{
  const int align = run->net->align, limit = 1 << 20;
  g_autofree RwShape *shapes = g_new (RwShape, run->net->n_nodes);

  if (n < 1 || height < 1 || width < 1 || n > limit || height > limit ||
      width > limit) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "a batch of %d pictures of %d x %d, wanted 1 to %d of each",
                 n, width, height, limit);
    return FALSE;
  }
  rw_net_shapes (run->net, n, height, width, shapes);
  if (run->net->fixed && shapes[0].h < 1) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "a picture of %d x %d does not fit this net, which takes "
                 "%d x %d alone",
                 width, height, run->net->nominal_w, run->net->nominal_h);
    return FALSE;
  }
  for (int i = 0; i < run->net->n_nodes; i++)
    if (shapes[i].h < 1) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "a picture of %d x %d does not fit this net, whose sizes "
                   "are multiples of %d",
                   width, height, align);
      return FALSE;
    }
  return TRUE;
}

void
rw_run_set_wanted (RwRun *run, int x, int y, int width, int height)
{
  const RwWanted wanted = { x, y, width, height };

  if (memcmp (&run->wanted, &wanted, sizeof wanted) == 0)
    return;
  run->wanted = wanted;
  run->n = 0;
}

void
rw_run_set_band (RwRun *run, int rows)
{
  const int height = rows > 0 ? rows : default_band (run->workers);

  if (run->rows == height)
    return;
  run->rows = height;
  run->n = 0;
}

void
rw_run_set_steps (RwRun *run, const RwSteps *steps)
{
  const RwSteps wanted = steps ? *steps : (RwSteps){ 0 };

  if (memcmp (&run->steps, &wanted, sizeof wanted) == 0)
    return;
  run->steps = wanted;
  run->n = 0;
}

void
rw_run_set_over (RwRun *run)
{
  run->over = TRUE;
  run->n = 0;
}

static RwBandPlan *
make_plan (const RwRun *run, int height, int width, GError **error)
{
  const RwWanted all = { .width = G_MAXINT / 2, .height = G_MAXINT / 2 };

  return rw_band_plan_new (run->net, height, width,
                           run->wanted.width ? &run->wanted : &all,
                           &run->steps, run->rows, error);
}

static gboolean
prepare (RwRun *run, int n, int height, int width, GError **error)
{
  if (!check_size (run, n, height, width, error))
    return FALSE;
  if (run->mode == RW_RUN_TRAIN)
    return rw_learn_prepare (&run->learn, n, height, width, error);
  RwBandPlan *plan = make_plan (run, height, width, error);

  return plan && rw_infer_prepare (&run->infer, run->net, plan, n,
                                   run->workers, run->over, error);
}

gboolean
rw_run_prepare (RwRun *run, int n, int height, int width, GError **error)
{
  if (n > 0 && run->n == n && run->height == height && run->width == width)
    return TRUE;
  const gboolean done = prepare (run, n, height, width, error);

  run->n = done ? n : 0;
  run->height = height;
  run->width = width;
  return done;
}

gboolean
rw_run_predict (const RwRun *run,
                int n,
                int height,
                int width,
                RwRunBytes *bytes,
                GError **error)
{
  if (!check_size (run, n, height, width, error))
    return FALSE;
  RwBandPlan *plan = make_plan (run, height, width, error);

  if (!plan)
    return FALSE;
  rw_infer_add_bytes (run->net, plan, n, run->workers, run->over, bytes);
  rw_band_plan_free (plan);
  return TRUE;
}

gboolean
rw_run_reserve (RwRun *run, const RwRunBytes *bytes, GError **error)
{
  return rw_infer_reserve (&run->infer, bytes, error);
}

gsize
rw_run_get_bytes (const RwRun *run)
{
  const RwInfer *i = &run->infer;
  const RwLearn *l = &run->learn;

  return (i->input_floats + i->output_floats + i->arena_floats +
          i->scratch_floats + l->arena_floats + l->scratch_floats) *
         sizeof (float);
}

/* ---- buffers ----------------------------------------------------------- */

float *
rw_run_get_input (RwRun *run)
{
  return run->mode == RW_RUN_TRAIN ? run->learn.act[0] : run->infer.input;
}

const float *
rw_run_get_output (const RwRun *run)
{
  const int out = rw_net_output_node (run->net);

  if (run->mode == RW_RUN_TRAIN)
    return run->learn.act[out];
  return out == 0 || run->infer.over ? run->infer.input : run->infer.output;
}

float *
rw_run_get_spare (RwRun *run, gsize n_floats)
{
  return run->over && n_floats <= run->infer.arena_floats ? run->infer.arena
                                                          : NULL;
}

void
rw_run_get_output_size (const RwRun *run, int *height, int *width)
{
  const RwShape *shapes =
      run->mode == RW_RUN_TRAIN ? run->learn.shapes : run->infer.plan->shapes;

  *height = shapes[rw_net_output_node (run->net)].h;
  *width = shapes[rw_net_output_node (run->net)].w;
}

float *
rw_run_get_output_grad (RwRun *run)
{
  return run->learn.grad[rw_net_output_node (run->net)];
}

void
rw_run_want_input_grad (RwRun *run)
{
  rw_learn_want_input_grad (&run->learn);
}

const float *
rw_run_get_input_grad (const RwRun *run)
{
  return run->learn.grad[0];
}

void
rw_run_freeze (RwRun *run, const gboolean *frozen)
{
  rw_learn_freeze (&run->learn, frozen);
  run->n = 0;
}

void
rw_run_set_quant (RwRun *run, const RwQuant *quant)
{
  rw_learn_set_quant (&run->learn, quant);
  run->n = 0;
}

void
rw_run_set_watch (RwRun *run, RwWatchFunc watch, gpointer data)
{
  run->learn.watch = watch;
  run->learn.watch_data = data;
}

/* ---- running ----------------------------------------------------------- */

void
rw_run_set_probe (RwRun *run, RwProbeFunc probe, gpointer data)
{
  run->probe = probe;
  run->probe_data = data;
}

void
rw_run_set_stop (RwRun *run, RwStopFunc stop, gpointer data)
{
  run->stop = stop;
  run->stop_data = data;
}

void
rw_run_set_noise (RwRun *run, const guint64 *keys)
{
  run->learn.noise = keys;
}

gboolean
rw_run_forward_step (RwRun *run, const RwPack *pack, int step)
{
  return rw_infer_run (&run->infer, pack, step, run->workers, run->probe,
                       run->probe_data, run->stop, run->stop_data);
}

gboolean
rw_run_forward (RwRun *run, const RwPack *pack)
{
  if (run->mode == RW_RUN_INFER)
    return rw_run_forward_step (run, pack, 0);
  rw_learn_forward (&run->learn, pack, run->probe, run->probe_data);
  return TRUE;
}

void
rw_run_backward (RwRun *run, const RwPack *pack, float *grads)
{
  rw_learn_backward (&run->learn, pack, grads);
}
