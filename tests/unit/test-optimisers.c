/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/optim/optimisers.c and optimiser-*.c: each optimiser against its
 * formula in double over 20 steps, with penalties and decay on weights and
 * none on biases; padding stays 0; threads change nothing.
 */
#include "train/optim/optimisers.h"

#include "reweave.h"
#include "base/parallel.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

enum { SEED = 12, N_STEPS = 20, N_STATES = 2 };

/* Channels that need padding, and a weight of more than one chunk. */
static const char net_text[] =
    "input rgb\nconv 5 | relu | conv 48 | conv 48 | conv 3\nresidual\n";

static const RwOptimiserSettings settings = { .beta1 = 0.9,
                                              .beta2 = 0.99,
                                              .epsilon = 1e-8,
                                              .l1 = 0.03,
                                              .l2 = 0.05,
                                              .weight_decay = 0.2 };

/* A formula: one step on one value, @g with the penalties.  NULL: of matrices,
 * see test-muon.c. */
typedef void (*StepFunc) (
    double *w, double *state, double g, double rate, int t);

typedef struct {
  const char *name;
  StepFunc step;
} Formula;

static void
adam (double *w, double *s, double g, double rate, int t)
{
  s[0] = 0.9 * s[0] + 0.1 * g;
  s[1] = 0.99 * s[1] + 0.01 * g * g;
  const double mean = s[0] / (1 - pow (0.9, t));
  const double mean_square = s[1] / (1 - pow (0.99, t));
  *w -= rate * mean / (sqrt (mean_square) + 1e-8);
}

static void
lion (double *w, double *s, double g, double rate, int t)
{
  const double way = 0.9 * s[0] + 0.1 * g;

  *w -= rate * ((way > 0) - (way < 0));
  s[0] = 0.99 * s[0] + 0.01 * g;
}

static void
nesterov (double *w, double *s, double g, double rate, int t)
{
  s[0] = 0.9 * s[0] + g;
  *w -= rate * (g + 0.9 * s[0]);
}

static void
rmsprop (double *w, double *s, double g, double rate, int t)
{
  s[0] = 0.99 * s[0] + 0.01 * g * g;
  *w -= rate * g / (sqrt (s[0]) + 1e-8);
}

static void
sgd (double *w, double *s, double g, double rate, int t)
{
  s[0] = 0.9 * s[0] + g;
  *w -= rate * s[0];
}

static void
gd (double *w, double *s, double g, double rate, int t)
{
  *w -= rate * g;
}

static const Formula formulas[] = {
  { "adam", adam },       { "adamw", adam }, { "gd", gd },
  { "lion", lion },       { "muon", NULL },  { "nesterov", nesterov },
  { "rmsprop", rmsprop }, { "sgd", sgd },
};

/* One step with what holds weights small. */
static void
step (const Formula *formula,
      double *w,
      double *state,
      double g,
      double rate,
      gboolean is_weight,
      int t)
{
  if (is_weight) {
    *w *= 1 - rate * settings.weight_decay;
    g += settings.l2 * *w + settings.l1 * ((*w > 0) - (*w < 0));
  }
  formula->step (w, state, g, rate, t);
}

/* ---- a net's arrays ----------------------------------------------------- */

typedef struct {
  RwNet *net;
  gsize n;
  float *params, *grads;
  guint8 *used;  /* 0 for padding */
  guint8 *decay; /* 1 where weights decay */
} Arrays;

static Arrays
arrays_new (void)
{
  Arrays a = { .net = rw_net_parse (net_text, NULL) };

  g_assert_nonnull (a.net);
  a.n = rw_net_get_n_inner (a.net);
  a.params = g_new0 (float, a.n);
  a.grads = g_new0 (float, a.n);
  a.used = g_new0 (guint8, a.n);
  a.decay = g_new0 (guint8, a.n);
  rw_net_init_params (a.net, a.params, SEED, NULL);
  for (int i = 0; i < rw_net_get_n_params (a.net); i++) {
    const RwParam *param = rw_net_get_param (a.net, i);
    g_autofree float *ones = g_new (float, param->n_values);
    for (gsize j = 0; j < param->n_values; j++)
      ones[j] = 1;
    rw_net_import_param (a.net, i, a.grads, ones);
    memset (a.decay + param->inner, param->decay, param->n_inner);
  }
  for (gsize i = 0; i < a.n; i++)
    a.used[i] = a.grads[i] != 0;
  return a;
}

static void
arrays_clear (Arrays *a)
{
  rw_net_unref (a->net);
  g_free (a->params);
  g_free (a->grads);
  g_free (a->used);
  g_free (a->decay);
}

/* The gradient of step @t: of all sizes, 0 in padding. */
static void
draw_grads (Arrays *a, int t)
{
  const guint64 key = rw_random_key (SEED, (guint64) t);

  for (gsize i = 0; i < a->n; i++)
    a->grads[i] =
        a->used[i] ? (rw_random_uniform (key, i) - 0.4f) * (float) (1 + i % 7)
                   : 0;
}

static double
get_rate (int t)
{
  return 0.01 / (1 + 0.1 * t);
}

static void
run (const char *name, Arrays *a)
{
  g_autoptr (GError) error = NULL;
  const RwOptimiserClass *klass = rw_optimiser_find (name, &error);
  g_autoptr (RwOptimiser) optimiser =
      rw_optimiser_new (klass, &settings, a->net, &error);

  g_assert_no_error (error);
  for (int t = 1; t <= N_STEPS; t++) {
    draw_grads (a, t);
    rw_optimiser_step (optimiser, a->params, a->grads, (guint64) t,
                       get_rate (t), 0.5);
  }
  for (int s = 0; s < rw_optimiser_get_n_states (optimiser); s++) {
    const float *state = rw_optimiser_get_state (optimiser, s);
    for (gsize i = 0; i < a->n; i++)
      if (!a->used[i])
        g_assert_cmpfloat (state[i], ==, 0);
  }
}

static void
test_formula (gconstpointer data)
{
  const Formula *formula = data;
  Arrays a = arrays_new ();
  g_autofree double *w = g_new (double, a.n);
  g_autofree double *states = g_new0 (double, N_STATES *a.n);

  for (gsize i = 0; i < a.n; i++)
    w[i] = a.params[i];
  for (int t = 1; t <= N_STEPS; t++) {
    draw_grads (&a, t);
    for (gsize i = 0; i < a.n; i++)
      step (formula, w + i, states + N_STATES * i, 0.5 * (double) a.grads[i],
            get_rate (t), a.decay[i], t);
  }
  run (formula->name, &a);
  for (gsize i = 0; i < a.n; i++) {
    if (a.used[i])
      g_assert_cmpfloat (fabs ((double) a.params[i] - w[i]), <=,
                         2e-6 * (1 + fabs (w[i])));
    else
      g_assert_cmpfloat (a.params[i], ==, 0);
  }
  arrays_clear (&a);
}

static void
test_threads (gconstpointer data)
{
  const RwOptimiserClass *klass = data;
  Arrays one = arrays_new (), three = arrays_new ();

  rw_parallel_set_threads (1);
  run (klass->name, &one);
  rw_parallel_set_threads (3);
  run (klass->name, &three);
  rw_parallel_set_threads (0);
  g_assert_cmpmem (one.params, one.n * sizeof (float), three.params,
                   three.n * sizeof (float));
  arrays_clear (&one);
  arrays_clear (&three);
}

/* A few hundred steps bring a quadratic bowl close to its bottom. */
static void
test_descends (gconstpointer data)
{
  const RwOptimiserClass *klass = data;
  const RwOptimiserSettings plain = { .beta1 = 0.9,
                                      .beta2 = 0.99,
                                      .epsilon = 1e-8 };
  Arrays a = arrays_new ();
  g_autoptr (RwOptimiser) optimiser =
      rw_optimiser_new (klass, &plain, a.net, NULL);
  double before = 0, after = 0;

  for (gsize i = 0; i < a.n; i++)
    before += fabs ((double) a.params[i]);
  for (int t = 1; t <= 300; t++) {
    memcpy (a.grads, a.params, a.n * sizeof (float));
    rw_optimiser_step (optimiser, a.params, a.grads, (guint64) t,
                       0.02 / (1 + 0.02 * t), 1);
  }
  for (gsize i = 0; i < a.n; i++)
    after += fabs ((double) a.params[i]);
  g_test_message ("%s: %g to %g", klass->name, before, after);
  g_assert_cmpfloat (after, <, 0.3 * before);
  arrays_clear (&a);
}

/* Each has its formula here. */
static void
test_listed (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (formulas); i++)
    g_assert_cmpstr (rw_optimiser_list ()[i]->name, ==, formulas[i].name);
  g_assert_null (rw_optimiser_list ()[G_N_ELEMENTS (formulas)]);
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_optimiser_find ("adamv", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "did you mean \"adam"));
}

static void
add (const char *name,
     gconstpointer data,
     const char *what,
     GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/optimisers/%s/%s", name, what);

  g_test_add_data_func (path, data, func);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (formulas); i++)
    if (formulas[i].step != NULL)
      add (formulas[i].name, &formulas[i], "formula", test_formula);
  for (const RwOptimiserClass *const *k = rw_optimiser_list (); *k != NULL;
       k++) {
    add ((*k)->name, *k, "threads", test_threads);
    add ((*k)->name, *k, "descends", test_descends);
  }
  g_test_add_func ("/optimisers/listed", test_listed);
  g_test_add_func ("/optimisers/unknown", test_unknown);
  return g_test_run ();
}
