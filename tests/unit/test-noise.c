/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layers that draw random numbers while training: what they draw, that it is a
 * function of key, image and layer alone, and that backward is forward's
 * adjoint.  Without keys they are as when inferring, see test-layers.c.
 */
#include "reference/harness.h"

#include <math.h>
#include <string.h>

enum { N = 3, H = 40, W = 30, C = 4 };

static const guint64 keys[] = { 11, 22, 33 }, others[] = { 44, 55, 66 };

static Harness *
train (const char *text, int n)
{
  Harness *h = harness_new (text, RW_RUN_TRAIN, 1, n, H, W, 1);
  harness_want_input_grad (h);
  return h;
}

static RefTensor *
draw (Harness *h, const RefTensor *x, const guint64 *from)
{
  rw_run_set_noise (h->run, from);
  return harness_forward (h, x);
}

static gboolean
same_bits (const RefTensor *a, const RefTensor *b)
{
  return memcmp (a->v, b->v, ref_size (a) * sizeof (double)) == 0;
}

static RefTensor *
constant (double value)
{
  RefTensor *x = ref_new (N, C, H, W);
  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] = value;
  return x;
}

/* ---- dropout ----------------------------------------------------------- */

/* 0 or x / (1 - rate), the former as often as the rate says: the share of
 * 14400 values has a deviation of at most 0.0042, 5 of them are allowed. */
static void
check_rate (const char *text, double rate)
{
  g_autoptr (Harness) h = train (text, N);
  g_autoptr (RefTensor) x = constant (1);
  g_autoptr (RefTensor) y = draw (h, x, keys);
  gsize n_dropped = 0;

  for (gsize i = 0; i < ref_size (y); i++) {
    if (y->v[i] == 0)
      n_dropped++;
    else
      g_assert_cmpfloat_with_epsilon (y->v[i], 1 / (1 - rate), 1e-6);
  }
  g_assert_cmpfloat_with_epsilon ((double) n_dropped / ref_size (y), rate,
                                  0.021);
}

static void
test_rate (void)
{
  check_rate ("input rgb sigma\ndropout\n", 0.5);
  check_rate ("input rgb sigma\ndropout 0.1\n", 0.1);
  check_rate ("input rgb sigma\ndropout rate=0.9\n", 0.9);
  check_rate ("input rgb sigma\ndropout 0\n", 0);
}

/* <A x, r> = <x, A' r>: backward drops the same values */
static void
test_adjoint (void)
{
  g_autoptr (Harness) h = train ("input rgb sigma\nconv 12 bias=no | "
                                 "dropout 0.3 | conv 5 bias=no | dropout\n",
                                 N);
  g_autoptr (RefTensor) x = harness_random_input (h, 1);
  g_autoptr (RefTensor) y = draw (h, x, keys);
  g_autoptr (RefTensor) r = ref_copy (y);
  guint64 state = 5;
  ref_fill (r, &state);
  g_autoptr (RefTensor) dx = harness_backward (h, r);
  const double left = ref_dot (y, r), right = ref_dot (x, dx);

  g_assert_cmpfloat (left, !=, 0);
  g_assert_cmpfloat_with_epsilon (left, right,
                                  5e-6 * ref_rms (y) * ref_rms (r) *
                                      sqrt ((double) ref_size (y)));
}

/* ---- quantise ---------------------------------------------------------- */

/* y - x is uniform in [-1/2, 1/2): its mean and variance, 0 and 1/12, within 5
 * of their deviations for 14400 values. */
static void
test_uniform (void)
{
  g_autoptr (Harness) h = train ("input rgb sigma\nquantise\n", N);
  g_autoptr (RefTensor) x = constant (0.25);
  g_autoptr (RefTensor) y = draw (h, x, keys);
  double sum = 0, squares = 0;

  for (gsize i = 0; i < ref_size (y); i++) {
    const double u = y->v[i] - x->v[i];
    g_assert_cmpfloat (u, >=, -0.5);
    g_assert_cmpfloat (u, <, 0.5);
    sum += u / ref_size (y);
    squares += u * u / ref_size (y);
  }
  g_assert_cmpfloat_with_epsilon (sum, 0, 0.0121);
  g_assert_cmpfloat_with_epsilon (squares, 1 / 12.0, 0.0032);
}

/* the gradient goes through as it is; straight rounds also while training */
static void
test_straight (void)
{
  static const char *const texts[] = {
    "input rgb sigma\nquantise\n", "input rgb sigma\nquantise train=straight\n"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (Harness) h = train (texts[i], N);
    g_autoptr (RefTensor) x = constant (2.5);
    g_autoptr (RefTensor) y = draw (h, x, keys);
    g_autoptr (RefTensor) r = ref_copy (y);
    guint64 state = 5;
    ref_fill (r, &state);
    g_autoptr (RefTensor) dx = harness_backward (h, r);

    ref_compare_bits (texts[i], dx, r);
    for (gsize k = 0; i == 1 && k < ref_size (y); k++)
      g_assert_cmpfloat (y->v[k], ==, 2);
  }
}

/* Of rounds it goes through the first one alone, which is as long as x. */
static void
test_rounds (void)
{
  const char *text = "input rgb sigma -> told\nrounds told 3\n";
  g_autoptr (Harness) h = train (text, N);
  g_autoptr (RefTensor) x = constant (2.5);
  g_autoptr (RefTensor) y = draw (h, x, keys);
  g_autoptr (RefTensor) r = ref_copy (y);
  guint64 state = 5;

  ref_fill (r, &state);
  g_autoptr (RefTensor) dx = harness_backward (h, r);
  g_autoptr (RefTensor) want = ref_slice (r, 0, C);
  ref_compare_bits (text, dx, want);
}

/* ---- keys -------------------------------------------------------------- */

static const char both[] =
    "input rgb sigma\nconv 6 -> a | dropout | dropout -> b\n"
    "repeat 2 {\nquantise | conv 6\n}\n";

static void
test_keys (void)
{
  g_autoptr (Harness) h = train (both, N);
  g_autoptr (RefTensor) x = harness_random_input (h, 1);
  g_autoptr (RefTensor) y = draw (h, x, keys);
  g_autoptr (RefTensor) again = draw (h, x, keys);
  g_autoptr (RefTensor) other = draw (h, x, others);

  ref_compare_bits (both, again, y);
  g_assert_false (same_bits (other, y));
}

/* How images are cut into slices changes nothing but roundings. */
static void
test_slices (void)
{
  g_autoptr (Harness) three = train (both, N), one = train (both, 1);
  g_autoptr (RefTensor) x = harness_random_input (three, 1);
  g_autoptr (RefTensor) y = draw (three, x, keys);

  for (int i = 0; i < N; i++) {
    g_autoptr (RefTensor) xi = ref_new (1, C, H, W);
    g_autoptr (RefTensor) want = ref_new (1, y->c, H, W);
    memcpy (xi->v, ref_at (x, i, 0, 0, 0), ref_size (xi) * sizeof (double));
    memcpy (want->v, ref_at (y, i, 0, 0, 0),
            ref_size (want) * sizeof (double));
    g_autoptr (RefTensor) got = draw (one, xi, keys + i);
    ref_compare (both, got, want, 3e-6, 3e-5);
  }
}

/* Two layers, and two rounds of one, draw differently: dropping half twice
 * leaves a quarter. */
static void
test_layers_differ (void)
{
  static const char *const texts[] = {
    "input rgb sigma\ndropout | dropout\n",
    "input rgb sigma\nrepeat 2 {\ndropout\n}\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (Harness) h = train (texts[i], N);
    g_autoptr (RefTensor) x = constant (1);
    g_autoptr (RefTensor) y = draw (h, x, keys);
    gsize n_left = 0;

    for (gsize k = 0; k < ref_size (y); k++)
      n_left += y->v[k] != 0;
    g_assert_cmpfloat_with_epsilon ((double) n_left / ref_size (y), 0.25,
                                    0.018);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/noise/dropout/rate", test_rate);
  g_test_add_func ("/noise/dropout/adjoint", test_adjoint);
  g_test_add_func ("/noise/quantise/uniform", test_uniform);
  g_test_add_func ("/noise/quantise/straight", test_straight);
  g_test_add_func ("/noise/rounds", test_rounds);
  g_test_add_func ("/noise/keys", test_keys);
  g_test_add_func ("/noise/slices", test_slices);
  g_test_add_func ("/noise/layers-differ", test_layers_differ);
  return g_test_run ();
}
