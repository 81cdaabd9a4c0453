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

#include "base/alloc.h"
#include "nets/pack.h"
#include "nets/run.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

typedef struct {
  RwNet *net;
  RwRun *run;
  const RwPack *pack;
  const RwRelevanceRule *rule;
  RwShape *shapes;   /* by node */
  float **relevance; /* by node, NULL: none has arrived */
  float *grads;      /* of parameters, which nobody wants */
  RwRelevanceBalance *balance;
} Sharing;

static float *
allocate (gsize n, GError **error)
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
fill_pass (const Sharing *s, int i, RwPass *pass, GError **error)
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
      allocate (pass->scratch_stride * (gsize) pass->workers, error);
  return pass->scratch;
}

/* Where the relevance of input @k of node @i is added up. */
static float *
get_place (Sharing *s, int i, int k, GError **error)
{
  const int from = s->net->nodes[i].inputs[k];

  if (s->relevance[from] == NULL)
    s->relevance[from] =
        allocate (rw_shape_n_floats (&s->shapes[from]), error);
  return s->relevance[from];
}

static gboolean
find_places (Sharing *s, int i, float *places[2], GError **error)
{
  for (int k = 0; k < s->net->nodes[i].n_inputs; k++)
    if ((places[k] = get_place (s, i, k, error)) == NULL)
      return FALSE;
  return TRUE;
}

/* ---- through backward --------------------------------------------------- */

/* Adds x[k] dx[k] to places[k], where dx is what backward makes of @dy; x NULL:
 * dx itself. */
static gboolean
go_back (const RwLayer *layer,
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
    ok = ok && (dx[k] = allocate (rw_shape_n_floats (&pass->in[k]), error));
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

/* The bias of output channel @c. */
static double
get_bias (const RwNode *node, const RwPass *pass, int c)
{
  return node->n_params > 1 ? (double) pass->params[1][c] : 0;
}

/* ---- the epsilon rule --------------------------------------------------- */

static gboolean
share_epsilon (Sharing *s, int i, RwPass *pass, GError **error)
{
  const RwNode *node = &s->net->nodes[i];
  const gsize n = rw_shape_n_floats (&pass->out);
  const float *z = pass->y, *r = s->relevance[i];
  rw_autofree float *dy = allocate (n, error);
  float *places[2];
  double squares = 0;

  if (dy == NULL || !find_places (s, i, places, error))
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
    s->balance->biases += slope * get_bias (node, pass, c);
    s->balance->kept_back += slope * (stable - (double) z[j]);
  }
  return go_back (node->layer, pass, dy, pass->x, places, error);
}

/* ---- the alpha-beta rule ------------------------------------------------ */

/* Summands of one sign: one half of the inputs with one half of the weights. */
typedef struct {
  const float *x[2], *params[2], *pack;
  int sign;      /* of the summands: 0 positive, 1 negative */
  gboolean adds; /* has the bias of that sign, too */
} Summands;

/* Of one sign: 0 the positive, 1 the negative ones, all else 0. */
static float *
take_sign (const float *values, gsize n, int sign, GError **error)
{
  float *part = allocate (n, error);

  for (gsize i = 0; part && i < n; i++)
    part[i] = (sign == 0 ? values[i] > 0 : values[i] < 0) ? values[i] : 0;
  return part;
}

/* All memory of one layer's halves. */
typedef struct {
  float *x[2][2];      /* by input and sign */
  float *params[3][2]; /* by sign, 2: zeros, and parameter */
  float *pack[2];
  float *z[2], *dy[2]; /* by sign */
} Halves;

static void
halves_clear (Halves *h)
{
  for (int k = 0; k < 2; k++)
    for (int sign = 0; sign < 3; sign++) {
      if (sign < 2)
        rw_free (h->x[k][sign]);
      rw_free (h->params[sign][k]);
    }
  for (int sign = 0; sign < 2; sign++) {
    rw_free (h->pack[sign]);
    rw_free (h->z[sign]);
    rw_free (h->dy[sign]);
  }
}

static gboolean
halves_init (
    Halves *h, const Sharing *s, int i, const RwPass *pass, GError **error)
{
  const RwNode *node = &s->net->nodes[i];
  const RwLayerClass *class = node->layer->class;
  const gsize n = rw_shape_n_floats (&pass->out);
  gboolean ok = TRUE;

  for (int sign = 0; sign < 2; sign++) {
    for (int k = 0; k < node->n_inputs; k++)
      ok = ok && (h->x[k][sign] =
                      take_sign (pass->x[k], rw_shape_n_floats (&pass->in[k]),
                                 sign, error));
    for (int k = 0; k < node->n_params; k++)
      ok = ok && (h->params[sign][k] =
                      take_sign (pass->params[k],
                                 s->net->params[node->first_param + k].n_inner,
                                 sign, error));
    ok = ok && (h->z[sign] = allocate (n, error)) &&
         (h->dy[sign] = allocate (n, error));
    if (!ok || !class->pack)
      continue;
    h->pack[sign] =
        allocate (class->pack_size (node->layer, RW_PASS_BOTH), error);
    if ((ok = h->pack[sign] != NULL))
      class->pack (node->layer, RW_PASS_BOTH, h->pack[sign],
                   (const float *const *) h->params[sign]);
  }
  if (ok && node->n_params > 1)
    ok = (h->params[2][1] = allocate (
              s->net->params[node->first_param + 1].n_inner, error)) != NULL;
  return ok;
}

/* Positive and negative summands; returns how many parts. */
static int
list_summands (const Halves *h, const RwNode *node, Summands list[4])
{
  const gboolean turns =
      node->layer->class->relevance == RW_RELEVANCE_SUBTRACTS;
  int n = 0;

  for (int sign = 0; sign < 2; sign++) /* of x */
    for (int w = 0; w < (node->n_params > 0 ? 2 : 1); w++) {
      const gboolean adds = sign == 0; /* once for each sign of the weights */
      list[n++] = (Summands){
        .x = { h->x[0][sign], h->x[1][turns ? 1 - sign : sign] },
        .params = { h->params[w][0], h->params[adds ? w : 2][1] },
        .pack = h->pack[w],
        .sign = sign ^ w,
        .adds = adds,
      };
    }
  return n;
}

static void
use_summands (RwPass *pass, const Summands *part)
{
  for (int k = 0; k < 2; k++) {
    pass->x[k] = part->x[k];
    pass->params[k] = part->params[k];
  }
  pass->pack = part->pack;
}

/* z[sign] = all summands of that sign, biases among them. */
static gboolean
add_up (const RwLayer *layer,
        RwPass *pass,
        const Summands *list,
        int n_parts,
        Halves *h,
        GError **error)
{
  const gsize n = rw_shape_n_floats (&pass->out);
  rw_autofree float *y = allocate (n, error);

  if (y == NULL)
    return FALSE;
  pass->y = y;
  for (int p = 0; p < n_parts; p++) {
    use_summands (pass, &list[p]);
    layer->class->forward (layer, pass);
    for (gsize j = 0; j < n; j++)
      h->z[list[p].sign][j] += y[j];
  }
  return TRUE;
}

/* How much of a relevance each sign's summands get for one of theirs. */
static void
weigh (
    const Sharing *s, double r, const double z[2], double tiny, double dy[2])
{
  const double alpha = s->rule->alpha;
  const gboolean has[2] = { z[0] > tiny, -z[1] > tiny };

  dy[0] = has[0] ? (has[1] ? alpha : 1) * r / z[0] : 0;
  dy[1] = has[1] ? (has[0] ? 1 - alpha : 1) * r / z[1] : 0;
}

static void
divide (Sharing *s, int i, const RwPass *pass, Halves *h)
{
  const RwNode *node = &s->net->nodes[i];
  const gsize n = rw_shape_n_floats (&pass->out);
  double most = 0;

  for (gsize j = 0; j < n; j++)
    most = MAX (most, MAX ((double) h->z[0][j], -(double) h->z[1][j]));
  /* below this a sum is what rounding has left of larger ones */
  const double tiny = MAX (1e-6 * most, 1e-30);

  for (gsize j = 0; j < n; j++) {
    const int c = (int) (j % (gsize) pass->out.stride);
    const double r = (double) s->relevance[i][j];
    const double z[2] = { (double) h->z[0][j], (double) h->z[1][j] };
    double dy[2];

    if (c >= pass->out.c)
      continue;
    weigh (s, r, z, tiny, dy);
    for (int sign = 0; sign < 2; sign++) {
      h->dy[sign][j] = (float) dy[sign];
      if (node->n_params > 1)
        s->balance->biases += dy[sign] * (double) h->params[sign][1][c];
    }
    if (dy[0] == 0 && dy[1] == 0)
      s->balance->kept_back += r;
  }
}

static gboolean
share_halves (Sharing *s, int i, RwPass *pass, Halves *h, GError **error)
{
  const RwNode *node = &s->net->nodes[i];
  Summands list[4];
  float *places[2];

  if (!find_places (s, i, places, error) ||
      !halves_init (h, s, i, pass, error))
    return FALSE;
  const int n_parts = list_summands (h, node, list);
  if (!add_up (node->layer, pass, list, n_parts, h, error))
    return FALSE;
  divide (s, i, pass, h);
  for (int p = 0; p < n_parts; p++) {
    use_summands (pass, &list[p]);
    if (!go_back (node->layer, pass, h->dy[list[p].sign], list[p].x, places,
                  error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
share_alpha_beta (Sharing *s, int i, RwPass *pass, GError **error)
{
  Halves halves = { 0 };
  const gboolean ok = share_halves (s, i, pass, &halves, error);

  halves_clear (&halves);
  return ok;
}

/* ---- the other ways ----------------------------------------------------- */

static gboolean
move (Sharing *s, int i, RwPass *pass, GError **error)
{
  float *places[2];

  return find_places (s, i, places, error) &&
         go_back (s->net->nodes[i].layer, pass, s->relevance[i], NULL, places,
                  error);
}

/* x times backward of s is x x' s for both factors, which is y s. */
static gboolean
halve (Sharing *s, int i, RwPass *pass, GError **error)
{
  const gsize n = rw_shape_n_floats (&pass->out);
  const float *r = s->relevance[i];
  rw_autofree float *dy = allocate (n, error);
  float *places[2];

  if (dy == NULL || !find_places (s, i, places, error))
    return FALSE;
  for (gsize j = 0; j < n; j++)
    if (fabsf (pass->y[j]) > 1e-20f)
      dy[j] = r[j] / (2 * pass->y[j]);
    else
      s->balance->kept_back += (double) r[j];
  return go_back (s->net->nodes[i].layer, pass, dy, pass->x, places, error);
}

static gboolean
pass_on (Sharing *s, int i, const RwPass *pass, GError **error)
{
  float *place = get_place (s, i, 0, error);
  const gsize n = rw_shape_n_floats (&pass->out);

  for (gsize j = 0; place && j < n; j++)
    place[j] += s->relevance[i][j];
  return place != NULL;
}

static gboolean
stop (Sharing *s, int i, const RwPass *pass)
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
share_node (Sharing *s, int i, RwPass *pass, GError **error)
{
  const RwNode *node = &s->net->nodes[i];

  switch (node->layer->class->relevance) {
  case RW_RELEVANCE_SHARES:
  case RW_RELEVANCE_SUBTRACTS:
    return s->rule->kind == RW_RELEVANCE_EPSILON
               ? share_epsilon (s, i, pass, error)
               : share_alpha_beta (s, i, pass, error);
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
note_magnitude (Sharing *s, int i)
{
  const gsize n = rw_shape_n_floats (&s->shapes[i]);
  double sum = 0;

  for (gsize j = 0; j < n; j++)
    sum += fabs ((double) s->relevance[i][j]);
  s->balance->magnitude = MAX (s->balance->magnitude, sum);
}

static gboolean
share_all (Sharing *s, GError **error)
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
begin (Sharing *s, const float *output, GError **error)
{
  const int last = rw_net_output_node (s->net);
  const gsize n = rw_shape_n_floats (&s->shapes[last]);

  s->grads = allocate (s->net->n_inner, error);
  s->relevance[last] = s->grads ? allocate (n, error) : NULL;
  if (s->relevance[last] == NULL)
    return FALSE;
  memcpy (s->relevance[last], output, n * sizeof (float));
  s->balance->arrived = sum_of (output, n);
  return TRUE;
}

static void
end (Sharing *s, float *input)
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
  Sharing s = { .net = net,
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
