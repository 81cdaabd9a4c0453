/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A convolution of oneDNN with the addition and the activation that follow.
 */
#include "bench/onednn/bench-onednn-private.h"

#include "reweave.h"

#include <math.h>
#include <string.h>

/* What one convolution is asked for with. */
typedef struct {
  dnnl_memory_desc_t source, weights, bias, result; /* formats left open */
  dnnl_dims_t strides, before, after; /* zeros around the picture */
  gboolean has_bias;
} Order;

/* The nodes that follow and become part of the convolution. */
typedef struct {
  int n;               /* how many */
  RwOnednnTensor *add; /* the result is added to this, in place; or NULL */
} Fusion;

/* The last node that reads the result of @node, itself if there is none. */
static int
last_reader (const RwOnednnNet *net, int node)
{
  int last = node;

  for (int i = node + 1; i < net->n_nodes; i++)
    for (int k = 0; k < net->views[i].n_inputs; k++)
      if (net->views[i].inputs[k] == node)
        last = i;
  return last;
}

/* Whether nothing but the node after it reads the result of @node. */
static gboolean
is_followed (const RwOnednnNet *net, int node)
{
  return node + 1 < net->n_nodes && net->views[node + 1].inputs[0] == node &&
         last_reader (net, node) == node + 1 &&
         (net->views[node + 1].n_inputs < 2 ||
          net->views[node + 1].inputs[1] != node);
}

static void
set_padding (Order *order, int axis, int in, int out, int k, int stride)
{
  const gboolean same = out * stride == in && k % 2 == 1;

  order->strides[axis] = stride;
  order->before[axis] = same ? (k - 1) / 2 : 0;
  order->after[axis] =
      MAX (0, (out - 1) * stride + k - in - (int) order->before[axis]);
}

static void
open_format (dnnl_memory_desc_t *format, int n_dims, const gsize *dims)
{
  dnnl_dims_t wanted = { 0 };

  for (int i = 0; i < n_dims; i++)
    wanted[i] = (dnnl_dim_t) dims[i];
  dnnl_memory_desc_init_by_tag (format, n_dims, wanted, dnnl_f32,
                                n_dims == 1 ? dnnl_a : dnnl_format_tag_any);
}

static gboolean
make_order (const RwOnednnNet *net, int node, Order *order, GError **error)
{
  const RwNodeView *out = &net->views[node], *in = &net->views[out->inputs[0]];
  const RwParam *weights = rw_net_get_param (net->net, out->first_param);
  const double stride = rw_net_get_node_setting (net->net, node, "stride");
  const int k = (int) weights->dims[2],
            step = isnan (stride) ? 1 : (int) stride;

  if (weights->n_dims != 4 || weights->dims[1] != (gsize) in->channels ||
      weights->dims[0] != (gsize) out->channels) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: its weights are not output channels x input channels x "
                 "k x k, expected by --against onednn; leave that out",
                 out->name);
    return FALSE;
  }
  order->source = rw_onednn_format (in, dnnl_format_tag_any);
  order->result = rw_onednn_format (out, dnnl_format_tag_any);
  open_format (&order->weights, 4, weights->dims);
  open_format (&order->bias, 1, weights->dims);
  order->has_bias = out->n_params > 1;
  set_padding (order, 0, in->height, out->height, k, step);
  set_padding (order, 1, in->width, out->width, k, step);
  return TRUE;
}

/* NULL where oneDNN has nothing but its reference code for it. */
static dnnl_primitive_desc_t
find_primitive (const RwOnednnNet *net,
                const Order *order,
                dnnl_alg_kind_t algorithm,
                const_dnnl_primitive_attr_t attributes)
{
  dnnl_convolution_desc_t desc;
  dnnl_primitive_desc_t pd = NULL;
  const char *name = NULL;

  if (dnnl_convolution_forward_desc_init (
          &desc, dnnl_forward_inference, algorithm, &order->source,
          &order->weights, order->has_bias ? &order->bias : NULL,
          &order->result, order->strides, order->before,
          order->after) != dnnl_success ||
      dnnl_primitive_desc_create (&pd, &desc, attributes, net->engine, NULL) !=
          dnnl_success)
    return NULL;
  dnnl_primitive_desc_query (pd, dnnl_query_impl_info_str, 0, &name);
  if (name && !g_str_has_prefix (name, "ref"))
    return pd;
  dnnl_primitive_desc_destroy (pd);
  return NULL;
}

/* Of 3x3 only; counts what it finds. */
static dnnl_primitive_desc_t
find_algorithm (RwOnednnNet *net,
                const Order *order,
                const_dnnl_primitive_attr_t attributes)
{
  const gboolean wanted =
      net->algorithm == RW_ONEDNN_WINOGRAD && order->weights.dims[2] == 3;
  dnnl_primitive_desc_t pd =
      wanted
          ? find_primitive (net, order, dnnl_convolution_winograd, attributes)
          : NULL;

  if (!pd)
    return find_primitive (net, order, dnnl_convolution_direct, attributes);
  net->n_winograd++;
  return pd;
}

/* Appends an addition that follows, if its other summand may be overwritten.
 */
static void
fuse_add (const RwOnednnNet *net,
          int node,
          dnnl_post_ops_t after,
          Fusion *fusion)
{
  const RwNodeView *next = &net->views[node + 1];

  if (!is_followed (net, node) || strcmp (next->kind, "add") != 0)
    return;
  const int other = next->inputs[1];
  if (last_reader (net, other) > node + 1 || other == 0 ||
      net->results[other]->is_placed ||
      net->results[other] == net->results[net->views[node].inputs[0]])
    return;
  dnnl_post_ops_append_sum (after, 1);
  fusion->add = net->results[other];
  fusion->n++;
}

static void
fuse_activation (const RwOnednnNet *net,
                 int node,
                 dnnl_post_ops_t after,
                 Fusion *fusion)
{
  dnnl_alg_kind_t kind;
  float alpha;
  const int last = node + fusion->n;

  if (!is_followed (net, last) ||
      !rw_onednn_activation (net, last + 1, &kind, &alpha))
    return;
  dnnl_post_ops_append_eltwise (after, 1, kind, alpha, 0);
  fusion->n++;
}

/* The convolution with as much of what follows as oneDNN can take in. */
static dnnl_primitive_desc_t
find_fused (RwOnednnNet *net, int node, const Order *order, Fusion *fusion)
{
  for (int with_add = 1; with_add >= 0; with_add--) {
    Order wanted = *order;
    dnnl_post_ops_t after;
    dnnl_primitive_attr_t attributes;

    *fusion = (Fusion){ 0 };
    dnnl_post_ops_create (&after);
    if (with_add)
      fuse_add (net, node, after, fusion);
    if (fusion->add)
      wanted.result = fusion->add->format;
    fuse_activation (net, node, after, fusion);
    dnnl_primitive_attr_create (&attributes);
    dnnl_primitive_attr_set_post_ops (attributes, after);
    dnnl_primitive_desc_t pd = find_algorithm (net, &wanted, attributes);
    dnnl_primitive_attr_destroy (attributes);
    dnnl_post_ops_destroy (after);
    if (pd)
      return pd;
  }
  *fusion = (Fusion){ 0 };
  return find_algorithm (net, order, NULL);
}

/* A parameter in the format of files, converted to @format once. */
static RwOnednnTensor *
load_param (RwOnednnNet *net,
            int param,
            const dnnl_memory_desc_t *format,
            GError **error)
{
  dnnl_memory_desc_t plain;

  dnnl_memory_desc_init_by_tag (&plain, format->ndims, format->dims, dnnl_f32,
                                format->ndims == 1 ? dnnl_a : dnnl_oihw);
  RwOnednnTensor *values = rw_onednn_tensor_new (net, &plain, error);
  if (!values)
    return NULL;
  rw_net_export_param (net->net, param, net->params, values->data);
  return rw_onednn_convert (net, 0, values, format, error);
}

static const dnnl_memory_desc_t *
ask (dnnl_primitive_desc_t pd, dnnl_query_t what, int index)
{
  return dnnl_primitive_desc_query_md (pd, what, index);
}

static gboolean
add_primitive (RwOnednnNet *net,
               int node,
               dnnl_primitive_desc_t pd,
               gboolean has_bias,
               RwOnednnTensor *y,
               GError **error)
{
  const RwNodeView *view = &net->views[node];
  RwOnednnTensor *x =
      rw_onednn_convert (net, node, net->results[view->inputs[0]],
                         ask (pd, dnnl_query_src_md, 0), error);
  RwOnednnTensor *weights =
      x ? load_param (net, view->first_param,
                      ask (pd, dnnl_query_weights_md, 0), error)
        : NULL;
  RwOnednnTensor *bias =
      weights && has_bias
          ? load_param (net, view->first_param + 1,
                        ask (pd, dnnl_query_weights_md, 1), error)
          : NULL;

  if (!weights || (has_bias && !bias)) {
    dnnl_primitive_desc_destroy (pd);
    return FALSE;
  }
  const dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, x->memory },
    { DNNL_ARG_WEIGHTS, weights->memory },
    { DNNL_ARG_DST, y->memory },
    { DNNL_ARG_BIAS, bias ? bias->memory : NULL },
  };
  return rw_onednn_add_step (net, node, pd, args, has_bias ? 4 : 3, error);
}

gboolean
rw_onednn_add_conv (RwOnednnNet *net, int node, GError **error)
{
  Order order;
  Fusion fusion;

  if (!make_order (net, node, &order, error))
    return FALSE;
  dnnl_primitive_desc_t pd = find_fused (net, node, &order, &fusion);
  if (!pd)
    return rw_onednn_check (dnnl_unimplemented, net->views[node].name, error);
  RwOnednnTensor *y =
      fusion.add
          ? fusion.add
          : rw_onednn_tensor_new (net, ask (pd, dnnl_query_dst_md, 0), error);
  if (!y) {
    dnnl_primitive_desc_destroy (pd);
    return FALSE;
  }
  for (int i = 0; i <= fusion.n; i++)
    net->results[node + i] = y;
  return add_primitive (net, node, pd, order.has_bias, y, error);
}
