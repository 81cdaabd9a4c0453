/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The textbook of explanations, as slow as it can be: a net is a list of
 * layers, each of which is run by itself on numbers of double precision.  What
 * an input adds to an output is found by showing the layer this input alone;
 * gradients are differences.  One image.
 */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

#include "nets/relevance.h"
#include "reference/reference.h"

typedef struct {
  const char *text; /* one layer: "conv 4"; of two inputs: its word alone */
  int from, with;   /* nodes, counted from 1; 0: the input; with -1: none */
  int n_params;
} TwinLayer;

typedef struct {
  const TwinLayer *layers;
  int n; /* layers; node i is layer i - 1 */
  const RefParams *params;
  RefTensor **values; /* by node, [n + 1] */
} Twin;

static inline gboolean
twin_is (const TwinLayer *layer, const char *word)
{
  return strncmp (layer->text, word, strlen (word)) == 0;
}

/* Layer @i of @a and, where it reads two, @b. */
static inline RefTensor *
twin_layer (const Twin *twin, int i, const RefTensor *a, const RefTensor *b)
{
  const TwinLayer *layer = &twin->layers[i - 1];
  int first = 0;

  if (b)
    return g_str_equal (layer->text, "add")        ? ref_add (a, b)
           : g_str_equal (layer->text, "subtract") ? ref_subtract (a, b)
           : g_str_equal (layer->text, "times")    ? ref_multiply (a, b)
                                                   : ref_concat (a, b);
  for (int k = 0; k < i - 1; k++)
    first += twin->layers[k].n_params;
  const RefParams own = { layer->n_params, twin->params->values + first };
  return ref_net_run (layer->text, a, &own);
}

/* Runs the layers behind node @after, whose value and those before are there.
 */
static inline void
twin_run (Twin *twin, int after)
{
  for (int i = after + 1; i <= twin->n; i++) {
    const TwinLayer *layer = &twin->layers[i - 1];

    ref_free (twin->values[i]);
    twin->values[i] =
        twin_layer (twin, i, twin->values[layer->from],
                    layer->with >= 0 ? twin->values[layer->with] : NULL);
  }
}

static inline Twin
twin_new (const TwinLayer *layers,
          int n,
          const RefParams *params,
          const RefTensor *input)
{
  Twin twin = { layers, n, params, g_new0 (RefTensor *, n + 1) };

  twin.values[0] = ref_copy (input);
  twin_run (&twin, 0);
  return twin;
}

static inline void
twin_clear (Twin *twin)
{
  for (int i = 0; i <= twin->n; i++)
    ref_free (twin->values[i]);
  g_free (twin->values);
}

/* ---- energy and its gradient -------------------------------------------- */

static inline double
twin_energy (const Twin *twin, const RwRect *region)
{
  const RefTensor *y = twin->values[twin->n];
  double sum = 0;

  for (int c = 0; c < y->c; c++)
    for (int row = 0; row < region->height; row++)
      for (int x = 0; x < region->width; x++) {
        const double v = *ref_at (y, 0, c, region->y + row, region->x + x);
        sum += v * v / 2;
      }
  return sum;
}

/* d energy / d values of @node. */
static inline RefTensor *
twin_gradient (Twin *twin, int node, const RwRect *region)
{
  const double step = 1e-5;
  RefTensor *gradient = ref_copy (twin->values[node]);

  for (gsize i = 0; i < ref_size (gradient); i++) {
    double *v = &twin->values[node]->v[i];
    const double was = *v;

    *v = was + step;
    twin_run (twin, node);
    const double more = twin_energy (twin, region);
    *v = was - step;
    twin_run (twin, node);
    gradient->v[i] = (more - twin_energy (twin, region)) / (2 * step);
    *v = was;
  }
  twin_run (twin, node);
  return gradient;
}

/* ---- relevance ---------------------------------------------------------- */

/* What value @i alone of input @which adds to every output. */
static inline RefTensor *
twin_summand (const Twin *twin, int node, int which, gsize i)
{
  const TwinLayer *layer = &twin->layers[node - 1];
  const RefTensor *in[2] = { twin->values[layer->from],
                             layer->with >= 0 ? twin->values[layer->with]
                                              : NULL };
  g_autoptr (RefTensor) a = ref_new (1, in[0]->c, in[0]->h, in[0]->w);
  g_autoptr (RefTensor) b =
      in[1] ? ref_new (1, in[1]->c, in[1]->h, in[1]->w) : NULL;
  g_autoptr (RefTensor) none = twin_layer (twin, node, a, b);

  (which == 0 ? a : b)->v[i] = in[which]->v[i];
  RefTensor *z = twin_layer (twin, node, a, b);
  for (gsize j = 0; j < ref_size (z); j++)
    z->v[j] -= none->v[j];
  return z;
}

/* With nothing to read a layer says its bias. */
static inline RefTensor *
twin_bias (const Twin *twin, int node)
{
  const TwinLayer *layer = &twin->layers[node - 1];
  const RefTensor *in = twin->values[layer->from];
  g_autoptr (RefTensor) a = ref_new (1, in->c, in->h, in->w);

  return layer->with >= 0
             ? ref_new (1, twin->values[node]->c, twin->values[node]->h,
                        twin->values[node]->w)
             : twin_layer (twin, node, a, NULL);
}

static inline void
twin_count_signs (const RefTensor *z, double *positive, double *negative)
{
  for (gsize j = 0; j < ref_size (z); j++) {
    positive[j] += MAX (z->v[j], 0);
    negative[j] += MIN (z->v[j], 0);
  }
}

static inline gsize
twin_input_size (const Twin *twin, int node, int which)
{
  const TwinLayer *layer = &twin->layers[node - 1];
  const int from = which == 0 ? layer->from : layer->with;

  return from < 0 ? 0 : ref_size (twin->values[from]);
}

/* One sum's layer, summand by summand. */
static inline void
twin_share (const Twin *twin,
            int node,
            const RwRelevanceRule *rule,
            RefTensor **relevance)
{
  const TwinLayer *layer = &twin->layers[node - 1];
  const RefTensor *y = twin->values[node], *r = relevance[node];
  const gsize n = ref_size (y);
  g_autofree double *positive = g_new0 (double, n);
  g_autofree double *negative = g_new0 (double, n);
  g_autoptr (RefTensor) bias = twin_bias (twin, node);
  const double e = rule->epsilon * ref_rms (y);

  twin_count_signs (bias, positive, negative);
  for (int which = 0; which < 2; which++)
    for (gsize i = 0; i < twin_input_size (twin, node, which); i++) {
      g_autoptr (RefTensor) z = twin_summand (twin, node, which, i);
      twin_count_signs (z, positive, negative);
    }
  for (int which = 0; which < 2; which++)
    for (gsize i = 0; i < twin_input_size (twin, node, which); i++) {
      g_autoptr (RefTensor) z = twin_summand (twin, node, which, i);
      double sum = 0;

      for (gsize j = 0; j < n; j++) {
        if (z->v[j] == 0)
          continue;
        if (rule->kind == RW_RELEVANCE_EPSILON) {
          sum += z->v[j] / (y->v[j] + (y->v[j] < 0 ? -e : e)) * r->v[j];
          continue;
        }
        const double a = negative[j] == 0 ? 1 : rule->alpha;
        const double b = positive[j] == 0 ? -1 : rule->alpha - 1;
        sum += z->v[j] > 0 ? a * z->v[j] / positive[j] * r->v[j]
                           : -b * z->v[j] / negative[j] * r->v[j];
      }
      relevance[which == 0 ? layer->from : layer->with]->v[i] += sum;
    }
}

/* Values that are only moved, found by a mark on each. */
static inline void
twin_move (const Twin *twin, int node, RefTensor **relevance)
{
  const TwinLayer *layer = &twin->layers[node - 1];

  for (int which = 0; which < 2; which++) {
    const gsize n = twin_input_size (twin, node, which);
    for (gsize i = 0; i < n; i++) {
      g_autoptr (RefTensor) z = twin_summand (twin, node, which, i);
      for (gsize j = 0; j < ref_size (z); j++)
        if (z->v[j] != 0)
          relevance[which == 0 ? layer->from : layer->with]->v[i] +=
              relevance[node]->v[j];
    }
  }
}

/* The largest of each square of two pixels takes all. */
static inline void
twin_max (const Twin *twin, int node, RefTensor **relevance)
{
  const TwinLayer *layer = &twin->layers[node - 1];
  const RefTensor *x = twin->values[layer->from], *y = twin->values[node];

  for (int c = 0; c < x->c; c++)
    for (int row = 0; row < x->h; row++)
      for (int i = 0; i < x->w; i++)
        if (*ref_at (x, 0, c, row, i) == *ref_at (y, 0, c, row / 2, i / 2))
          *ref_at (relevance[layer->from], 0, c, row, i) +=
              *ref_at (relevance[node], 0, c, row / 2, i / 2);
}

static inline void
twin_pass (const Twin *twin, int node, double share, RefTensor **relevance)
{
  const TwinLayer *layer = &twin->layers[node - 1];

  for (gsize i = 0; i < ref_size (relevance[node]); i++) {
    relevance[layer->from]->v[i] += share * relevance[node]->v[i];
    if (layer->with >= 0)
      relevance[layer->with]->v[i] += share * relevance[node]->v[i];
  }
}

/* The input's relevance for @output, that of the last node. */
static inline RefTensor *
twin_relevance (const Twin *twin,
                const RwRelevanceRule *rule,
                const RefTensor *output)
{
  g_autofree RefTensor **relevance = g_new0 (RefTensor *, twin->n + 1);

  for (int i = 0; i < twin->n; i++)
    relevance[i] = ref_new (1, twin->values[i]->c, twin->values[i]->h,
                            twin->values[i]->w);
  relevance[twin->n] = ref_copy (output);
  for (int i = twin->n; i > 0; i--) {
    const TwinLayer *layer = &twin->layers[i - 1];

    if (twin_is (layer, "max-pool"))
      twin_max (twin, i, relevance);
    else if (twin_is (layer, "shuffle") || twin_is (layer, "unshuffle") ||
             twin_is (layer, "concat"))
      twin_move (twin, i, relevance);
    else if (twin_is (layer, "times"))
      twin_pass (twin, i, 0.5, relevance);
    else if (twin_is (layer, "relu") || twin_is (layer, "sigmoid") ||
             twin_is (layer, "prelu"))
      twin_pass (twin, i, 1, relevance);
    else
      twin_share (twin, i, rule, relevance);
    ref_free (relevance[i]);
  }
  return relevance[0];
}
