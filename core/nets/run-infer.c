/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * RW_RUN_INFER: a run that goes through the net in bands.
 */
#include "nets/infer/infer.h"
#include "nets/run.h"
#include "reweave.h"

#include <string.h>

typedef struct {
  RwRun base;
  RwInfer infer;
  RwWanted wanted; /* of the result; width 0: all */
  RwSteps steps;
  int rows;      /* of a band, see rw_run_set_band */
  gboolean over; /* see rw_run_set_over */
} InferRun;

static InferRun *
as_infer (const RwRun *run)
{
  g_assert (run->class == &rw_run_class_infer);
  return (InferRun *) run;
}

/* Low bands stay in the cache of a worker without others; what several share
 * has to be worth their meeting. */
static int
default_band (int workers)
{
  return workers == 1 ? 8 : MIN (64 * workers, 256);
}

static void
begin (RwRun *run)
{
  as_infer (run)->rows = default_band (run->workers);
}

static void
clear (RwRun *run)
{
  rw_infer_clear (&as_infer (run)->infer);
}

/* ---- what is asked of it ----------------------------------------------- */

void
rw_run_set_wanted (RwRun *run, int x, int y, int width, int height)
{
  InferRun *self = as_infer (run);
  const RwWanted wanted = { x, y, width, height };

  if (memcmp (&self->wanted, &wanted, sizeof wanted) == 0)
    return;
  self->wanted = wanted;
  run->n = 0;
}

void
rw_run_set_band (RwRun *run, int rows)
{
  InferRun *self = as_infer (run);
  const int height = rows > 0 ? rows : default_band (run->workers);

  if (self->rows == height)
    return;
  self->rows = height;
  run->n = 0;
}

void
rw_run_set_steps (RwRun *run, const RwSteps *steps)
{
  InferRun *self = as_infer (run);
  const RwSteps wanted = steps != NULL ? *steps : (RwSteps){ 0 };

  if (memcmp (&self->steps, &wanted, sizeof wanted) == 0)
    return;
  self->steps = wanted;
  run->n = 0;
}

void
rw_run_set_over (RwRun *run)
{
  as_infer (run)->over = TRUE;
  run->n = 0;
}

/* ---- memory ------------------------------------------------------------ */

static RwBandPlan *
make_plan (const InferRun *self, int height, int width, GError **error)
{
  const RwWanted all = { .width = G_MAXINT / 2, .height = G_MAXINT / 2 };

  return rw_band_plan_new (self->base.net, height, width,
                           self->wanted.width > 0 ? &self->wanted : &all,
                           &self->steps, self->rows, error);
}

static gboolean
prepare (RwRun *run, int n, int height, int width, GError **error)
{
  InferRun *self = as_infer (run);
  RwBandPlan *plan = make_plan (self, height, width, error);

  return plan != NULL && rw_infer_prepare (&self->infer, run->net, plan, n,
                                           run->workers, self->over, error);
}

gboolean
rw_run_predict (const RwRun *run,
                int n,
                int height,
                int width,
                RwRunBytes *bytes,
                GError **error)
{
  const InferRun *self = as_infer (run);

  if (!rw_run_check_size (run, n, height, width, error))
    return FALSE;
  RwBandPlan *plan = make_plan (self, height, width, error);

  if (plan == NULL)
    return FALSE;
  rw_infer_add_bytes (run->net, plan, n, run->workers, self->over, bytes);
  rw_band_plan_free (plan);
  return TRUE;
}

gboolean
rw_run_reserve (RwRun *run, const RwRunBytes *bytes, GError **error)
{
  return rw_infer_reserve (&as_infer (run)->infer, bytes, error);
}

static gsize
get_bytes (const RwRun *run)
{
  const RwInfer *i = &as_infer (run)->infer;

  return (i->input_floats + i->output_floats + i->arena_floats +
          i->scratch_floats) *
         sizeof (float);
}

/* ---- buffers ----------------------------------------------------------- */

static float *
get_input (RwRun *run)
{
  return as_infer (run)->infer.input;
}

static const float *
get_result (const RwRun *run, int node)
{
  const RwInfer *infer = &as_infer (run)->infer;

  if (node == 0)
    return infer->input;
  if (node != rw_net_output_node (run->net))
    return NULL;
  return infer->over ? infer->input : infer->output;
}

static const RwShape *
get_shapes (const RwRun *run)
{
  return as_infer (run)->infer.plan->shapes;
}

float *
rw_run_get_spare (RwRun *run, gsize n_floats)
{
  const InferRun *self = as_infer (run);

  return self->over && n_floats <= self->infer.arena_floats ? self->infer.arena
                                                            : NULL;
}

/* ---- the class --------------------------------------------------------- */

static gboolean
forward (RwRun *run, const RwPack *pack, int step)
{
  return rw_infer_run (&as_infer (run)->infer, pack, step, run->workers,
                       run->probe, run->probe_data, run->stop, run->stop_data);
}

const RwRunClass rw_run_class_infer = {
  .name = "infer",
  .size = sizeof (InferRun),
  .begin = begin,
  .clear = clear,
  .prepare = prepare,
  .forward = forward,
  .get_input = get_input,
  .get_result = get_result,
  .get_shapes = get_shapes,
  .get_bytes = get_bytes,
};
