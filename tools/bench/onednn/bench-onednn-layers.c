/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layers other than convolutions: a primitive of oneDNN each, or a copy.
 */
#include "bench/onednn/bench-onednn-private.h"

#include "reweave.h"

#include <math.h>
#include <string.h>

static RwOnednnTensor *
input_of (const RwOnednnNet *net, int node, int k)
{
  return net->results[net->views[node].inputs[k]];
}

static int
setting (const RwOnednnNet *net, int node, const char *name)
{
  return (int) rw_net_get_node_setting (net->net, node, name);
}

/* ---- activations ------------------------------------------------------- */

gboolean
rw_onednn_activation (const RwOnednnNet *net,
                      int node,
                      dnnl_alg_kind_t *kind,
                      float *alpha)
{
  static const struct {
    const char *kind;
    dnnl_alg_kind_t alg;
  } known[] = { { "relu", dnnl_eltwise_relu },
                { "leaky-relu", dnnl_eltwise_relu },
                { "gelu", dnnl_eltwise_gelu_erf },
                { "sigmoid", dnnl_eltwise_logistic },
                { "tanh", dnnl_eltwise_tanh } };
  const double slope = rw_net_get_node_setting (net->net, node, "slope");

  *alpha = isnan (slope) ? 0 : (float) slope;
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].kind, net->views[node].kind) == 0) {
      *kind = known[i].alg;
      return TRUE;
    }
  return FALSE;
}

/* A step from one input to a result in the format that oneDNN chose. */
static gboolean
add_unary (RwOnednnNet *net,
           int node,
           const_dnnl_op_desc_t desc,
           GError **error)
{
  dnnl_primitive_desc_t pd;

  if (!rw_onednn_check (
          dnnl_primitive_desc_create (&pd, desc, NULL, net->engine, NULL),
          net->views[node].name, error))
    return FALSE;
  RwOnednnTensor *y = rw_onednn_tensor_new (
      net, dnnl_primitive_desc_query_md (pd, dnnl_query_dst_md, 0), error);
  if (!y) {
    dnnl_primitive_desc_destroy (pd);
    return FALSE;
  }
  const dnnl_exec_arg_t args[] = {
    { DNNL_ARG_SRC, input_of (net, node, 0)->memory },
    { DNNL_ARG_DST, y->memory },
  };
  net->results[node] = y;
  return rw_onednn_add_step (net, node, pd, args, 2, error);
}

static gboolean
add_activation (RwOnednnNet *net, int node, GError **error)
{
  dnnl_eltwise_desc_t desc;
  dnnl_alg_kind_t kind = dnnl_eltwise_relu;
  float alpha;

  rw_onednn_activation (net, node, &kind, &alpha);
  return rw_onednn_check (dnnl_eltwise_forward_desc_init (
                              &desc, dnnl_forward_inference, kind,
                              &input_of (net, node, 0)->format, alpha, 0),
                          net->views[node].name, error) &&
         add_unary (net, node, &desc, error);
}

/* ---- sizes ------------------------------------------------------------- */

static gboolean
add_pool (RwOnednnNet *net, int node, GError **error)
{
  const dnnl_memory_desc_t out =
      rw_onednn_format (&net->views[node], dnnl_format_tag_any);
  const int n = setting (net, node, "size");
  const dnnl_dims_t window = { n, n }, none = { 0, 0 };
  const gboolean most = strcmp (net->views[node].kind, "max-pool") == 0;
  dnnl_pooling_desc_t desc;

  return rw_onednn_check (
             dnnl_pooling_forward_desc_init (
                 &desc, dnnl_forward_inference,
                 most ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding,
                 &input_of (net, node, 0)->format, &out, window, window, none,
                 none),
             net->views[node].name, error) &&
         add_unary (net, node, &desc, error);
}

static gboolean
add_upsample (RwOnednnNet *net, int node, GError **error)
{
  const dnnl_memory_desc_t out =
      rw_onednn_format (&net->views[node], dnnl_format_tag_any);
  dnnl_resampling_desc_t desc;

  return rw_onednn_check (dnnl_resampling_forward_desc_init (
                              &desc, dnnl_forward_inference,
                              dnnl_resampling_nearest, NULL,
                              &input_of (net, node, 0)->format, &out),
                          net->views[node].name, error) &&
         add_unary (net, node, &desc, error);
}

/* ---- two inputs -------------------------------------------------------- */

static gboolean
add_pair (RwOnednnNet *net, int node, GError **error)
{
  const dnnl_memory_desc_t formats[] = { input_of (net, node, 0)->format,
                                         input_of (net, node, 1)->format };
  const float ones[] = { 1, 1 };
  const gboolean sum = strcmp (net->views[node].kind, "add") == 0;
  dnnl_primitive_desc_t pd;

  if (!rw_onednn_check (
          sum ? dnnl_sum_primitive_desc_create (&pd, NULL, 2, ones, formats,
                                                NULL, net->engine)
              : dnnl_concat_primitive_desc_create (&pd, NULL, 2, 1, formats,
                                                   NULL, net->engine),
          net->views[node].name, error))
    return FALSE;
  RwOnednnTensor *y = rw_onednn_tensor_new (
      net, dnnl_primitive_desc_query_md (pd, dnnl_query_dst_md, 0), error);
  if (!y) {
    dnnl_primitive_desc_destroy (pd);
    return FALSE;
  }
  const dnnl_exec_arg_t args[] = {
    { DNNL_ARG_MULTIPLE_SRC, input_of (net, node, 0)->memory },
    { DNNL_ARG_MULTIPLE_SRC + 1, input_of (net, node, 1)->memory },
    { DNNL_ARG_DST, y->memory },
  };
  net->results[node] = y;
  return rw_onednn_add_step (net, node, pd, args, 3, error);
}

/* Channels of a block of oneDNN's format; 1 where they are not in blocks. */
static int
block_of (const RwOnednnTensor *tensor)
{
  const dnnl_blocking_desc_t *b = &tensor->format.format_desc.blocking;

  return b->inner_nblks ? (int) b->inner_blks[0] : 1;
}

static dnnl_format_tag_t
tag_of_block (int block)
{
  return block == 16 ? dnnl_nChw16c : block == 8 ? dnnl_nChw8c : dnnl_nhwc;
}

static gboolean
may_place (const RwOnednnNet *net, int node, int block)
{
  for (int k = 0; k < 2; k++) {
    const RwOnednnTensor *x = input_of (net, node, k);
    if (block_of (x) != block || x->is_placed || x->format.dims[1] % block ||
        !rw_onednn_copy_can (&x->format))
      return FALSE;
  }
  return block > 1 && input_of (net, node, 0) != input_of (net, node, 1);
}

/* In blocks of channels a result is its inputs one after the other, so that
 * they are computed where it wants them; oneDNN's users do so, as its own
 * concat of such formats takes as long as a convolution. */
static gboolean
add_concat (RwOnednnNet *net, int node, GError **error)
{
  const int block = block_of (input_of (net, node, 0));

  if (!may_place (net, node, block))
    return add_pair (net, node, error);
  const dnnl_memory_desc_t format =
      rw_onednn_format (&net->views[node], tag_of_block (block));
  RwOnednnTensor *y = rw_onednn_tensor_new (net, &format, error);
  if (!y)
    return FALSE;
  float *at = y->data;
  for (int k = 0; k < 2; k++) {
    RwOnednnTensor *x = input_of (net, node, k);
    x->data = at;
    x->is_placed = TRUE;
    dnnl_memory_set_data_handle (x->memory, at);
    at += dnnl_memory_desc_get_size (&x->format) / sizeof (float);
  }
  net->results[node] = y;
  return TRUE;
}

/* ---- copies ------------------------------------------------------------ */

/* A result of @copy in the format of its input, or, where that has blocks of
 * channels which the result cannot fill, plainly channels last. */
static gboolean
add_copy (RwOnednnNet *net, int node, RwOnednnCopy copy, GError **error)
{
  const RwNodeView *view = &net->views[node];
  const int block = block_of (copy.from);
  const dnnl_memory_desc_t format = rw_onednn_format (
      view, tag_of_block (view->channels % block ? 1 : block));
  RwOnednnStep step = { .node = node };

  if (!rw_onednn_copy_can (&copy.from->format))
    return rw_onednn_check (dnnl_unimplemented, view->name, error);
  net->results[node] = rw_onednn_tensor_new (net, &format, error);
  if (!net->results[node])
    return FALSE;
  copy.to = net->results[node];
  step.copy = copy;
  g_array_append_val (net->steps, step);
  return TRUE;
}

static gboolean
add_shuffle (RwOnednnNet *net, int node, GError **error)
{
  const gboolean finer = strcmp (net->views[node].kind, "shuffle") == 0;
  const RwOnednnCopy copy = {
    .kind = finer ? RW_ONEDNN_SHUFFLE : RW_ONEDNN_UNSHUFFLE,
    .from = input_of (net, node, 0),
    .factor = setting (net, node, "factor"),
  };

  return add_copy (net, node, copy, error);
}

static gboolean
add_residual (RwOnednnNet *net, int node, GError **error)
{
  const RwOnednnCopy copy = { .kind = RW_ONEDNN_ADD_INPUT,
                              .from = input_of (net, node, 0),
                              .input = input_of (net, node, 1) };

  return add_copy (net, node, copy, error);
}

/* ---- by their names ---------------------------------------------------- */

gboolean
rw_onednn_add_layer (RwOnednnNet *net, int node, GError **error)
{
  static const struct {
    const char *kind;
    gboolean (*add) (RwOnednnNet *, int, GError **);
  } known[] = {
    { "conv", rw_onednn_add_conv },   { "relu", add_activation },
    { "leaky-relu", add_activation }, { "gelu", add_activation },
    { "sigmoid", add_activation },    { "tanh", add_activation },
    { "max-pool", add_pool },         { "average-pool", add_pool },
    { "upsample", add_upsample },     { "add", add_pair },
    { "concat", add_concat },         { "shuffle", add_shuffle },
    { "unshuffle", add_shuffle },     { "residual", add_residual },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].kind, net->views[node].kind) == 0)
      return known[i].add (net, node, error);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: --against onednn knows no such layer, expected one of "
               "those in tools/bench/onednn/bench-onednn-layers.c; leave "
               "that out",
               net->views[node].name);
  return FALSE;
}
