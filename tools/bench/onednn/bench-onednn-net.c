/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net of oneDNN: its tensors and steps, and running them.
 */
#include "bench/onednn/bench-onednn-private.h"

#include "bench/bench-clock.h"
#include "reweave.h"

#include <string.h>

/* ---- tensors and steps ------------------------------------------------- */

gboolean
rw_onednn_check (dnnl_status_t status, const char *what, GError **error)
{
  if (status == dnnl_success)
    return TRUE;
  g_set_error (error, RW_ERROR,
               status == dnnl_out_of_memory ? RW_ERROR_LIMIT
                                            : RW_ERROR_MISMATCH,
               "oneDNN: %s gave status %d, expected 0 (see dnnl_types.h); "
               "leave out --against onednn for this net",
               what, (int) status);
  return FALSE;
}

dnnl_memory_desc_t
rw_onednn_format (const RwNodeView *view, dnnl_format_tag_t tag)
{
  const dnnl_dims_t dims = { 1, view->channels, view->height, view->width };
  dnnl_memory_desc_t format;

  dnnl_memory_desc_init_by_tag (&format, 4, dims, dnnl_f32, tag);
  return format;
}

static void
tensor_free (gpointer data)
{
  RwOnednnTensor *tensor = data;

  dnnl_memory_destroy (tensor->memory);
  g_free (tensor);
}

RwOnednnTensor *
rw_onednn_tensor_new (RwOnednnNet *net,
                      const dnnl_memory_desc_t *format,
                      GError **error)
{
  RwOnednnTensor *tensor = g_new0 (RwOnednnTensor, 1);
  void *data = NULL;

  tensor->format = *format;
  g_ptr_array_add (net->tensors, tensor);
  if (!rw_onednn_check (dnnl_memory_create (&tensor->memory, format,
                                            net->engine, DNNL_MEMORY_ALLOCATE),
                        "memory", error))
    return NULL;
  dnnl_memory_get_data_handle (tensor->memory, &data);
  memset (data, 0, dnnl_memory_desc_get_size (format));
  tensor->data = data;
  return tensor;
}

gboolean
rw_onednn_add_step (RwOnednnNet *net,
                    int node,
                    dnnl_primitive_desc_t pd,
                    const dnnl_exec_arg_t *args,
                    int n_args,
                    GError **error)
{
  RwOnednnStep step = { .node = node, .n_args = n_args };
  const dnnl_status_t status = dnnl_primitive_create (&step.primitive, pd);

  dnnl_primitive_desc_destroy (pd);
  if (!rw_onednn_check (status, net->views[node].name, error))
    return FALSE;
  memcpy (step.args, args, (gsize) n_args * sizeof *args);
  g_array_append_val (net->steps, step);
  return TRUE;
}

static void
clear_step (gpointer data)
{
  dnnl_primitive_destroy (((RwOnednnStep *) data)->primitive);
}

static gboolean
run_step (const RwOnednnNet *net, const RwOnednnStep *step, GError **error)
{
  if (!step->primitive) {
    rw_onednn_copy_run (&step->copy);
    return TRUE;
  }
  return rw_onednn_check (dnnl_primitive_execute (step->primitive, net->stream,
                                                  step->n_args, step->args),
                          net->views[step->node].name, error) &&
         rw_onednn_check (dnnl_stream_wait (net->stream), "waiting", error);
}

RwOnednnTensor *
rw_onednn_convert (RwOnednnNet *net,
                   int node,
                   RwOnednnTensor *from,
                   const dnnl_memory_desc_t *format,
                   GError **error)
{
  dnnl_primitive_desc_t pd;

  if (dnnl_memory_desc_equal (&from->format, format))
    return from;
  RwOnednnTensor *to = rw_onednn_tensor_new (net, format, error);
  if (!to || !rw_onednn_check (dnnl_reorder_primitive_desc_create (
                                   &pd, &from->format, net->engine, format,
                                   net->engine, NULL),
                               "a reorder", error))
    return NULL;
  const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from->memory },
                                   { DNNL_ARG_TO, to->memory } };
  if (!rw_onednn_add_step (net, node, pd, args, 2, error))
    return NULL;
  if (node > 0)
    return to;
  const guint last = net->steps->len - 1;
  const gboolean done =
      run_step (net, &g_array_index (net->steps, RwOnednnStep, last), error);
  g_array_remove_index (net->steps, last);
  return done ? to : NULL;
}

/* ---- the net ----------------------------------------------------------- */

static gboolean
add_input (RwOnednnNet *net, GError **error)
{
  const dnnl_memory_desc_t format =
      rw_onednn_format (&net->views[0], dnnl_nhwc);

  net->results[0] = rw_onednn_tensor_new (net, &format, error);
  return net->results[0] != NULL;
}

static gboolean
build (RwOnednnNet *net, GError **error)
{
  const dnnl_memory_desc_t plain =
      rw_onednn_format (&net->views[net->n_nodes - 1], dnnl_nhwc);

  if (!rw_onednn_check (dnnl_engine_create (&net->engine, dnnl_cpu, 0),
                        "an engine", error) ||
      !rw_onednn_check (dnnl_stream_create (&net->stream, net->engine,
                                            dnnl_stream_default_flags),
                        "a stream", error) ||
      !add_input (net, error))
    return FALSE;
  for (int i = 1; i < net->n_nodes; i++)
    if (!net->results[i] && !rw_onednn_add_layer (net, i, error))
      return FALSE;
  RwOnednnTensor **output = &net->results[net->n_nodes - 1];
  *output = rw_onednn_convert (net, net->n_nodes - 1, *output, &plain, error);
  return *output != NULL;
}

RwOnednnNet *
rw_onednn_net_new (const RwNet *net,
                   const float *params,
                   int height,
                   int width,
                   RwOnednnAlgorithm algorithm,
                   GError **error)
{
  g_autoptr (RwOnednnNet) made = g_new0 (RwOnednnNet, 1);

  made->net = net;
  made->n_nodes = rw_net_get_n_nodes (net);
  made->views = g_new0 (RwNodeView, made->n_nodes);
  made->results = g_new0 (RwOnednnTensor *, made->n_nodes);
  made->seconds = g_new0 (double, made->n_nodes);
  made->tensors = g_ptr_array_new_with_free_func (tensor_free);
  made->steps = g_array_new (FALSE, FALSE, sizeof (RwOnednnStep));
  g_array_set_clear_func (made->steps, clear_step);
  made->params = params;
  made->algorithm = algorithm;
  rw_net_view (net, height, width, made->views);
  return build (made, error) ? g_steal_pointer (&made) : NULL;
}

void
rw_onednn_net_free (RwOnednnNet *net)
{
  if (!net)
    return;
  g_array_unref (net->steps);
  g_ptr_array_unref (net->tensors);
  dnnl_stream_destroy (net->stream);
  dnnl_engine_destroy (net->engine);
  g_free (net->views);
  g_free (net->results);
  g_free (net->seconds);
  g_free (net);
}

/* ---- running ----------------------------------------------------------- */

float *
rw_onednn_net_get_input (RwOnednnNet *net)
{
  return net->results[0]->data;
}

const float *
rw_onednn_net_get_output (const RwOnednnNet *net)
{
  return net->results[net->n_nodes - 1]->data;
}

gboolean
rw_onednn_net_run (RwOnednnNet *net, GError **error)
{
  for (int i = 0; i < net->n_nodes; i++)
    net->seconds[i] = 0;
  for (guint i = 0; i < net->steps->len; i++) {
    const RwOnednnStep *step = &g_array_index (net->steps, RwOnednnStep, i);
    const double start = rw_bench_now ();

    if (!run_step (net, step, error))
      return FALSE;
    net->seconds[step->node] += rw_bench_now () - start;
  }
  return TRUE;
}

double
rw_onednn_net_get_seconds (const RwOnednnNet *net, int node)
{
  return net->seconds[node];
}

int
rw_onednn_net_get_n_winograd (const RwOnednnNet *net)
{
  return net->n_winograd;
}
