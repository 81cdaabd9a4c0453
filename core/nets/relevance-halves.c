/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The alpha-beta rule: what is positive and what is negative shared apart.
 */
#include "nets/relevance-private.h"

#include "base/alloc.h"

#include <string.h>

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
  float *part = rw_relevance_alloc (n, error);

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
    Halves *h, const RwSharing *s, int i, const RwPass *pass, GError **error)
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
    ok = ok && (h->z[sign] = rw_relevance_alloc (n, error)) &&
         (h->dy[sign] = rw_relevance_alloc (n, error));
    if (!ok || !class->pack)
      continue;
    h->pack[sign] = rw_relevance_alloc (
        class->pack_size (node->layer, RW_PASS_BOTH), error);
    if ((ok = h->pack[sign] != NULL))
      class->pack (node->layer, RW_PASS_BOTH, h->pack[sign],
                   (const float *const *) h->params[sign]);
  }
  if (ok && node->n_params > 1)
    ok = (h->params[2][1] = rw_relevance_alloc (
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
  rw_autofree float *y = rw_relevance_alloc (n, error);

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
    const RwSharing *s, double r, const double z[2], double tiny, double dy[2])
{
  const double alpha = s->rule->alpha;
  const gboolean has[2] = { z[0] > tiny, -z[1] > tiny };

  dy[0] = has[0] ? (has[1] ? alpha : 1) * r / z[0] : 0;
  dy[1] = has[1] ? (has[0] ? 1 - alpha : 1) * r / z[1] : 0;
}

static void
divide (RwSharing *s, int i, const RwPass *pass, Halves *h)
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
share_halves (RwSharing *s, int i, RwPass *pass, Halves *h, GError **error)
{
  const RwNode *node = &s->net->nodes[i];
  Summands list[4];
  float *places[2];

  if (!rw_relevance_find_places (s, i, places, error) ||
      !halves_init (h, s, i, pass, error))
    return FALSE;
  const int n_parts = list_summands (h, node, list);
  if (!add_up (node->layer, pass, list, n_parts, h, error))
    return FALSE;
  divide (s, i, pass, h);
  for (int p = 0; p < n_parts; p++) {
    use_summands (pass, &list[p]);
    if (!rw_relevance_go_back (node->layer, pass, h->dy[list[p].sign],
                               list[p].x, places, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
rw_relevance_share_by_sign (RwSharing *s, int i, RwPass *pass, GError **error)
{
  Halves halves = { 0 };
  const gboolean ok = share_halves (s, i, pass, &halves, error);

  halves_clear (&halves);
  return ok;
}
