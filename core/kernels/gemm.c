/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Matrix products by the level's kernels, and what those do not take by
 * OpenBLAS, in calls small enough that it stays on the
 * calling thread.  OpenBLAS 0.3 goes to its pool above 4 * 65536 multiply-adds
 * (interface/gemm.c); its AVX-512 small-matrix kernels, twice as fast at these
 * sizes, serve up to 10^6.
 */
#include "kernels/kernels.h"

#include <cblas.h>

enum { MAX_MACS = 1 << 18 };

static void
call (RwGemm flags,
      int m,
      int n,
      int k,
      const float *a,
      int lda,
      const float *b,
      int ldb,
      float beta,
      float *c,
      int ldc)
{
  cblas_sgemm (CblasRowMajor,
               flags & RW_GEMM_TRANSPOSE_A ? CblasTrans : CblasNoTrans,
               flags & RW_GEMM_TRANSPOSE_B ? CblasTrans : CblasNoTrans, m, n,
               k, 1, a, lda, b, ldb, beta, c, ldc);
}

static int
at_most (int value, long limit)
{
  if (limit < 1)
    limit = 1;
  return value < limit ? value : (int) limit;
}

void
rw_gemm (RwGemm flags,
         int m,
         int n,
         int k,
         const float *a,
         int lda,
         const float *b,
         int ldb,
         float beta,
         float *c,
         int ldc)
{
  if (n % 16 == 0 && !(flags & RW_GEMM_TRANSPOSE_B) &&
      (beta == 0 || beta == 1)) {
    const RwKernels *kernels = rw_kernels ();

    (flags & RW_GEMM_TRANSPOSE_A ? kernels->gemm_ta : kernels->gemm) (
        m, n, k, a, (size_t) lda, b, (size_t) ldb, c, (size_t) ldc, beta == 1);
    return;
  }
  const size_t a_m = flags & RW_GEMM_TRANSPOSE_A ? 1 : (size_t) lda;
  const size_t a_k = flags & RW_GEMM_TRANSPOSE_A ? (size_t) lda : 1;
  const size_t b_k = flags & RW_GEMM_TRANSPOSE_B ? 1 : (size_t) ldb;
  const size_t b_n = flags & RW_GEMM_TRANSPOSE_B ? (size_t) ldb : 1;
  const int part_n = at_most (n, 512);
  const int part_k = at_most (k, MAX_MACS / part_n);
  const int part_m = at_most (m, MAX_MACS / ((long) part_n * part_k));

  for (int i = 0; i < m; i += part_m)
    for (int j = 0; j < n; j += part_n)
      for (int l = 0; l < k; l += part_k)
        call (flags, at_most (part_m, m - i), at_most (part_n, n - j),
              at_most (part_k, k - l), a + i * a_m + l * a_k, lda,
              b + l * b_k + j * b_n, ldb, l ? 1 : beta,
              c + (size_t) i * ldc + j, ldc);
}
