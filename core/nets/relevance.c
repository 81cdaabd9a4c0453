/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layer-wise relevance propagation.
 *
 * For a layer that is a sum, with x the input and W the weights, the share of
 * input i is z_ij = w_ij x_i.  So sum over j of z_ij s_j = x_i (W^T s)_i, which
 * is x times what the layer's backward makes of s: no layer needs code of its
 * own.
 */
#include "nets/relevance.h"

#include "nets/relevance-private.h"

#include "base/alloc.h"
#include "nets/pack.h"
#include "nets/run.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

float *
rw_relevance_alloc (gsize n, GError **error)
{
  return rw_try_alloc (MAX (n, 1), sizeof (float), "relevance", error);
}

static double
sum_of (const float *values, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double) values[i];
  return sum;
}

/* What the layer reads, and the memory that it works in. */
static float *
fill_pass (const RwSharing *s, int i, RwPass *pass, GError **error)
{
  const RwNode *node = &s->net->nodes[i];
  const RwLayerClass *class = node->layer->class;

  memset (pass, 0, sizeof *pass);
  pass->out = s->shapes[i];
  pass->y = (float *) rw_run_get_result (s->run, i);
  for (int k = 0; k < node->n_inputs; k++) {
    pass->in[k] = s->shapes[node->inputs[k]];
    pass->x[k] = rw_run_get_result (s->run, node->inputs[k]);
  }
  for (int k = 0; k < node->n_params; k++)
    pass->grads[k] = s->grads + s->net->params[node->first_param + k].inner;
  pass->workers = s->run->workers;
  pass->node = i;
  rw_pass_whole (pass);
  rw_pack_set_pass (s->pack, i, pass);
  pass->scratch_stride =
      class->scratch ? class->scratch (node->layer, pass, RW_PASS_BOTH) : 0;
  pass->scratch_stride = (pass->scratch_stride + 31) / 16 * 16;
  pass->scratch =
      rw_relevance_alloc (pass->scratch_stride * (gsize) pass->workers, error);
  return pass->scratch;
}

/* Where the relevance of input @k of node @i is added up. */
static float *
get_place (RwSharing *s, int i, int k, GError **error)
{
  const int from = s->net->nodes[i].inputs[k];

  if (s->relevance[from] == NULL)
    s->relevance[from] =
        rw_relevance_alloc (rw_shape_n_floats (&s->shapes[from]), error);
  return s->relevance[from];
}

gboolean
rw_relevance_find_places (RwSharing *s,
                          int i,
                          float *places[2],
                          GError **error)
{
  for (int k = 0; k < s->net->nodes[i].n_inputs; k++)
    if ((places[k] = get_place (s, i, k, error)) == NULL)
      return FALSE;
  return TRUE;
}

/* ---- through backward --------------------------------------------------- */

gboolean
rw_relevance_go_back (const RwLayer *layer,
                      RwPass *pass,
                      float *dy,
                      const float *const *x,
                      float *const *places,
                      GError **error)
{
  const int n_inputs = layer->n_inputs;
  float *dx[2] = { NULL };
  gboolean ok = TRUE;

  for (int k = 0; k < n_inputs; k++)
    ok = ok && (dx[k] = rw_relevance_alloc (rw_shape_n_floats (&pass->in[k]),
                                            error));
  pass->dy = dy;
  for (int k = 0; k < n_inputs; k++)
    pass->dx[k] = dx[k];
  if (ok)
    layer->class->backward (layer, pass);
  for (int k = 0; ok && k < n_inputs; k++) {
    const gsize n = rw_shape_n_floats (&pass->in[k]);

    for (gsize i = 0; i < n; i++)
      places[k][i] += x ? x[k][i] * dx[k][i] : dx[k][i];
  }
  for (int k = 0; k < n_inputs; k++)
    rw_free (dx[k]);
  return ok;
}

double
rw_relevance_get_bias (const RwNode *node, const RwPass *pass, int c)
{
  return node->n_params > 1 ? (double) pass->params[1][c] : 0;
}

/* ---- the epsilon rule --------------------------------------------------- */

static gboolean
share_epsilon (RwSharing *s, int i, RwPass *pass, GError **error)
{
  const RwNode *node = &s->net->nodes[i];
  const gsize n = rw_shape_n_floats (&pass->out);
  const float *z = pass->y, *r = s->relevance[i];
  rw_autofree float *dy = rw_relevance_alloc (n, error);
  float *places[2];
  double squares = 0;

  if (dy == NULL || !rw_relevance_find_places (s, i, places, error))
    return FALSE;
  for (gsize j = 0; j < n; j++)
    squares += (double) z[j] * (double) z[j];
  const double used = (double) rw_shape_n_pixels (&pass->out) * pass->out.c;
  const double e = MAX (s->rule->epsilon * sqrt (squares / used), 1e-12);

  for (gsize j = 0; j < n; j++) {
    const int c = (int) (j % (gsize) pass->out.stride);
    if (c >= pass->out.c)
      continue;
    const double stable = (double) z[j] + (z[j] < 0 ? -e : e);
    const double slope = (double) r[j] / stable;
    dy[j] = (float) slope;
    s->balance->biases += slope * rw_relevance_get_bias (node, pass, c);
    s->balance->kept_back += slope * (stable - (double) z[j]);
  }
  return rw_relevance_go_back (node->layer, pass, dy, pass->x, places, error);
}

/* ---- the other ways ----------------------------------------------------- */

static gboolean
move (RwSharing *s, int i, RwPass *pass, GError **error)
{
  float *places[2];

  return rw_relevance_find_places (s, i, places, error) &&
         rw_relevance_go_back (s->net->nodes[i].layer, pass, s->relevance[i],
                               NULL, places, error);
}

/* x times backward of s is x x' s for both factors, which is y s. */
static gboolean
halve (RwSharing *s, int i, RwPass *pass, GError **error)
{
  const gsize n = rw_shape_n_floats (&pass->out);
  const float *r = s->relevance[i];
  rw_autofree float *dy = rw_relevance_alloc (n, error);
  float *places[2];

  if (dy == NULL || !rw_relevance_find_places (s, i, places, error))
    return FALSE;
  for (gsize j = 0; j < n; j++)
    if (fabsf (pass->y[j]) > 1e-20f)
      dy[j] = r[j] / (2 * pass->y[j]);
    else
      s->balance->kept_back += (double) r[j];
  return rw_relevance_go_back (s->net->nodes[i].layer, pass, dy, pass->x,
                               places, error);
}

static gboolean
pass_on (RwSharing *s, int i, const RwPass *pass, GError **error)
{
  float *place = get_place (s, i, 0, error);
  const gsize n = rw_shape_n_pixels (&pass->out);
  const gsize from = (gsize) pass->out.stride, to = (gsize) pass->in[0].stride;

  for (gsize j = 0; place && j < n; j++)
    for (int c = 0; c < pass->out.c; c++)
      place[j * to + (gsize) c] += s->relevance[i][j * from + (gsize) c];
  return place != NULL;
}

static gboolean
stop (RwSharing *s, int i, const RwPass *pass)
{
  s->balance->kept_back +=
      sum_of (s->relevance[i], rw_shape_n_floats (&pass->out));
  return TRUE;
}

static gboolean
fail (const RwNode *node, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "net: %s says no way that relevance goes through it, expected "
               "one; give its class a \"relevance\"",
               node->name);
  return FALSE;
}

static gboolean
share_node (RwSharing *s, int i, RwPass *pass, GError **error)
{
  const RwNode *node = &s->net->nodes[i];

  switch (node->layer->class->relevance) {
  case RW_RELEVANCE_SHARES:
  case RW_RELEVANCE_SUBTRACTS:
    return s->rule->kind == RW_RELEVANCE_EPSILON
               ? share_epsilon (s, i, pass, error)
               : rw_relevance_share_by_sign (s, i, pass, error);
  case RW_RELEVANCE_HALVES:
    return halve (s, i, pass, error);
  case RW_RELEVANCE_MOVES:
    return move (s, i, pass, error);
  case RW_RELEVANCE_PASSES:
    return pass_on (s, i, pass, error);
  case RW_RELEVANCE_STOPS:
    return stop (s, i, pass);
  case RW_RELEVANCE_UNKNOWN:
    break;
  }
  return fail (node, error);
}

/* ---- all layers --------------------------------------------------------- */

static void
note_magnitude (RwSharing *s, int i)
{
  const gsize n = rw_shape_n_floats (&s->shapes[i]);
  double sum = 0;

  for (gsize j = 0; j < n; j++)
    sum += fabs ((double) s->relevance[i][j]);
  s->balance->magnitude = MAX (s->balance->magnitude, sum);
}

static gboolean
share_all (RwSharing *s, GError **error)
{
  for (int i = s->net->n_nodes - 1; i > 0; i--) {
    RwPass pass;

    if (s->relevance[i] == NULL)
      continue;
    note_magnitude (s, i);
    rw_autofree float *scratch = fill_pass (s, i, &pass, error);
    if (scratch == NULL || !share_node (s, i, &pass, error))
      return FALSE;
    g_clear_pointer (&s->relevance[i], rw_free);
  }
  return TRUE;
}

static gboolean
begin (RwSharing *s, const float *output, GError **error)
{
  const int last = rw_net_output_node (s->net);
  const gsize n = rw_shape_n_floats (&s->shapes[last]);

  s->grads = rw_relevance_alloc (s->net->n_inner, error);
  s->relevance[last] = s->grads ? rw_relevance_alloc (n, error) : NULL;
  if (s->relevance[last] == NULL)
    return FALSE;
  memcpy (s->relevance[last], output, n * sizeof (float));
  s->balance->arrived = sum_of (output, n);
  return TRUE;
}

static void
end (RwSharing *s, float *input)
{
  const gsize n = rw_shape_n_floats (&s->shapes[0]);

  memset (input, 0, n * sizeof (float));
  if (s->relevance[0] != NULL)
    memcpy (input, s->relevance[0], n * sizeof (float));
  s->balance->reached = sum_of (input, n);
}

gboolean
rw_run_share_relevance (RwRun *run,
                        const RwPack *pack,
                        const RwRelevanceRule *rule,
                        const float *output,
                        float *input,
                        RwRelevanceBalance *balance,
                        GError **error)
{
  RwNet *net = run->net;
  g_autofree RwShape *shapes = g_new0 (RwShape, net->n_nodes);
  g_autofree float **relevance = g_new0 (float *, net->n_nodes);
  RwSharing s = { .net = net,
                  .run = run,
                  .pack = pack,
                  .rule = rule,
                  .shapes = shapes,
                  .relevance = relevance,
                  .balance = balance };

  *balance = (RwRelevanceBalance){ 0 };
  rw_net_shapes (net, 1, run->height, run->width, shapes);
  const gboolean ok = begin (&s, output, error) && share_all (&s, error);
  if (ok)
    end (&s, input);
  for (int i = 0; i < net->n_nodes; i++)
    rw_free (relevance[i]);
  rw_free (s.grads);
  return ok;
}
