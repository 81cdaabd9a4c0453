/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * optimiser-muon.c against the method as it is published, in double and on
 * matrices as a file has them, [outputs][inputs * k * k]: matrices taller and
 * wider than their outputs, with penalties and decay.  The first and the last
 * convolution and all biases are adam's.
 */
#include "train/optim/optimisers.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { SEED = 31, N_STEPS = 3 };

/* Channels that need padding; 40 of 20 is wider than tall. */
static const char net_text[] =
    "input rgb\nconv 20 | relu | conv 40 k=1 | relu | conv 12 | conv 3\n"
    "residual\n";

static const RwOptimiserSettings settings = { .beta1 = 0.95,
                                              .beta2 = 0.99,
                                              .epsilon = 1e-8,
                                              .l2 = 0.02,
                                              .weight_decay = 0.1 };

static double
get_rate (int t)
{
  return 0.01 / t;
}

/* One matrix, [n_out][n_in], row-major. */
typedef struct {
  gsize n_out, n_in;
  double *w, *m;
} Matrix;

/* x = a x + (b s + c s s) x with s = x x', five times. */
static void
orthogonalise (const Matrix *matrix, double *x)
{
  const gsize n = matrix->n_out, k = matrix->n_in;
  g_autofree double *s = g_new (double, n *n), *p = g_new (double, n *n);
  g_autofree double *y = g_new (double, n *k);
  double squares = 0;

  for (gsize i = 0; i < n * k; i++)
    squares += x[i] * x[i];
  for (gsize i = 0; i < n * k; i++)
    x[i] /= sqrt (squares) + 1e-20;
  for (int round = 0; round < 5; round++) {
    for (gsize i = 0; i < n; i++)
      for (gsize j = 0; j < n; j++) {
        s[i * n + j] = 0;
        for (gsize l = 0; l < k; l++)
          s[i * n + j] += x[i * k + l] * x[j * k + l];
      }
    for (gsize i = 0; i < n; i++)
      for (gsize j = 0; j < n; j++) {
        p[i * n + j] = -4.7750 * s[i * n + j];
        for (gsize l = 0; l < n; l++)
          p[i * n + j] += 2.0315 * s[i * n + l] * s[l * n + j];
      }
    for (gsize i = 0; i < n; i++)
      for (gsize l = 0; l < k; l++) {
        y[i * k + l] = 3.4445 * x[i * k + l];
        for (gsize j = 0; j < n; j++)
          y[i * k + l] += p[i * n + j] * x[j * k + l];
      }
    memcpy (x, y, n * k * sizeof (double));
  }
}

static void
step (Matrix *matrix, const double *gradient, double rate)
{
  const gsize n = matrix->n_out * matrix->n_in;
  const double side = (double) MAX (matrix->n_out, matrix->n_in);
  g_autofree double *x = g_new (double, n);

  for (gsize i = 0; i < n; i++) {
    matrix->w[i] *= 1 - rate * settings.weight_decay;
    const double g = gradient[i] + settings.l2 * matrix->w[i];
    matrix->m[i] = 0.95 * matrix->m[i] + 0.05 * g;
    x[i] = 0.95 * matrix->m[i] + 0.05 * g;
  }
  orthogonalise (matrix, x);
  for (gsize i = 0; i < n; i++)
    matrix->w[i] -= rate * 0.2 * sqrt (side) * x[i];
}

/* Gradient of parameter @i at step @t, as a file has it. */
static void
draw_gradient (const RwParam *param, int i, int t, float *values)
{
  const guint64 key =
      rw_random_key (rw_random_key (SEED, (guint64) t), (guint64) i);

  rw_random_gaussian (key, 0, values, param->n_values);
}

static void
run (const char *name, RwNet *net, float *params)
{
  const gsize n = rw_net_get_n_inner (net);
  g_autofree float *grads = g_new0 (float, n);
  g_autoptr (RwOptimiser) optimiser =
      rw_optimiser_new (rw_optimiser_find (name, NULL), &settings, net, NULL);

  for (int t = 1; t <= N_STEPS; t++) {
    for (int i = 0; i < rw_net_get_n_params (net); i++) {
      const RwParam *param = rw_net_get_param (net, i);
      g_autofree float *values = g_new (float, param->n_values);
      draw_gradient (param, i, t, values);
      rw_net_import_param (net, i, grads, values);
    }
    rw_optimiser_step (optimiser, params, grads, (guint64) t, get_rate (t), 1);
  }
}

static float *export(const RwNet *net, int i, const float *params)
{
  float *values = g_new (float, rw_net_get_param (net, i)->n_values);

  rw_net_export_param (net, i, params, values);
  return values;
}

static void
check_matrix (const RwNet *net, int i, const float *before, const float *after)
{
  const RwParam *param = rw_net_get_param (net, i);
  const gsize n = param->n_values;
  g_autofree float *start = export(net, i, before);
  g_autofree float *end = export(net, i, after);
  g_autofree float *values = g_new (float, n);
  g_autofree double *gradient = g_new (double, n), *w = g_new (double, n);
  g_autofree double *m = g_new0 (double, n);
  Matrix matrix = {
    .n_out = param->dims[0], .n_in = n / param->dims[0], .w = w, .m = m
  };

  for (gsize j = 0; j < n; j++)
    w[j] = (double) start[j];
  for (int t = 1; t <= N_STEPS; t++) {
    draw_gradient (param, i, t, values);
    for (gsize j = 0; j < n; j++)
      gradient[j] = (double) values[j];
    step (&matrix, gradient, get_rate (t));
  }
  for (gsize j = 0; j < n; j++)
    g_assert_cmpfloat (fabs (w[j] - (double) end[j]), <=, 2e-6);
}

static void
test_formula (void)
{
  g_autoptr (RwNet) net = rw_net_parse (net_text, NULL);
  const gsize n = rw_net_get_n_inner (net);
  g_autofree float *start = g_new0 (float, n);
  int n_matrices = 0;

  rw_net_init_params (net, start, SEED, NULL);
  g_autofree float *muon = g_memdup2 (start, n * sizeof (float));
  g_autofree float *adam = g_memdup2 (start, n * sizeof (float));
  run ("muon", net, muon);
  run ("adam", net, adam);
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    const float *mine = muon + param->inner;
    if (g_str_equal (param->name, "conv2.weight") ||
        g_str_equal (param->name, "conv3.weight")) {
      check_matrix (net, i, start, muon);
      n_matrices++;
    } else
      g_assert_cmpmem (mine, param->n_inner * sizeof (float),
                       adam + param->inner, param->n_inner * sizeof (float));
  }
  g_assert_cmpint (n_matrices, ==, 2);
}

/* A gradient of zeros moves nothing, and nothing becomes NaN. */
static void
test_zero (void)
{
  g_autoptr (RwNet) net = rw_net_parse (net_text, NULL);
  const RwOptimiserSettings plain = { .beta1 = 0.95,
                                      .beta2 = 0.99,
                                      .epsilon = 1e-8 };
  const gsize n = rw_net_get_n_inner (net);
  g_autofree float *params = g_new0 (float, n), *zeros = g_new0 (float, n);
  g_autoptr (RwOptimiser) optimiser =
      rw_optimiser_new (rw_optimiser_find ("muon", NULL), &plain, net, NULL);

  rw_net_init_params (net, params, SEED, NULL);
  g_autofree float *start = g_memdup2 (params, n * sizeof (float));
  rw_optimiser_step (optimiser, params, zeros, 1, 0.01, 1);
  g_assert_cmpmem (params, n * sizeof (float), start, n * sizeof (float));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/muon/formula", test_formula);
  g_test_add_func ("/muon/zero", test_zero);
  return g_test_run ();
}
