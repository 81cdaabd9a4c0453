/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The layer "bits" in training, where it draws noise: values and gradients
 * against the textbook with the same noise.  Without noise, and "gain", see
 * test-layers.c.
 */
#include "reference/harness.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

enum { N = 2, H = 5, W = 7, C = 4, RATES = 3, SPAN = 4 };

static const guint64 keys[] = { 11, 22 };

/* The rate is told by the last channel of the input, which is counted too. */
static const char text[] = "input rgb sigma -> told\nbits told 3 span=4\n";

/* What the layer, the net's first, adds to its input. */
static RefTensor *
find_noise (void)
{
  RefTensor *noise = ref_new (N, C, H, W);

  for (int n = 0; n < N; n++)
    for (int c = 0; c < C; c++)
      for (int i = 0; i < H * W; i++)
        *ref_at (noise, n, c, i / W, i % W) =
            (double) (rw_random_uniform (
                          rw_random_key (keys[n], 1),
                          (guint64) (i * rw_channel_stride (C) + c)) -
                      0.5f);
  return noise;
}

/* Colour of -4..4, so that it meets most classes, and a rate of -0.1..1.1. */
static RefTensor *
make_input (guint64 seed)
{
  RefTensor *x = ref_new (N, C, H, W);
  guint64 state = seed;

  ref_fill (x, &state);
  for (int n = 0; n < N; n++)
    for (int c = 0; c < C; c++)
      for (int i = 0; i < H * W; i++) {
        double *at = ref_at (x, n, c, i / W, i % W);
        *at = (double) (float) (c == C - 1 ? 0.5 + 0.6 * *at : 4 * *at);
      }
  return x;
}

static Harness *
begin (guint64 seed)
{
  Harness *h = harness_new (text, RW_RUN_TRAIN, 1, N, H, W, seed);

  rw_run_set_noise (h->run, keys);
  harness_want_input_grad (h);
  return h;
}

static RefTensor *
count (const RefTensor *x, const double *widths, const RefTensor *noise)
{
  return ref_count_bits (x, x, widths, RATES, SPAN, noise);
}

static void
test_forward (void)
{
  g_autoptr (Harness) h = begin (1);
  g_autoptr (RefTensor) x = make_input (2);
  g_autoptr (RefTensor) noise = find_noise ();
  g_autoptr (RefTensor) y = harness_forward (h, x);
  g_autoptr (RefTensor) want = count (x, h->values.values[0], noise);
  g_autoptr (RefTensor) silent = count (x, h->values.values[0], NULL);

  ref_compare (text, y, want, 1e-6, 1e-5);
  g_assert_cmpfloat (fabs (*y->v - *silent->v), >, 1e-3);
}

/* <r, f> at x + t dx, and widths + t dw. */
static double
value_at (const Harness *h,
          const RefTensor *x,
          const RefTensor *dx,
          const double *dw,
          const RefTensor *noise,
          const RefTensor *r,
          double t)
{
  const gsize n = rw_net_get_param (h->net, 0)->n_values;
  g_autoptr (RefTensor) moved = ref_copy (x);
  g_autofree double *widths =
      g_memdup2 (h->values.values[0], n * sizeof (double));

  for (gsize i = 0; dx != NULL && i < ref_size (x); i++)
    moved->v[i] += t * dx->v[i];
  for (gsize i = 0; dw != NULL && i < n; i++)
    widths[i] += t * dw[i];
  g_autoptr (RefTensor) y = count (moved, widths, noise);
  return ref_dot (y, r);
}

static void
assert_slope (double got, double high, double low, double typical)
{
  const double want = (high - low) / 2e-6;

  if (!(fabs (got - want) <= 2e-5 * (fabs (want) + typical)))
    g_error ("slope %.9g, expected %.9g; usual is %.3g", got, want, typical);
}

/* By every value of the input, and in random directions of the parameter. */
static void
test_gradient (void)
{
  g_autoptr (Harness) h = begin (3);
  g_autoptr (RefTensor) x = make_input (4);
  g_autoptr (RefTensor) noise = find_noise ();
  g_autoptr (RefTensor) y = harness_forward (h, x);
  g_autoptr (RefTensor) r = ref_copy (y);
  guint64 state = 5;
  ref_fill (r, &state);
  g_autoptr (RefTensor) dx = harness_backward (h, r);
  RefParams dw = harness_export (h, h->grads);
  const gsize n = rw_net_get_param (h->net, 0)->n_values;

  for (gsize i = 0; i < ref_size (x); i++) {
    g_autoptr (RefTensor) v = ref_new (N, C, H, W);
    v->v[i] = 1;
    assert_slope (dx->v[i], value_at (h, x, v, NULL, noise, r, 1e-6),
                  value_at (h, x, v, NULL, noise, r, -1e-6), ref_rms (dx));
  }
  for (int i = 0; i < 20; i++) {
    g_autofree double *v = g_new (double, n);
    double slope = 0;
    for (gsize k = 0; k < n; k++) {
      v[k] = ref_uniform (&state);
      slope += v[k] * dw.values[0][k];
    }
    assert_slope (slope, value_at (h, x, NULL, v, noise, r, 1e-6),
                  value_at (h, x, NULL, v, noise, r, -1e-6),
                  sqrt ((double) n));
  }
  ref_params_clear (&dw);
}

/* What is far out, or has a width at an end, stays finite and keeps a slope
 * that leads back. */
static void
test_extremes (void)
{
  static const float widths[] = { -40, 0, 40 };

  for (guint k = 0; k < G_N_ELEMENTS (widths); k++) {
    g_autoptr (Harness) h = begin (6);
    g_autoptr (RefTensor) x = make_input (7);
    const gsize n = rw_net_get_param (h->net, 0)->n_values;
    g_autofree float *values = g_new (float, n);
    for (gsize i = 0; i < n; i++)
      values[i] = widths[k];
    rw_net_import_param (h->net, 0, h->params, values);
    rw_pack_update (h->pack, h->params);
    for (gsize i = 0; i < ref_size (x); i += 5)
      x->v[i] = i % 2 ? 30000 : -30000;
    g_autoptr (RefTensor) y = harness_forward (h, x);
    g_autoptr (RefTensor) ones = ref_copy (y);
    for (gsize i = 0; i < ref_size (ones); i++)
      ones->v[i] = 1;
    g_autoptr (RefTensor) dx = harness_backward (h, ones);
    RefParams dw = harness_export (h, h->grads);
    for (gsize i = 0; i < ref_size (y); i++)
      g_assert_true (isfinite (y->v[i]) && y->v[i] >= 0);
    for (gsize i = 0; i < ref_size (dx); i++)
      g_assert_true (isfinite (dx->v[i]));
    for (gsize i = 0; i < n; i++)
      g_assert_true (isfinite (dw.values[0][i]) &&
                     dw.values[0][i] * (double) widths[k] >= 0);
    ref_params_clear (&dw);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bits/forward", test_forward);
  g_test_add_func ("/bits/gradient", test_gradient);
  g_test_add_func ("/bits/extremes", test_extremes);
  return g_test_run ();
}
