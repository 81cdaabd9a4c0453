/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Inside a net: nodes in the order of the text, each with one result.  Node 0
 * is the input.  Only nets/ includes this.
 */
#pragma once

#include <glib.h>

#include "layers/layer.h"
#include "nets/net.h"

enum {
  RW_MAX_NODES = 4096,
  RW_MAX_PLANES = 8,
  RW_MAX_CHANNELS = 1 << 16, /* times any layer's factor fits an int */
};
#define RW_MAX_NET_VALUES ((gsize) 1 << 28)

typedef struct {
  char *name;     /* "conv3"; NULL for node 0 */
  RwLayer *layer; /* NULL for node 0 */
  int inputs[2];  /* nodes */
  int n_inputs;
  RwShape shape;   /* of the result for the nominal picture */
  int n_users;     /* nodes that read the result, the net's output included */
  int first_param; /* index of its first parameter */
  int n_params;
  gsize pack_offset[2]; /* in a pack, by RwPassKind */
  int twin;          /* the node whose parameters it uses: in the later rounds
                        of a block that of the first round, else itself */
  gboolean repeated; /* stands in a block */
  int statement;     /* number of the statement in the text */
  const char *group, *part; /* its name is made of these, "gru" and "update";
                               or NULL */
} RwNode;

struct RwNet {
  gatomicrefcount refs;
  char *text;
  GHashTable *labels; /* what the text names outside of blocks -> node */
  RwPlane planes[RW_MAX_PLANES];
  int n_planes;
  RwNode *nodes;
  int n_nodes;
  RwParam *params;
  int n_params;
  gsize n_inner, n_values;
  gsize pack_size[2]; /* by RwPassKind */
  /* the picture that shapes are given for: the only one, or a nominal one */
  int nominal_h, nominal_w;
  gboolean fixed; /* the only one */
  int align, halo;
  int scale_up, scale_down;
  double macs;
};

/* The shape of every node's result for [n][h][w] of the net's input; height 0
 * where that size does not fit. */
void rw_net_shapes (
    const RwNet *net, int n, int height, int width, RwShape *shapes);

/* "conv3" is the third convolution; a part of a net has the whole one's names.
 */
void rw_net_name_nodes (RwNet *net);

/* Derives everything below `nodes` in RwNet; they have names. */
gboolean rw_net_finish (RwNet *net, GError **error);

/* Adds a node for @layer (taken) reading @inputs; RW_ERROR_MISMATCH from the
 * layer's shape rule. */
gboolean rw_net_add_node (RwNet *net,
                          RwLayer *layer,
                          const int *inputs,
                          int n_inputs,
                          GError **error);

/* nets/copy.c */

/* A net that begins with an input of @shape's channels, and has the text and
 * the nominal size of @net. */
RwNet *rw_net_new_like (const RwNet *net, const RwShape *shape);

/* Adds a node like @node, but reading @inputs.  Its twin is still to be set. */
gboolean rw_net_copy_node (RwNet *net,
                           const RwNode *node,
                           const int *inputs,
                           GError **error);

/* nets/params.c */
void rw_net_collect_params (RwNet *net);

static inline int
rw_net_output_node (const RwNet *net)
{
  return net->n_nodes - 1;
}
