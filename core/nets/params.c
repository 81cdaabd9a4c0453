/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net's parameters: names, places in the flat array, first values, and the
 * way to and from the layout of files.
 */
#include "nets/graph.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"

static void
spec_of (const RwNode *node, int i, RwParamSpec *spec)
{
  *spec = (RwParamSpec){ 0 };
  node->layer->class->param (node->layer, i, spec);
}

static void
add_param (RwNet *net, const RwNode *node, int i)
{
  RwParamSpec spec;
  RwParam p = { .n_values = 1, .inner = net->n_inner };

  spec_of (node, i, &spec);
  p.name = g_strdup_printf ("%s.%s", node->name, spec.name);
  p.n_dims = spec.n_dims;
  for (int d = 0; d < spec.n_dims; d++) {
    p.dims[d] = spec.dims[d];
    p.n_values *= spec.dims[d];
  }
  p.n_inner = spec.n_inner;
  p.n_outputs = spec.n_outputs;
  p.decay = spec.decay;
  net->n_inner +=
      (spec.n_inner + 15) / 16 * 16; /* every parameter on a cache line */
  net->n_values += p.n_values;
  net->params = g_renew (RwParam, net->params, net->n_params + 1);
  net->params[net->n_params++] = p;
}

void
rw_net_collect_params (RwNet *net)
{
  for (int i = 1; i < net->n_nodes; i++) {
    RwNode *node = &net->nodes[i];
    const RwLayerClass *class = node->layer->class;

    if (node->twin != i) {
      node->first_param = net->nodes[node->twin].first_param;
      node->n_params = net->nodes[node->twin].n_params;
      continue;
    }
    node->first_param = net->n_params;
    node->n_params = class->n_params ? class->n_params (node->layer) : 0;
    for (int k = 0; k < node->n_params; k++)
      add_param (net, node, k);
  }
}

int
rw_net_get_n_params (const RwNet *net)
{
  return net->n_params;
}

const RwParam *
rw_net_get_param (const RwNet *net, int i)
{
  return &net->params[i];
}

gsize
rw_net_get_n_inner (const RwNet *net)
{
  return net->n_inner;
}

gsize
rw_net_get_n_values (const RwNet *net)
{
  return net->n_values;
}

/* The node that parameter @param belongs to, and which of its own it is. */
static const RwNode *
owner (const RwNet *net, int param, int *which)
{
  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];

    if (param >= node->first_param &&
        param < node->first_param + node->n_params) {
      *which = param - node->first_param;
      return node;
    }
  }
  return NULL;
}

float *
rw_net_alloc_values (const RwNet *net, const char *what, GError **error)
{
  gsize most = 1;

  for (int i = 0; i < net->n_params; i++)
    most = MAX (most, net->params[i].n_values);
  return rw_try_alloc (most, sizeof (float), what, error);
}

void
rw_net_import_param (const RwNet *net,
                     int i,
                     float *params,
                     const float *values)
{
  const RwParam *p = &net->params[i];
  int which;
  const RwNode *node = owner (net, i, &which);
  float *inner = params + p->inner;

  if (node->layer->class->from_file) {
    node->layer->class->from_file (node->layer, which, inner, values);
    return;
  }
  memset (inner, 0, p->n_inner * sizeof (float));
  memcpy (inner, values, p->n_values * sizeof (float));
}

void
rw_net_export_param (const RwNet *net,
                     int i,
                     const float *params,
                     float *values)
{
  const RwParam *p = &net->params[i];
  int which;
  const RwNode *node = owner (net, i, &which);

  if (node->layer->class->to_file)
    node->layer->class->to_file (node->layer, which, params + p->inner,
                                 values);
  else
    memcpy (values, params + p->inner, p->n_values * sizeof (float));
}

static void
first_values (const RwParamSpec *spec, float *values, gsize n, guint64 key)
{
  switch (spec->init) {
  case RW_INIT_ZERO:
    memset (values, 0, n * sizeof (float));
    break;
  case RW_INIT_CONSTANT:
    for (gsize i = 0; i < n; i++)
      values[i] = (float) spec->value;
    break;
  case RW_INIT_DIAGONAL:
    for (gsize i = 0; i < n; i++)
      values[i] = (float) (i % (spec->dims[1] + 1) ? spec->rest : spec->value);
    break;
  case RW_INIT_HE: {
    const float deviation = (float) sqrt (2 / spec->fan_in);

    rw_random_gaussian (key, 0, values, n);
    for (gsize i = 0; i < n; i++)
      values[i] *= deviation;
    break;
  }
  }
}

gboolean
rw_net_init_params (const RwNet *net,
                    float *params,
                    guint64 seed,
                    GError **error)
{
  rw_autofree float *values =
      rw_net_alloc_values (net, "a net's first weights", error);

  if (!values)
    return FALSE;
  memset (params, 0, net->n_inner * sizeof (float));
  for (int i = 0; i < net->n_params; i++) {
    RwParamSpec spec;
    int which;
    const RwNode *node = owner (net, i, &which);

    spec_of (node, which, &spec);
    first_values (&spec, values, net->params[i].n_values,
                  rw_random_key (seed, (guint64) i));
    rw_net_import_param (net, i, params, values);
  }
  return TRUE;
}
