/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every kernel at every CPU level that this machine has, against the same in
 * double precision.  A kernel without a check does not compile.  Buffers end
 * at a fence page; whatever a kernel must not write holds a canary.  The bound
 * is that of a sum of n terms, each rounded once or twice:
 *   !(|got - want| <= 2 (n + 8) 2^-24 sum |terms|).
 */
#include "kernels/kernels.h"

#include "reference/reference.h"

#include <math.h>
#include <string.h>

typedef struct {
  const RwKernels *k;
  const char *what; /* kernel, level, seed: for messages */
  guint64 state;
} Check;

#define RW_KERNEL(name, arguments) static void check_##name (Check *t);
#include "kernels/kernels.def"
#undef RW_KERNEL

/* ---- helpers ----------------------------------------------------------- */

static RefFence *
random_fence (Check *t, gsize n)
{
  return ref_fence_random (n, &t->state);
}

/* @sum: of the absolute values of the @n terms */
static void
expect (Check *t, gsize at, double got, double want, int n, double sum)
{
  ref_expect_sum (t->what, at, got, want, n, sum);
}

#include "correlate-check.h"

/* out = M in M' of a @rows x @cols matrix; with the sums of absolute terms. */
static void
transform (const double *m,
           int rows,
           int cols,
           const double *in,
           double *out,
           double *sums)
{
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < rows; j++) {
      double sum = 0, absolute = 0;
      for (int a = 0; a < cols; a++)
        for (int b = 0; b < cols; b++) {
          const double term =
              m[i * cols + a] * in[a * cols + b] * m[j * cols + b];
          sum += term;
          absolute += fabs (term);
        }
      out[i * rows + j] = sum;
      sums[i * rows + j] = absolute;
    }
}

/* The matrices of Lavin and Gray 2016, section 4.2; the transposed ones for
 * backward are made from them. */
static const double input_matrix[36] = {
  4, 0,  -5, 0, 1, 0, 0, -4, -4, 1,  1, 0, 0, 4, -4, -1, 1, 0,
  0, -2, -1, 2, 1, 0, 0, 2,  -1, -2, 1, 0, 0, 4, 0,  -5, 0, 1,
};
static const double output_matrix[24] = {
  1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, 0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1,
};
static const double weight_matrix[18] = {
  1 / 4.,  0,        0,       -1 / 6., -1 / 6., -1 / 6.,
  -1 / 6., 1 / 6.,   -1 / 6., 1 / 24., 1 / 12., 1 / 6.,
  1 / 24., -1 / 12., 1 / 6.,  0,       0,       1,
};

static void
transpose (const double *m, int rows, int cols, double *out)
{
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < cols; j++)
      out[j * rows + i] = m[i * cols + j];
}

/* Where value (i, j) of channel c lies in a tile of an image or in planes. */
static gsize
in_tile (int edge, int ij, gsize row, int channels, int c)
{
  return (gsize) (ij / edge) * row + (gsize) (ij % edge) * channels + c;
}

static gsize
tile_size (int edge, gsize row, int channels)
{
  return (edge - 1) * row + (gsize) edge * channels;
}

static gboolean
is_in_tile (gsize at, int edge, gsize row, int channels)
{
  return at % row < (gsize) edge * channels && at / row < (gsize) edge;
}

static gboolean
is_in_plane (gsize at, gsize plane, int channels)
{
  return at % plane < (gsize) channels;
}

/* ---- Winograd ---------------------------------------------------------- */

typedef void (*TileToPlanes) (
    float *planes, size_t plane, const float *tile, size_t row, int channels);

/* Kernels from a tile of @edge^2 pixels to 36 planes by @matrix [6][edge]. */
static void
check_to_planes (Check *t,
                 TileToPlanes kernel,
                 const double *matrix,
                 int edge,
                 int channels,
                 int pad)
{
  const gsize row = (gsize) (edge + pad) * channels,
              plane = channels + pad * 16;
  g_autoptr (RefFence) x = random_fence (t, tile_size (edge, row, channels));
  g_autoptr (RefFence) v = ref_fence_new (35 * plane + channels);

  kernel (v->v, plane, x->v, row, channels);
  for (int c = 0; c < channels; c++) {
    double in[36], want[36], sums[36];
    for (int i = 0; i < edge * edge; i++)
      in[i] = (double) x->v[in_tile (edge, i, row, channels, c)];
    transform (matrix, 6, edge, in, want, sums);
    for (int i = 0; i < 36; i++)
      expect (t, i, (double) v->v[i * plane + c], want[i], edge * edge,
              sums[i]);
  }
  for (gsize i = 0; i < v->n; i++)
    if (!is_in_plane (i, plane, channels))
      ref_fence_expect_canary (v, i, t->what);
}

static void
check_winograd_input (Check *t)
{
  for (int channels = 16; channels <= 80; channels += 16)
    for (int pad = 0; pad < 3; pad++)
      check_to_planes (t, t->k->winograd_input, input_matrix, 6, channels,
                       pad);
}

static void
check_winograd_grad (Check *t)
{
  double matrix[24];
  transpose (output_matrix, 4, 6, matrix);
  for (int channels = 16; channels <= 80; channels += 16)
    for (int pad = 0; pad < 3; pad++)
      check_to_planes (t, t->k->winograd_grad, matrix, 4, channels, pad);
}

static double
stored (double sum, double before, double bias, int mode)
{
  const double r = sum + bias + (mode & RW_STORE_ADD ? before : 0);
  return mode & RW_STORE_RELU ? fmax (r, 0) : r;
}

static void
check_output (Check *t, int channels, int pad, const float *bias, int mode)
{
  const gsize row = (gsize) (4 + pad) * channels, plane = channels + pad * 16;
  const gsize n = tile_size (4, row, channels);
  g_autoptr (RefFence) m = random_fence (t, 35 * plane + channels);
  g_autoptr (RefFence) y = ref_fence_new (n);
  g_autofree float *before = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    if (is_in_tile (i, 4, row, channels))
      y->v[i] = (float) ref_uniform (&t->state);
  memcpy (before, y->v, n * sizeof (float));
  t->k->winograd_output (y->v, row, m->v, plane, channels, bias, mode);
  for (int c = 0; c < channels; c++) {
    double in[36], sum[16], sums[16];
    for (int i = 0; i < 36; i++)
      in[i] = (double) m->v[i * plane + c];
    transform (output_matrix, 4, 6, in, sum, sums);
    for (int i = 0; i < 16; i++) {
      const gsize at = in_tile (4, i, row, channels, c);
      expect (t, at, (double) y->v[at],
              stored (sum[i], (double) before[at], bias ? (double) bias[c] : 0,
                      mode),
              38, sums[i] + 2);
    }
  }
  for (gsize i = 0; i < n; i++)
    if (!is_in_tile (i, 4, row, channels))
      ref_fence_expect_canary (y, i, t->what);
}

static void
check_winograd_output (Check *t)
{
  for (int channels = 16; channels <= 64; channels += 16) {
    g_autoptr (RefFence) bias = random_fence (t, channels);
    for (int mode = 0; mode < 4; mode++)
      for (int pad = 0; pad < 2; pad++) {
        check_output (t, channels, pad, NULL, mode);
        check_output (t, channels, pad, bias->v, mode);
      }
  }
}

static void
check_winograd_weights (Check *t)
{
  for (int n = 16; n <= 80; n += 16) {
    g_autoptr (RefFence) w = random_fence (t, 9 * n);
    g_autoptr (RefFence) u = ref_fence_new (36 * n);
    t->k->winograd_weights (u->v, w->v, n);
    for (int c = 0; c < n; c++) {
      double in[9], want[36], sums[36];
      for (int i = 0; i < 9; i++)
        in[i] = (double) w->v[i * n + c];
      transform (weight_matrix, 6, 3, in, want, sums);
      for (int i = 0; i < 36; i++)
        expect (t, i, (double) u->v[i * n + c], want[i], 9, sums[i]);
    }
  }
}

static void
check_winograd_weights_grad (Check *t)
{
  double matrix[18];
  transpose (weight_matrix, 6, 3, matrix);
  for (int n = 16; n <= 80; n += 16) {
    g_autoptr (RefFence) du = random_fence (t, 36 * n);
    g_autoptr (RefFence) dw = random_fence (t, 9 * n);
    g_autofree float *before = g_memdup2 (dw->v, 9 * n * sizeof (float));
    t->k->winograd_weights_grad (dw->v, du->v, n);
    for (int c = 0; c < n; c++) {
      double in[36], want[9], sums[9];
      for (int i = 0; i < 36; i++)
        in[i] = (double) du->v[i * n + c];
      transform (matrix, 3, 6, in, want, sums);
      for (int i = 0; i < 9; i++)
        expect (t, i, (double) dw->v[i * n + c],
                want[i] + (double) before[i * n + c], 37, sums[i] + 1);
    }
  }
}

/* ---- once over every value --------------------------------------------- */

static const int lengths[] = { 0,  1,  3,  7,  8,  9,  15, 16,
                               17, 31, 32, 33, 63, 64, 65, 1000 };
static const int strides[] = { 4, 8, 12, 16, 20, 32, 48, 64 };

static void
check_bias (Check *t, int n, int channels, int mode)
{
  g_autoptr (RefFence) bias = random_fence (t, channels);
  g_autoptr (RefFence) y = random_fence (t, (gsize) n * channels);
  g_autofree float *before = g_memdup2 (y->v, y->n * sizeof (float));

  t->k->bias_rows (y->v, bias->v, n, channels, mode);
  for (gsize i = 0; i < y->n; i++)
    expect (
        t, i, (double) y->v[i],
        stored ((double) before[i], 0, (double) bias->v[i % channels], mode),
        2, 2);
}

static void
check_bias_rows (Check *t)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (strides); j++) {
      check_bias (t, lengths[i], strides[j], RW_STORE_PLAIN);
      check_bias (t, lengths[i], strides[j], RW_STORE_RELU);
    }
}

static void
check_bias_sum (Check *t, int n, int channels)
{
  g_autoptr (RefFence) dy = random_fence (t, (gsize) n * channels);
  g_autoptr (RefFence) db = random_fence (t, channels);
  g_autofree float *before = g_memdup2 (db->v, channels * sizeof (float));

  t->k->bias_grad (db->v, dy->v, n, channels);
  for (int c = 0; c < channels; c++) {
    double sum = (double) before[c], sums = fabs (sum);
    for (int i = 0; i < n; i++) {
      sum += (double) dy->v[i * channels + c];
      sums += fabs ((double) dy->v[i * channels + c]);
    }
    expect (t, c, (double) db->v[c], sum, 64, sums);
  }
}

static void
check_bias_grad (Check *t)
{
  for (gsize j = 0; j < G_N_ELEMENTS (strides); j++) {
    for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
      check_bias_sum (t, lengths[i], strides[j]);
    check_bias_sum (t, 20000, strides[j]);
  }
}

/* ReLU of NaN is 0; with a slope NaN stays NaN; neighbours see neither. */
static void
check_leaky_nan (Check *t, float slope)
{
  g_autoptr (RefFence) x = random_fence (t, 67);
  g_autoptr (RefFence) y = ref_fence_new (67);
  x->v[33] = NAN;
  t->k->leaky_relu (y->v, x->v, 67, slope);
  for (int i = 0; i < 67; i++)
    if (i != 33)
      g_assert_true (isfinite (y->v[i]));
  if (slope == 0)
    g_assert_true (y->v[33] == 0);
  else
    g_assert_true (isnan (y->v[33]));
}

static void
check_leaky_relu (Check *t)
{
  static const float slopes[] = { 0, 0.1f, 0.25f };
  for (gsize s = 0; s < G_N_ELEMENTS (slopes); s++) {
    for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
      g_autoptr (RefFence) x = random_fence (t, lengths[i]);
      g_autoptr (RefFence) y = ref_fence_new (lengths[i]);
      t->k->leaky_relu (y->v, x->v, x->n, slopes[s]);
      for (gsize j = 0; j < x->n; j++)
        expect (t, j, (double) y->v[j],
                ref_leaky_relu ((double) x->v[j], (double) slopes[s]), 1, 1);
      t->k->leaky_relu (x->v, x->v, x->n, slopes[s]);
      g_assert_cmpmem (x->v, x->n * 4, y->v, y->n * 4);
    }
    check_leaky_nan (t, slopes[s]);
  }
}

static void
check_leaky_grad (Check *t, int n, float slope, int add)
{
  g_autoptr (RefFence) dx = random_fence (t, n);
  g_autoptr (RefFence) dy = random_fence (t, n);
  g_autoptr (RefFence) y = random_fence (t, n);
  g_autofree float *before = g_memdup2 (dx->v, n * sizeof (float));

  for (int i = 0; i < n; i += 5)
    y->v[i] = 0; /* what a ReLU leaves */
  t->k->leaky_relu_grad (dx->v, dy->v, y->v, n, slope, add);
  for (int i = 0; i < n; i++)
    expect (t, i, (double) dx->v[i],
            (add ? (double) before[i] : 0) +
                (double) dy->v[i] * (y->v[i] > 0 ? 1 : (double) slope),
            2, 2);
  if (!add) {
    t->k->leaky_relu_grad (dy->v, dy->v, y->v, n, slope, 0);
    g_assert_cmpmem (dx->v, n * 4, dy->v, n * 4);
  }
}

static void
check_leaky_relu_grad (Check *t)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (int add = 0; add < 2; add++) {
      check_leaky_grad (t, lengths[i], 0, add);
      check_leaky_grad (t, lengths[i], 0.2f, add);
    }
}

/* y = a + b, in three ways: apart, onto a, onto b */
static void
check_sum (Check *t, int n)
{
  g_autoptr (RefFence) a = random_fence (t, n);
  g_autoptr (RefFence) b = random_fence (t, n);
  g_autoptr (RefFence) y = ref_fence_new (n);
  for (int way = 0; way < 3; way++) {
    g_autofree float *pa = g_memdup2 (a->v, n * sizeof (float));
    g_autofree float *pb = g_memdup2 (b->v, n * sizeof (float));
    float *out = way == 0 ? y->v : way == 1 ? a->v : b->v;
    t->k->add (out, a->v, b->v, n);
    for (int i = 0; i < n; i++)
      expect (t, i, (double) out[i], (double) pa[i] + (double) pb[i], 2,
              fabs ((double) pa[i]) + fabs ((double) pb[i]));
    if (n && way)
      memcpy (out, way == 1 ? pa : pb, n * sizeof (float));
  }
}

static void
check_add (Check *t)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    check_sum (t, lengths[i]);
}

/* ---- levels ------------------------------------------------------------ */

static const struct {
  const char *name;
  void (*run) (Check *t);
} checks[] = {
#define RW_KERNEL(name, arguments) { #name, check_##name },
#include "kernels/kernels.def"
#undef RW_KERNEL
};

typedef struct {
  gsize check;
  RwLevel level;
} Case;

static void
run_case (gconstpointer data)
{
  const Case *c = data;
  const RwKernels *k = rw_kernels_for_level (c->level);
  if (!k) {
    g_test_skip ("this machine or build has no such level");
    return;
  }
  for (guint64 seed = 1; seed <= 3; seed++) {
    g_autofree char *what =
        g_strdup_printf ("%s/%s, seed %d", checks[c->check].name,
                         rw_level_get_name (c->level), (int) seed);
    Check t = { k, what, seed };
    checks[c->check].run (&t);
  }
}

/* The table that REWEAVE_CPU asks for is the one that is used. */
static void
test_cap (gconstpointer data)
{
  const RwLevel level = (RwLevel) GPOINTER_TO_INT (data);
  if (g_test_subprocess ()) {
    g_assert_cmpint (rw_kernels_get_level (), <=, level);
    g_assert_true (rw_kernels () ==
                   rw_kernels_for_level (rw_kernels_get_level ()));
    if (rw_kernels_for_level (level))
      g_assert_cmpint (rw_kernels_get_level (), ==, level);
    return;
  }
  g_autofree char *old = g_strdup (g_getenv ("REWEAVE_CPU"));
  g_setenv ("REWEAVE_CPU", rw_level_get_name (level), TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  if (old)
    g_setenv ("REWEAVE_CPU", old, TRUE);
  else
    g_unsetenv ("REWEAVE_CPU");
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int level = 0; level < RW_N_LEVELS; level++) {
    const char *name = rw_level_get_name ((RwLevel) level);
    for (gsize i = 0; i < G_N_ELEMENTS (checks); i++) {
      g_autofree char *path =
          g_strdup_printf ("/kernels/%s/%s", name, checks[i].name);
      Case *c = g_new (Case, 1);
      *c = (Case){ i, (RwLevel) level };
      g_test_add_data_func_full (path, c, run_case, g_free);
    }
    g_autofree char *path = g_strdup_printf ("/kernels/cap/%s", name);
    g_test_add_data_func (path, GINT_TO_POINTER (level), test_cap);
  }
  return g_test_run ();
}
