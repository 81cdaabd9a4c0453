/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Matrix products of the sizes that nets have: some dozens of rows, 16 to some
 * hundreds of columns, everything in the second-level cache.  C is taken in
 * register blocks of R rows by N vectors; a step of k loads N vectors of B and
 * spreads R numbers of A.  Neither matrix is copied; B, which comes from the
 * second-level cache or beyond, is fetched some rows ahead where vectors are
 * wide.  An element is summed over k in order whatever block it falls into, so
 * its bits do not depend on how many rows a call has.
 * Source: Goto and van de Geijn 2008, section 4, for the idea of the block.
 */
#include "kernels/vector.h"

enum {
  MAX_ROWS = 14,
  MAX_COLS = 4,
  AHEAD = 8, /* rows of B fetched early; no gain with vectors of 4 */
};

/* The most rows of a block of 1..4 vectors: sums, the vectors of B and one
 * number of A fit the level's registers. */
#if RW_VL == 16
static const int block_rows[MAX_COLS + 1] = { 0, 14, 14, 9, 7 };
#elif defined __aarch64__
static const int block_rows[MAX_COLS + 1] = { 0, 14, 12, 8, 6 };
#else
static const int block_rows[MAX_COLS + 1] = { 0, 12, RW_GEMM_ROWS, 4, 0 };
#endif

typedef struct {
  const float *a, *b;
  float *c;
  size_t a_row, b_row, c_row; /* floats between rows */
  int k, add;
} Product;

/* @a_across: A is [k][m], else [m][k] */
INLINE void
multiply_block (const Product *p, int rows, int cols, int a_across)
{
  const float *a = p->a, *b = p->b;
  Vector sum[MAX_ROWS][MAX_COLS];

  UNROLL
  for (int r = 0; r < rows; r++)
    UNROLL
  for (int v = 0; v < cols; v++)
    sum[r][v] =
        p->add ? load (p->c + r * p->c_row + v * RW_VL) : (Vector){ 0 };
  for (int k = 0; k < p->k; k++) {
    Vector w[MAX_COLS];

    UNROLL
    for (int v = 0; v < cols; v++)
      w[v] = load (b + v * RW_VL);
    UNROLL
    for (int v = 0; RW_VL > 4 && v < cols; v += 16 / RW_VL)
      __builtin_prefetch (b + AHEAD * p->b_row + v * RW_VL);
    UNROLL
    for (int r = 0; r < rows; r++) {
      const Vector x = spread (a[a_across ? (size_t) r : r * p->a_row]);

      UNROLL
      for (int v = 0; v < cols; v++)
        sum[r][v] += x * w[v];
    }
    a += a_across ? p->a_row : 1;
    b += p->b_row;
  }
  UNROLL
  for (int r = 0; r < rows; r++)
    UNROLL
  for (int v = 0; v < cols; v++)
    store (p->c + r * p->c_row + v * RW_VL, sum[r][v]);
}

typedef void (*BlockFunc) (const Product *p);

#define BLOCK(rows, cols)                                                     \
  static void plain_##rows##x##cols (const Product *p)                        \
  {                                                                           \
    multiply_block (p, rows, cols, 0);                                        \
  }                                                                           \
  static void across_##rows##x##cols (const Product *p)                       \
  {                                                                           \
    multiply_block (p, rows, cols, 1);                                        \
  }
#define ROWS_3(block, cols) block (1, cols) block (2, cols) block (3, cols)
#define ROWS_4(block, cols) ROWS_3 (block, cols) block (4, cols)
#define ROWS_6(block, cols)                                                   \
  ROWS_4 (block, cols) block (5, cols) block (6, cols)
#define ROWS_7(block, cols) ROWS_6 (block, cols) block (7, cols)
#define ROWS_8(block, cols) ROWS_7 (block, cols) block (8, cols)
#define ROWS_9(block, cols) ROWS_8 (block, cols) block (9, cols)
#define ROWS_12(block, cols)                                                  \
  ROWS_9 (block, cols) block (10, cols) block (11, cols) block (12, cols)
#define ROWS_14(block, cols)                                                  \
  ROWS_12 (block, cols) block (13, cols) block (14, cols)
#if RW_VL == 16
#define ALL(block)                                                            \
  { ROWS_14 (block, 1) }, { ROWS_14 (block, 2) }, { ROWS_9 (block, 3) },      \
  {                                                                           \
    ROWS_7 (block, 4)                                                         \
  }
ROWS_14 (BLOCK, 1)
ROWS_14 (BLOCK, 2)
ROWS_9 (BLOCK, 3)
ROWS_7 (BLOCK, 4)
#elif defined __aarch64__
#define ALL(block)                                                            \
  { ROWS_14 (block, 1) }, { ROWS_12 (block, 2) }, { ROWS_8 (block, 3) },      \
  {                                                                           \
    ROWS_6 (block, 4)                                                         \
  }
ROWS_14 (BLOCK, 1)
ROWS_12 (BLOCK, 2)
ROWS_8 (BLOCK, 3)
ROWS_6 (BLOCK, 4)
#else
#define ALL(block)                                                            \
  { ROWS_12 (block, 1) }, { ROWS_6 (block, 2) }, { ROWS_4 (block, 3) }
ROWS_12 (BLOCK, 1)
ROWS_6 (BLOCK, 2)
ROWS_4 (BLOCK, 3)
#endif
#define PLAIN(rows, cols) plain_##rows##x##cols,
#define ACROSS(rows, cols) across_##rows##x##cols,

static const BlockFunc plain_blocks[MAX_COLS][MAX_ROWS] = { ALL (PLAIN) };
static const BlockFunc across_blocks[MAX_COLS][MAX_ROWS] = { ALL (ACROSS) };

/* All rows of the next columns. */
INLINE void
multiply_panel (
    Product p, int m, int cols, const BlockFunc *blocks, size_t a_step)
{
  const float *a = p.a;
  float *c = p.c;
  const int most = block_rows[cols], n_blocks = (m + most - 1) / most;
  const int rows = m / n_blocks, longer = m % n_blocks;

  for (int i = 0, first = 0; i < n_blocks; i++) {
    const int n = rows + (i < longer);

    p.a = a + (size_t) first * a_step;
    p.c = c + (size_t) first * p.c_row;
    blocks[n - 1](&p);
    first += n;
  }
}

INLINE void
multiply (Product p,
          int m,
          int n,
          const BlockFunc (*blocks)[MAX_ROWS],
          size_t a_step)
{
  for (int left = n / RW_VL; left > 0;) {
    const int cols = panel_vectors (left);

    multiply_panel (p, m, cols, blocks[cols - 1], a_step);
    p.b += (size_t) cols * RW_VL;
    p.c += (size_t) cols * RW_VL;
    left -= cols;
  }
}

void
RW_NAME (gemm) (int m,
                int n,
                int k,
                const float *a,
                size_t a_row,
                const float *b,
                size_t b_row,
                float *c,
                size_t c_row,
                int add)
{
  const Product p = { a, b, c, a_row, b_row, c_row, k, add };

  multiply (p, m, n, plain_blocks, a_row);
}

void
RW_NAME (gemm_ta) (int m,
                   int n,
                   int k,
                   const float *a,
                   size_t a_row,
                   const float *b,
                   size_t b_row,
                   float *c,
                   size_t c_row,
                   int add)
{
  const Product p = { a, b, c, a_row, b_row, c_row, k, add };

  multiply (p, m, n, across_blocks, 1);
}

void
RW_NAME (gemm_panels) (int m,
                       int n,
                       int k,
                       int first,
                       const float *a,
                       size_t a_row,
                       const float *b,
                       float *c,
                       size_t c_row)
{
  for (int left = n / RW_VL; left > 0;) {
    const int cols = panel_vectors (left);
    const size_t row = (size_t) cols * RW_VL, panel = row * (first + k);
    const Product p = { a, b + row * first, c, a_row, row, c_row, k, 0 };

    multiply_panel (p, m, cols, plain_blocks[cols - 1], a_row);
    b += panel;
    c += row;
    left -= cols;
  }
}
