/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * base/svd.c and nets/low-rank.c: singular values, layers of a planted rank,
 * what of the net's structure stays.
 */
#include "nets/low-rank.h"

#include "base/alloc.h"
#include "base/random.h"
#include "base/svd.h"
#include "reference/harness.h"

#include <math.h>
#include <string.h>

/* ---- singular values ----------------------------------------------------- */

static double *
draw_matrix (int n, guint64 seed)
{
  double *values = g_new (double, n);

  for (int i = 0; i < n; i++)
    values[i] =
        2 * (double) rw_random_uniform (rw_random_key (seed, 3), (guint64) i) -
        1;
  return values;
}

/* A product of rank @rank with values of length 1, 10, 100... */
static double *
draw_of_rank (int m, int n, int rank, guint64 seed)
{
  g_autofree double *a = draw_matrix (m * rank, seed);
  g_autofree double *b = draw_matrix (rank * n, seed + 1);
  double *values = g_new0 (double, m *n);

  for (int o = 0; o < m; o++)
    for (int i = 0; i < n; i++)
      for (int r = 0; r < rank; r++)
        values[o * n + i] += a[o * rank + r] * b[r * n + i];
  return values;
}

/* Vectors whose value is not 0 are orthonormal. */
static void
check_orthonormal (
    const double *v, const double *s, int n, int length, int step, int next)
{
  for (int a = 0; a < n; a++)
    for (int b = 0; b <= a; b++) {
      double product = 0;

      for (int k = 0; k < length; k++)
        product += v[a * next + k * step] * v[b * next + k * step];
      if (s[a] > 0 && s[b] > 0)
        g_assert_cmpfloat_with_epsilon (product, a == b ? 1 : 0, 1e-11);
    }
}

static void
check_svd (const double *matrix, int m, int n, int rank)
{
  g_autoptr (GError) error = NULL;
  const int least = MIN (m, n);
  g_autofree double *u = g_new (double, m *least);
  g_autofree double *s = g_new (double, least);
  g_autofree double *vt = g_new (double, least *n);
  double most = 0;

  g_assert_true (rw_svd (matrix, m, n, u, s, vt, &error));
  g_assert_no_error (error);
  for (int i = 0; i < m * n; i++)
    most = MAX (most, fabs (matrix[i]));
  for (int o = 0; o < m; o++)
    for (int i = 0; i < n; i++) {
      double sum = 0;

      for (int r = 0; r < least; r++)
        sum += u[o * least + r] * s[r] * vt[r * n + i];
      g_assert_cmpfloat_with_epsilon (sum, matrix[o * n + i], 1e-12 * most);
    }
  for (int r = 1; r < least; r++)
    g_assert_cmpfloat (s[r], <=, s[r - 1]);
  for (int r = 0; r < least; r++)
    if (r < rank)
      g_assert_cmpfloat (s[r], >, 1e-3 * s[0]);
    else
      g_assert_cmpfloat (s[r], <, 1e-13 * s[0]);
  check_orthonormal (vt, s, least, n, 1, n);
  check_orthonormal (u, s, least, m, least, 1);
}

static void
test_svd (void)
{
  static const int sizes[][3] = {
    { 5, 5, 5 }, { 3, 40, 3 },  { 40, 3, 3 },  { 1, 7, 1 },   { 7, 1, 1 },
    { 1, 1, 1 }, { 24, 90, 4 }, { 90, 24, 4 }, { 33, 33, 2 }, { 20, 64, 20 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const int m = sizes[i][0], n = sizes[i][1], rank = sizes[i][2];
    g_autofree double *matrix = rank < MIN (m, n)
                                    ? draw_of_rank (m, n, rank, i)
                                    : draw_matrix (m * n, i);

    g_test_message ("%d x %d of rank %d", m, n, rank);
    check_svd (matrix, m, n, rank);
  }
}

/* Worked out by hand: 3 and 1 for [[2, 1], [1, 2]]; and values far apart. */
static void
test_svd_known (void)
{
  const double square[] = { 2, 1, 1, 2 };
  const double far[] = { 0, 1e-9, 0, 0, 0, 0, -1e3, 0, 0 };
  const double none[6] = { 0 };
  double u[9], s[3], vt[9];

  g_assert_true (rw_svd (square, 2, 2, u, s, vt, NULL));
  g_assert_cmpfloat_with_epsilon (s[0], 3, 1e-14);
  g_assert_cmpfloat_with_epsilon (s[1], 1, 1e-14);
  g_assert_cmpfloat_with_epsilon (fabs (vt[0]), sqrt (0.5), 1e-14);
  g_assert_cmpfloat_with_epsilon (vt[0], vt[1], 1e-14);
  g_assert_true (rw_svd (far, 3, 3, u, s, vt, NULL));
  g_assert_cmpfloat_with_epsilon (s[0], 1e3, 1e-12);
  g_assert_cmpfloat_with_epsilon (s[1], 1e-9, 1e-22);
  g_assert_cmpfloat (s[2], ==, 0);
  g_assert_true (rw_svd (none, 2, 3, u, s, vt, NULL));
  g_assert_cmpfloat (s[0], ==, 0);
  g_assert_cmpfloat (s[1], ==, 0);
}

/* ---- layers -------------------------------------------------------------- */

/* Gives every matrix of the net the rank @rank, or less where it is smaller. */
static void
plant (Harness *h, int rank)
{
  for (int i = 0; i < rw_net_get_n_params (h->net); i++) {
    const RwParam *param = rw_net_get_param (h->net, i);
    const int m = (int) param->dims[0],
              n = (int) (param->n_values / param->dims[0]);

    if (param->n_dims < 2)
      continue;
    g_autofree double *planted = draw_of_rank (m, n, rank, (guint64) i + 40);
    g_autofree float *values = g_new (float, param->n_values);

    for (int k = 0; k < m * n; k++)
      values[k] = (float) (planted[k] / sqrt (n));
    rw_net_import_param (h->net, i, h->params, values);
  }
  rw_pack_update (h->pack, h->params);
}

/* The output of @net, with @params, for the harness's input. */
static RefTensor *
run_other (const Harness *h,
           RwNet *net,
           const float *params,
           const RefTensor *x)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_INFER, &error);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 2);
  int height, width;

  g_assert_no_error (error);
  rw_pack_update (pack, params);
  rw_run_prepare (run, h->n, h->h, h->w, &error);
  g_assert_no_error (error);
  ref_to_nhwc (x, rw_run_get_input (run),
               rw_channel_stride (rw_net_get_in_channels (net)));
  g_assert_true (rw_run_forward (run, pack));
  rw_run_get_output_size (run, &height, &width);
  const int c = rw_net_get_out_channels (net);
  return ref_from_nhwc (rw_run_get_output (run), h->n, c, height, width,
                        rw_channel_stride (c));
}

static const struct {
  const char *text, *low;
  int n_layers;
} planted[] = {
  /* a residual block, names, settings of all kinds; the ends are too small */
  { "input rgb\n"
    "conv 64 -> first | relu -> a\n"
    "conv channels=64 init=zero | relu | conv 64 k=5 bias=no | add a -> b\n"
    "from first | conv 64 k=1 | subtract b\n"
    "conv 3 | residual\n",
    "input rgb\n"
    "conv 4 bias=no | conv 64 k=1 -> first | relu -> a\n"
    "conv 4 bias=no | conv 64 k=1 init=zero | relu | "
    "conv 4 k=5 bias=no | conv 64 k=1 bias=no | add a -> b\n"
    "from first | conv 4 k=1 bias=no | conv 64 k=1 | subtract b\n"
    "conv 3 | residual\n",
    4 },
  /* words that stand for several layers, joins, gates */
  { "input rgb\n"
    "conv 32 stride=2 | relu -> a\n"
    "down 48 -> e | conv 64 | gate | concat e\n"
    "up 32 -> f | add a | conv 64 k=3 pad=same | gate | shuffle 2\n"
    "conv 3 k=1\n",
    NULL, 5 },
  /* rounds of a block have one pair of factors */
  { "input rgb\n"
    "conv 48 -> seen\n"
    "repeat 3 {\n"
    "add seen | gru 48 | conv 48 k=5 -> inner | relu | conv 48 k=1 | add "
    "inner\n"
    "} -> out\n"
    "conv 3\n",
    "input rgb\n"
    "conv 4 bias=no | conv 48 k=1 -> seen\n"
    "repeat 3 {\n"
    "add seen | gru 48 | conv 4 k=5 bias=no | conv 48 k=1 -> inner | relu | "
    "conv 4 k=1 bias=no | conv 48 k=1 | add inner\n"
    "} -> out\n"
    "conv 3\n",
    3 },
  /* of a fixed size */
  { "input rgb size=16x16\n"
    "conv 32 stride=4 | relu | dense 40 | leaky-relu\n"
    "dense channels=192 init=zero bias=no -> y | shuffle 8 | conv 12\n"
    "shuffle 2\n",
    "input rgb size=16x16\n"
    "conv 4 stride=4 bias=no | conv 32 k=1 | relu | dense 4 bias=no | "
    "dense 40 | leaky-relu\n"
    "dense 4 bias=no | dense 192 init=zero bias=no -> y | shuffle 8 | "
    "conv 4 bias=no | conv 12 k=1\n"
    "shuffle 2\n",
    4 },
};

static void
check_planted (guint i, int rank)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Harness) h =
      harness_new (planted[i].text, RW_RUN_INFER, 2, 1, 16, 16, i + 1);
  g_autoptr (GArray) layers = NULL;
  rw_autofree float *made = NULL;

  plant (h, rank);
  g_autoptr (RefTensor) x = harness_random_input (h, i + 9);
  g_autoptr (RwNet) low =
      rw_low_rank (h->net, h->params, 0.9999, &made, &layers, &error);
  g_assert_no_error (error);
  g_test_message ("%s", rw_net_get_text (low));
  if (planted[i].low)
    g_assert_cmpstr (rw_net_get_text (low), ==, planted[i].low);
  g_assert_cmpuint (layers->len, ==, planted[i].n_layers);
  for (guint k = 0; k < layers->len; k++) {
    const RwLowRankLayer *layer = &g_array_index (layers, RwLowRankLayer, k);

    g_assert_cmpint (layer->rank, ==, rank);
    g_assert_cmpfloat (layer->kept, >, 0.9999);
  }
  g_assert_cmpfloat (rw_net_get_macs_per_pixel (low), <,
                     rw_net_get_macs_per_pixel (h->net));
  g_assert_cmpuint (rw_net_get_n_values (low), <,
                    rw_net_get_n_values (h->net));
  g_autoptr (RefTensor) want = harness_forward (h, x);
  g_autoptr (RefTensor) got = run_other (h, low, made, x);
  ref_compare (planted[i].text, got, want, 2e-5, 2e-4);
}

static void
test_planted (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (planted); i++)
    check_planted (i, 4);
}

/* Weights that are of no low rank stay as they are, and so does what would
 * cost as much as before. */
static void
test_stays (void)
{
  static const char text[] =
      "input rgb\nconv 32 | relu -> a | conv 32 | add a | conv 3\nresidual\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (Harness) h = harness_new (text, RW_RUN_INFER, 1, 1, 16, 16, 3);
  g_autoptr (GArray) layers = NULL;
  rw_autofree float *made = NULL;
  g_autoptr (RwNet) low =
      rw_low_rank (h->net, h->params, 0.999999, &made, &layers, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (layers->len, ==, 0);
  g_assert_cmpstr (rw_net_get_text (low), ==, rw_net_get_text (h->net));
  g_assert_cmpmem (made, rw_net_get_n_inner (low) * sizeof (float), h->params,
                   rw_net_get_n_inner (h->net) * sizeof (float));
}

/* 3x3 and rank 20 of 32: fewer multiply-adds, but Winograd makes the 32 in
 * less time than 1x1 convolutions from 32 lanes take besides. */
static void
test_winograd_counts (void)
{
  static const struct {
    const char *text;
    int rank;
    guint n_layers;
  } cases[] = {
    { "input rgb\nconv 32\nconv 32\nconv 3 k=1\n", 20, 0 },
    { "input rgb\nconv 32\nconv 32 k=5\nconv 3 k=1\n", 20, 0 },
    { "input rgb\nconv 64\nconv 64\nconv 3 k=1\n", 20, 1 },
    { "input rgb\nconv 64\nconv 64\nconv 3 k=1\n", 50, 0 },
    { "input rgb\nconv 64\nconv 64 k=5\nconv 3 k=1\n", 40, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Harness) h =
        harness_new (cases[i].text, RW_RUN_INFER, 1, 1, 16, 16, i);
    g_autoptr (GArray) layers = NULL;
    rw_autofree float *made = NULL;

    plant (h, cases[i].rank);
    g_autoptr (RwNet) low =
        rw_low_rank (h->net, h->params, 0.999999, &made, &layers, &error);
    g_assert_no_error (error);
    g_test_message ("%s", rw_net_get_text (low));
    g_assert_cmpuint (layers->len, ==, cases[i].n_layers);
  }
}

/* The rank is the least with that energy. */
static void
test_energy (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Harness) h = harness_new ("input rgb\nconv 64 k=1\nconv 96 k=5\n",
                                       RW_RUN_INFER, 1, 1, 16, 16, 3);
  const RwParam *param = rw_net_get_param (h->net, 2);
  const int m = 96, n = (int) (param->n_values / 96);
  g_autofree float *values = g_new (float, m *n);
  g_autofree double *matrix = g_new (double, m *n);
  g_autofree double *u = g_new (double, m *m);
  g_autofree double *s = g_new (double, m);
  g_autofree double *vt = g_new (double, m *n);
  int last = 0;

  rw_net_export_param (h->net, 2, h->params, values);
  for (int i = 0; i < m * n; i++)
    matrix[i] = (double) values[i];
  g_assert_true (rw_svd (matrix, m, n, u, s, vt, NULL));
  for (double energy = 0.1; energy < 0.65; energy += 0.1) {
    g_autoptr (GArray) layers = NULL;
    rw_autofree float *made = NULL;
    g_autoptr (RwNet) low =
        rw_low_rank (h->net, h->params, energy, &made, &layers, &error);
    double all = 0, sum = 0;

    g_assert_no_error (error);
    g_assert_cmpuint (layers->len, >, 0);
    const RwLowRankLayer *layer =
        &g_array_index (layers, RwLowRankLayer, layers->len - 1);
    g_assert_cmpint (layer->node, ==, 2);
    g_assert_cmpint (layer->rank, >, last);
    for (int r = 0; r < m; r++)
      all += s[r] * s[r];
    for (int r = 0; r < layer->rank; r++)
      sum += s[r] * s[r];
    g_assert_cmpfloat_with_epsilon (layer->kept, sum / all, 1e-12);
    g_assert_cmpfloat (sum, >=, energy * all);
    g_assert_cmpfloat (sum - s[layer->rank - 1] * s[layer->rank - 1], <,
                       energy * all);
    last = layer->rank;
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/low-rank/svd", test_svd);
  g_test_add_func ("/low-rank/svd-known", test_svd_known);
  g_test_add_func ("/low-rank/planted", test_planted);
  g_test_add_func ("/low-rank/stays", test_stays);
  g_test_add_func ("/low-rank/winograd-counts", test_winograd_counts);
  g_test_add_func ("/low-rank/energy", test_energy);
  return g_test_run ();
}
