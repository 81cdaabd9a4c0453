/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Matrix products by the level's kernels.  These take whole vectors of columns
 * as they stand in B; any other B is copied into panels first, padded with
 * zeros, and its products come into C through a buffer.
 */
#include "kernels/kernels.h"

enum {
  STEP = 16, /* columns: a multiple of every level's vector */
  PANEL_K = 256,
  PANEL_N = 4 * STEP,
  PART_M = 56, /* fills the register blocks of all levels */
};

typedef struct {
  float panel[PANEL_K * PANEL_N]; /* of B, [k][n] */
  float part[PART_M * PANEL_N];   /* of C */
} Buffers;

typedef void (*Multiply) (int m,
                          int n,
                          int k,
                          const float *a,
                          size_t a_row,
                          const float *b,
                          size_t b_row,
                          float *c,
                          size_t c_row,
                          int add);

static int
at_most (int value, int limit)
{
  return value < limit ? value : limit;
}

/* Copies [k][n] of B, whose elements lie b_k and b_n apart, into a panel of
 * @width columns. */
static void
fill_panel (float *panel,
            int width,
            int n,
            int k,
            const float *b,
            size_t b_k,
            size_t b_n)
{
  for (int l = 0; l < k; l++, panel += width, b += b_k) {
    for (int j = 0; j < n; j++)
      panel[j] = b[(size_t) j * b_n];
    for (int j = n; j < width; j++)
      panel[j] = 0;
  }
}

/* C = part + beta * C */
static void
put (const float *part, int width, int m, int n, float beta, float *c, int ldc)
{
  for (int i = 0; i < m; i++, part += width, c += ldc)
    for (int j = 0; j < n; j++)
      c[j] = beta == 0 ? part[j] : part[j] + beta * c[j];
}

/* Any product.  Each element adds up its panels from the first k to the last,
 * whatever rows the call has. */
static void
multiply_padded (Multiply multiply,
                 int m,
                 int n,
                 int k,
                 const float *a,
                 size_t a_row,
                 size_t a_m,
                 size_t a_k,
                 const float *b,
                 size_t b_k,
                 size_t b_n,
                 float beta,
                 float *c,
                 int ldc)
{
  Buffers buffers;

  for (int j = 0; j < n; j += PANEL_N) {
    const int some_n = at_most (n - j, PANEL_N);
    const int width = (some_n + STEP - 1) / STEP * STEP;
    for (int l = 0; l < k; l += PANEL_K) {
      const int some_k = at_most (k - l, PANEL_K);
      fill_panel (buffers.panel, width, some_n, some_k,
                  b + (size_t) l * b_k + (size_t) j * b_n, b_k, b_n);
      for (int i = 0; i < m; i += PART_M) {
        const int some_m = at_most (m - i, PART_M);
        multiply (some_m, width, some_k,
                  a + (size_t) i * a_m + (size_t) l * a_k, a_row,
                  buffers.panel, (size_t) width, buffers.part, (size_t) width,
                  0);
        put (buffers.part, width, some_m, some_n, l > 0 ? 1 : beta,
             c + (size_t) i * (size_t) ldc + j, ldc);
      }
    }
  }
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
  const RwKernels *kernels = rw_kernels ();
  const int across = (flags & RW_GEMM_TRANSPOSE_A) != 0;
  const int turned = (flags & RW_GEMM_TRANSPOSE_B) != 0;
  const Multiply multiply = across ? kernels->gemm_ta : kernels->gemm;

  if (n % STEP == 0 && !turned && (beta == 0 || beta == 1)) {
    multiply (m, n, k, a, (size_t) lda, b, (size_t) ldb, c, (size_t) ldc,
              beta == 1);
    return;
  }
  multiply_padded (multiply, m, n, k, a, (size_t) lda,
                   across ? 1 : (size_t) lda, across ? (size_t) lda : 1, b,
                   turned ? 1 : (size_t) ldb, turned ? (size_t) ldb : 1, beta,
                   c, ldc);
}
