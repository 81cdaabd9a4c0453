/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * muon: the step of a matrix is its momentum with all singular values brought
 * to about 1, so that no direction is favoured; all else is adam's.
 *   m = beta1 m + (1 - beta1) g,  u = beta1 m + (1 - beta1) g,
 *   X = u / |u|, five times X = a X + b X A + c X A A with A = X' X,
 *   w -= rate 0.2 sqrt (max (n_in, n_outputs)) X.
 * X only ever appears as u times a polynomial in A = u' u / |u|^2, so the five
 * rounds are done on that square matrix of the smaller side.
 * Sources: Jordan et al. 2024 (the step and a, b, c); Liu et al. 2025 (the
 * factor 0.2 sqrt (max), with which adam's rates carry over).
 */
#include "train/optim/optimiser-adam.h"

#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { N_ROUNDS = 5 };

/* The matrix has its smaller side as columns here, as u or as its transpose.
 */
typedef struct {
  int n_long, n_short;
  gboolean turned;
} Shape;

static Shape
get_shape (const RwOptimiserMatrix *matrix)
{
  return (Shape){ .n_long = MAX (matrix->rows, matrix->columns),
                  .n_short = MIN (matrix->rows, matrix->columns),
                  .turned = matrix->columns > matrix->rows };
}

static gsize
count_square (Shape shape)
{
  return (gsize) shape.n_short * (gsize) shape.n_short;
}

static gsize
count_scratch (const RwOptimiserMatrix *matrix)
{
  const Shape shape = get_shape (matrix);

  return 2 * (gsize) shape.n_long * (gsize) shape.n_short +
         4 * count_square (shape);
}

/* @from: [rows][columns]; @to: [columns][rows]. */
static void
transpose (const float *from, int rows, int columns, float *to)
{
  const gsize n_rows = (gsize) rows, n_columns = (gsize) columns;

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_columns; j++)
      to[j * n_rows + i] = from[i * n_columns + j];
}

/* Moves the momentum on and writes u / |u| to @u, as the matrix lies in
 * memory. */
static void
move_momentum (const RwOptimiserUpdate *update, float *restrict u)
{
  const float keep = (float) update->settings->beta1;
  const float share = (float) (1 - update->settings->beta1);
  float *restrict m = update->states[0];
  double squares = 0;

  for (gsize i = 0; i < update->n; i++) {
    const float g = rw_optimiser_update_gradient (update, i);
    m[i] = keep * m[i] + share * g;
    u[i] = keep * m[i] + share * g;
  }
  for (gsize i = 0; i < update->n; i++)
    squares += (double) u[i] * (double) u[i];
  const float scale = (float) (1 / (sqrt (squares) + 1e-20));
  for (gsize i = 0; i < update->n; i++)
    u[i] *= scale;
}

/* c = a b, of square matrices. */
static void
multiply (int n, const float *a, const float *b, float *c)
{
  rw_gemm (RW_GEMM_PLAIN, n, n, n, a, n, b, n, 0, c, n);
}

/* Replaces A in @gram, n x n, by the polynomial that the rounds multiply X by.
 * @scratch: three squares. */
static void
compute_polynomial (int n, float *gram, float *scratch)
{
  const float a = 3.4445f, b = -4.7750f, c = 2.0315f;
  const gsize n_square = (gsize) n * (gsize) n;
  float *factor = scratch, *product = scratch + n_square;
  float *spare = scratch + 2 * n_square;

  for (int round = 0; round < N_ROUNDS; round++) {
    multiply (n, gram, gram, factor);
    for (gsize i = 0; i < n_square; i++)
      factor[i] = b * gram[i] + c * factor[i];
    for (gsize i = 0; i < n_square; i += (gsize) n + 1)
      factor[i] += a;
    if (round == 0)
      memcpy (product, factor, n_square * sizeof (float));
    else {
      multiply (n, product, factor, spare);
      memcpy (product, spare, n_square * sizeof (float));
    }
    if (round + 1 < N_ROUNDS) { /* all are polynomials of A: they commute */
      multiply (n, factor, gram, spare);
      multiply (n, spare, factor, gram);
    }
  }
  memcpy (gram, product, n_square * sizeof (float));
}

static void
update_matrix (const RwOptimiserUpdate *update,
               const RwOptimiserMatrix *matrix,
               float *scratch)
{
  const Shape shape = get_shape (matrix);
  const int n = shape.n_short;
  const double side = MAX (matrix->n_in, matrix->n_outputs);
  const float rate = (float) (update->rate * 0.2 * sqrt (side));
  float *tall = scratch, *step = tall + update->n;
  float *gram = step + update->n;

  move_momentum (update, shape.turned ? step : tall);
  if (shape.turned)
    transpose (step, matrix->rows, matrix->columns, tall);
  rw_gemm (RW_GEMM_TRANSPOSE_A, n, n, shape.n_long, tall, n, tall, n, 0, gram,
           n);
  compute_polynomial (n, gram, gram + count_square (shape));
  rw_gemm (RW_GEMM_PLAIN, shape.n_long, n, n, tall, n, gram, n, 0, step, n);
  if (shape.turned) {
    transpose (step, matrix->columns, matrix->rows, tall);
    step = tall;
  }
  for (gsize i = 0; i < update->n; i++)
    update->params[i] -= rate * step[i];
}

const RwOptimiserClass rw_optimiser_muon = {
  .name = "muon",
  .summary = "orthogonalised momentum (Jordan et al. 2024), adam for the rest",
  .state_names = { "mean", "square" },
  .update = rw_adam_update,
  .update_matrix = update_matrix,
  .count_scratch = count_scratch,
};
