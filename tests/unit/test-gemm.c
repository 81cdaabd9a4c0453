/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Matrix products against sums in double: sizes around vectors and around
 * where rw_gemm cuts, each transposition, gaps between rows, NaN in what beta
 * 0 overwrites.
 */
#include "kernels/kernels.h"

#include "reference/reference.h"

#include <math.h>

static float
element (const RefFence *m, int row, int col, int ld, gboolean transposed)
{
  return transposed ? m->v[(gsize) col * ld + row]
                    : m->v[(gsize) row * ld + col];
}

static gsize
matrix_size (int rows, int cols, int ld)
{
  return (gsize) (rows - 1) * ld + cols;
}

typedef struct {
  char *what; /* for messages */
  guint64 state;
} Check;

static void
compare_product (Check *t,
                 RwGemm flags,
                 int m,
                 int n,
                 int k,
                 int pad,
                 const RefFence *a,
                 const RefFence *b,
                 const RefFence *c,
                 const float *before,
                 float beta)
{
  const gboolean ta = flags & RW_GEMM_TRANSPOSE_A,
                 tb = flags & RW_GEMM_TRANSPOSE_B;
  const int step = m * n * k > 100000 ? 7 : 1; /* all of the small ones */
  for (int i = 0; i < m; i++)
    for (int j = i % step; j < n; j += step) {
      const gsize at = (gsize) i * (n + pad) + j;
      double sum = beta == 0 ? 0 : (double) beta * (double) before[at],
             sums = fabs (sum);
      for (int l = 0; l < k; l++) {
        const double term =
            (double) element (a, i, l, (ta ? m : k) + pad, ta) *
            (double) element (b, l, j, (tb ? k : n) + pad, tb);
        sum += term;
        sums += fabs (term);
      }
      ref_expect_sum (t->what, at, (double) c->v[at], sum, k, sums);
    }
}

static void
check_product (
    Check *t, RwGemm flags, int m, int n, int k, int pad, float beta)
{
  const gboolean ta = flags & RW_GEMM_TRANSPOSE_A,
                 tb = flags & RW_GEMM_TRANSPOSE_B;
  const int lda = (ta ? m : k) + pad, ldb = (tb ? k : n) + pad, ldc = n + pad;
  g_autoptr (RefFence) a = ref_fence_random (
      ta ? matrix_size (k, m, lda) : matrix_size (m, k, lda), &t->state);
  g_autoptr (RefFence) b = ref_fence_random (
      tb ? matrix_size (n, k, ldb) : matrix_size (k, n, ldb), &t->state);
  g_autoptr (RefFence) c = ref_fence_new (matrix_size (m, n, ldc));

  for (gsize i = 0; i < c->n; i++)
    if (i % ldc < (gsize) n)
      c->v[i] = beta == 0 ? NAN : (float) ref_uniform (&t->state);
  g_autofree float *before = g_memdup2 (c->v, c->n * sizeof (float));
  rw_gemm (flags, m, n, k, a->v, lda, b->v, ldb, beta, c->v, ldc);
  compare_product (t, flags, m, n, k, pad, a, b, c, before, beta);
  for (gsize i = 0; i < c->n; i++)
    if (i % ldc >= (gsize) n)
      ref_fence_expect_canary (c, i, t->what);
}

/* Sizes around vectors and around where rw_gemm cuts. */
static void
test_gemm (void)
{
  static const int sizes[][3] = {
    { 1, 1, 1 },      { 1, 16, 16 },   { 7, 16, 16 },   { 8, 32, 32 },
    { 9, 33, 31 },    { 17, 15, 65 },  { 56, 32, 32 },  { 63, 64, 64 },
    { 28, 128, 128 }, { 300, 64, 48 }, { 3, 700, 200 }, { 5, 16, 20000 },
    { 5000, 16, 16 },
  };
  Check t = { .state = 11 };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (int flags = 0; flags < 3; flags++)
      for (int pad = 0; pad < 10; pad += 9)
        for (int beta = 0; beta < 2; beta++) {
          const int m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
          t.what =
              g_strdup_printf ("gemm m=%d n=%d k=%d flags=%d pad=%d beta=%d",
                               m, n, k, flags, pad, beta);
          check_product (&t, flags, m, n, k, pad, (float) beta);
          g_free (t.what);
        }
}

/* A row has the same bits whatever rows the call has beside it. */
static void
test_rows (void)
{
  enum { M = 131, N_MAX = 70, K = 300 };
  static const int widths[] = { 1, 3, 12, 16, 31, 64, N_MAX };
  guint64 state = 5;
  g_autoptr (RefFence) a = ref_fence_random (M * K, &state);
  g_autoptr (RefFence) b = ref_fence_random (N_MAX * K, &state);
  float whole[M * N_MAX], part[M * N_MAX];

  for (gsize i = 0; i < G_N_ELEMENTS (widths); i++)
    for (int flags = 0; flags < 4; flags++) {
      const int n = widths[i];
      const gboolean ta = flags & RW_GEMM_TRANSPOSE_A;
      const int lda = ta ? M : K, ldb = flags & RW_GEMM_TRANSPOSE_B ? K : n;
      rw_gemm ((RwGemm) flags, M, n, K, a->v, lda, b->v, ldb, 0, whole, n);
      for (int first = 0; first < M; first += 1 + first) {
        const int m = MIN (M - first, 1 + first % 9);
        rw_gemm ((RwGemm) flags, m, n, K, a->v + first * (ta ? 1 : lda), lda,
                 b->v, ldb, 0, part, n);
        g_assert_cmpmem (part, (gsize) (m * n) * sizeof (float),
                         whole + first * n, (gsize) (m * n) * sizeof (float));
      }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gemm/products", test_gemm);
  g_test_add_func ("/gemm/rows", test_rows);
  return g_test_run ();
}
