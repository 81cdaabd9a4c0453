/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A run: what is the same for all kinds of them.  After rw_run_prepare nothing
 * is allocated.
 */
#include "nets/run.h"

#include "reweave.h"

static const RwRunClass *
find_class (RwRunMode mode)
{
  switch (mode) {
  case RW_RUN_INFER:
    return &rw_run_class_infer;
  case RW_RUN_TRAIN:
    return &rw_run_class_learn;
  }
  g_assert_not_reached ();
}

RwRun *
rw_run_new (RwNet *net, RwRunMode mode, int workers)
{
  const RwRunClass *class = find_class (mode);
  RwRun *run = g_malloc0 (class->size);

  run->class = class;
  run->net = rw_net_ref (net);
  run->workers = workers;
  class->begin (run);
  return run;
}

void
rw_run_free (RwRun *run)
{
  if (run == NULL)
    return;
  run->class->clear (run);
  rw_net_unref (run->net);
  g_free (run);
}

/* ---- preparing --------------------------------------------------------- */

gboolean
rw_run_check_size (
    const RwRun *run, int n, int height, int width, GError **error)
{
  const int align = run->net->align, limit = 1 << 20;
  g_autofree RwShape *shapes = g_new (RwShape, run->net->n_nodes);

  if (n < 1 || height < 1 || width < 1 || n > limit || height > limit ||
      width > limit) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "this net was given %d pictures of %d x %d pixels, expected "
                 "1 to %d in number, width and height; use pictures of at "
                 "least %d pixels a side, the step of its sizes, or another "
                 "net",
                 n, width, height, limit, align);
    return FALSE;
  }
  rw_net_shapes (run->net, n, height, width, shapes);
  if (run->net->fixed && shapes[0].h < 1) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "this net was given a picture of %d x %d pixels, expected "
                 "%d x %d alone; crop or enlarge the picture, or use another "
                 "net",
                 width, height, run->net->nominal_w, run->net->nominal_h);
    return FALSE;
  }
  for (int i = 0; i < run->net->n_nodes; i++)
    if (shapes[i].h < 1) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "this net was given a picture of %d x %d pixels, expected "
                   "multiples of %d; crop the picture, or use another net",
                   width, height, align);
      return FALSE;
    }
  return TRUE;
}

gboolean
rw_run_prepare (RwRun *run, int n, int height, int width, GError **error)
{
  if (n > 0 && run->n == n && run->height == height && run->width == width)
    return TRUE;
  const gboolean done = rw_run_check_size (run, n, height, width, error) &&
                        run->class->prepare (run, n, height, width, error);

  run->n = done ? n : 0;
  run->height = height;
  run->width = width;
  return done;
}

gsize
rw_run_get_bytes (const RwRun *run)
{
  return run->class->get_bytes (run);
}

/* ---- buffers ----------------------------------------------------------- */

float *
rw_run_get_input (RwRun *run)
{
  return run->class->get_input (run);
}

const float *
rw_run_get_output (const RwRun *run)
{
  return run->class->get_result (run, rw_net_output_node (run->net));
}

void
rw_run_get_output_size (const RwRun *run, int *height, int *width)
{
  int channels;

  rw_run_get_result_shape (run, rw_net_output_node (run->net), height, width,
                           &channels);
}

float *
rw_run_get_output_grad (RwRun *run)
{
  return rw_run_get_result_grad (run, rw_net_output_node (run->net));
}

const float *
rw_run_get_input_grad (const RwRun *run)
{
  return run->class->get_grad != NULL ? run->class->get_grad (run, 0) : NULL;
}

const float *
rw_run_get_result (const RwRun *run, int node)
{
  return run->class->get_result (run, node);
}

void
rw_run_get_result_shape (
    const RwRun *run, int node, int *height, int *width, int *channels)
{
  const RwShape *shape = &run->class->get_shapes (run)[node];

  *height = shape->h;
  *width = shape->w;
  *channels = shape->c;
}

float *
rw_run_get_result_grad (RwRun *run, int node)
{
  return run->class->get_grad != NULL ? run->class->get_grad (run, node)
                                      : NULL;
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

gboolean
rw_run_forward_step (RwRun *run, const RwPack *pack, int step)
{
  return run->class->forward (run, pack, step);
}

gboolean
rw_run_forward (RwRun *run, const RwPack *pack)
{
  return run->class->forward (run, pack, 0);
}

void
rw_run_backward (RwRun *run, const RwPack *pack, float *grads)
{
  g_return_if_fail (run->class->backward != NULL);
  run->class->backward (run, pack, grads);
}
