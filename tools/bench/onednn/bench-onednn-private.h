/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Inside a net of oneDNN: tensors, steps, and what the files that make them
 * share.
 */
#pragma once

#include <dnnl.h>

#include "bench/onednn/bench-onednn-net.h"

/* Memory of oneDNN and its format. */
typedef struct {
  dnnl_memory_desc_t format;
  dnnl_memory_t memory;
  float *data;
  gboolean is_placed; /* in the result of a concat */
} RwOnednnTensor;

typedef enum {
  RW_ONEDNN_SHUFFLE,
  RW_ONEDNN_UNSHUFFLE,
  RW_ONEDNN_ADD_INPUT,
} RwOnednnCopyKind;

/* What oneDNN has no primitive for. */
typedef struct {
  RwOnednnCopyKind kind;
  const RwOnednnTensor *from, *input; /* input: of ADD_INPUT */
  const RwOnednnTensor *to;
  int factor;
} RwOnednnCopy;

#define RW_ONEDNN_MAX_ARGS 4

/* A primitive with its arguments, or, without one, a copy. */
typedef struct {
  int node;
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t args[RW_ONEDNN_MAX_ARGS];
  int n_args;
  RwOnednnCopy copy;
} RwOnednnStep;

struct RwOnednnNet {
  const RwNet *net;
  RwNodeView *views;
  int n_nodes;
  const float *params;
  RwOnednnAlgorithm algorithm;
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  RwOnednnTensor **results; /* by node; a fused one has that of its input */
  GPtrArray *tensors;       /* all of them, owned */
  GArray *steps;            /* of RwOnednnStep */
  double *seconds;          /* by node, of the last run */
  int n_winograd;           /* convolutions */
};

/* Sets @error unless @status is success. */
gboolean
rw_onednn_check (dnnl_status_t status, const char *what, GError **error);

/* Zeroed memory of @format, owned by the net; NULL with an error. */
RwOnednnTensor *rw_onednn_tensor_new (RwOnednnNet *net,
                                      const dnnl_memory_desc_t *format,
                                      GError **error);

/* @from itself where its format is @format, else a new tensor and a step of
 * @node that converts to it; with @node 0 it is converted at once. */
RwOnednnTensor *rw_onednn_convert (RwOnednnNet *net,
                                   int node,
                                   RwOnednnTensor *from,
                                   const dnnl_memory_desc_t *format,
                                   GError **error);

/* A step of @node: @pd (taken, also on failure) with @args. */
gboolean rw_onednn_add_step (RwOnednnNet *net,
                             int node,
                             dnnl_primitive_desc_t pd,
                             const dnnl_exec_arg_t *args,
                             int n_args,
                             GError **error);

/* The activation of @node as oneDNN calls it; FALSE if it is none. */
gboolean rw_onednn_activation (const RwOnednnNet *net,
                               int node,
                               dnnl_alg_kind_t *kind,
                               float *alpha);

/* Adds the steps of @node and sets its result. */
gboolean rw_onednn_add_conv (RwOnednnNet *net, int node, GError **error);
gboolean rw_onednn_add_layer (RwOnednnNet *net, int node, GError **error);

void rw_onednn_copy_run (const RwOnednnCopy *copy);
/* Whether channels of @format are plain or in blocks of one dimension. */
gboolean rw_onednn_copy_can (const dnnl_memory_desc_t *format);

/* [1][channels][height][width] of @tag (dnnl_format_tag_any to choose). */
dnnl_memory_desc_t rw_onednn_format (const RwNodeView *view,
                                     dnnl_format_tag_t tag);
