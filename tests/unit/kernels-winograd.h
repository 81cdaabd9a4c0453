/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A part of test-kernels.c: the kernels of Winograd's F(4x4,3x3).
 */
#pragma once

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

typedef void (*TileToPlanes) (float *planes,
                              size_t plane,
                              const float *tile,
                              size_t row,
                              int channels,
                              const float *next);

/* Kernels from a tile of @edge^2 pixels to 36 planes by @matrix [6][edge].
 * Here and below the next tile is in the fence, where nothing may be read. */
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

  kernel (v->v, plane, x->v, row, channels, x->v + x->n);
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

/* A tile of 6x6 pixels made of 4x4, the inner ones doubled, by the transform
 * for any tile; the points of row and column 2 are left alone. */
static void
check_doubled (Check *t, int channels, int pad)
{
  const gsize row = (gsize) (4 + pad) * channels, plane = channels + pad * 16;
  g_autoptr (RefFence) x = random_fence (t, tile_size (4, row, channels));
  g_autoptr (RefFence) v = ref_fence_new (35 * plane + channels);

  t->k->winograd_input_doubled (v->v, plane, x->v, row, channels, x->v + x->n);
  for (int c = 0; c < channels; c++) {
    double in[36], want[36], sums[36];
    for (int i = 0; i < 36; i++)
      in[i] = (double) x->v[in_tile (4, (i / 6 + 1) / 2 * 4 + (i % 6 + 1) / 2,
                                     row, channels, c)];
    transform (input_matrix, 6, 6, in, want, sums);
    for (int i = 0; i < 36; i++)
      if (i / 6 == 2 || i % 6 == 2) {
        g_assert_cmpfloat (fabs (want[i]), <, 1e-12);
        ref_fence_expect_canary (v, i * plane + c, t->what);
      } else {
        expect (t, i, (double) v->v[i * plane + c], want[i], 36, sums[i]);
      }
  }
  for (gsize i = 0; i < v->n; i++)
    if (!is_in_plane (i, plane, channels))
      ref_fence_expect_canary (v, i, t->what);
}

static void
check_winograd_input_doubled (Check *t)
{
  for (int channels = 16; channels <= 80; channels += 16)
    for (int pad = 0; pad < 3; pad++)
      check_doubled (t, channels, pad);
}

static double
stored (double sum, double bias, double add, int mode)
{
  const double r = sum + bias + add;
  return mode & RW_STORE_RELU ? fmax (r, 0) : r;
}

/* What is added: nothing, something, or what is there. */
typedef enum { ADD_NONE, ADD_OTHER, ADD_SELF } Add;

static void
check_output (
    Check *t, int channels, int pad, const float *bias, Add add, int mode)
{
  const gsize row = (gsize) (4 + pad) * channels, plane = channels + pad * 16;
  const gsize n = tile_size (4, row, channels);
  g_autoptr (RefFence) m = random_fence (t, 35 * plane + channels);
  g_autoptr (RefFence) y = ref_fence_new (n);
  g_autoptr (RefFence) other = random_fence (t, n);

  for (gsize i = 0; i < n; i++)
    if (is_in_tile (i, 4, row, channels))
      y->v[i] = add == ADD_SELF ? other->v[i] : NAN;
  t->k->winograd_output (y->v, row, m->v, plane, channels, bias,
                         add == ADD_SELF    ? y->v
                         : add == ADD_OTHER ? other->v
                                            : NULL,
                         mode, y->v + n);
  for (int c = 0; c < channels; c++) {
    double in[36], sum[16], sums[16];
    for (int i = 0; i < 36; i++)
      in[i] = (double) m->v[i * plane + c];
    transform (output_matrix, 4, 6, in, sum, sums);
    for (int i = 0; i < 16; i++) {
      const gsize at = in_tile (4, i, row, channels, c);
      expect (t, at, (double) y->v[at],
              stored (sum[i], bias ? (double) bias[c] : 0,
                      add == ADD_NONE ? 0 : (double) other->v[at], mode),
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
    for (int mode = RW_STORE_PLAIN; mode <= RW_STORE_RELU; mode++)
      for (int add = ADD_NONE; add <= ADD_SELF; add++)
        for (int pad = 0; pad < 2; pad++) {
          check_output (t, channels, pad, NULL, (Add) add, mode);
          check_output (t, channels, pad, bias->v, (Add) add, mode);
        }
  }
}

/* Rows [first, first + rows) of the matrix that stands in panels at @b, by
 * multiplying from the left with 1, to fenced memory. */
static RefFence *
take_rows (Check *t, const float *b, int n, int first, int rows)
{
  RefFence *c = ref_fence_new ((gsize) rows * n);
  g_autofree float *one = g_new0 (float, rows *rows);

  for (int i = 0; i < rows; i++)
    one[i * rows + i] = 1;
  t->k->gemm_panels (rows, n, rows, first, one, rows, b, c->v, n);
  return c;
}

static void
check_weights (Check *t, int k, int n)
{
  const gsize plane = (gsize) k * n;
  g_autoptr (RefFence) w = random_fence (t, 9 * plane);
  g_autoptr (RefFence) u = ref_fence_new (36 * plane);
  RefFence *rows[36];

  t->k->winograd_weights (u->v, w->v, k, n);
  for (int i = 0; i < 36; i++)
    rows[i] = take_rows (t, u->v + i * plane, n, 0, k);
  for (gsize c = 0; c < plane; c++) {
    double in[9], want[36], sums[36];
    for (int i = 0; i < 9; i++)
      in[i] = (double) w->v[i * plane + c];
    transform (weight_matrix, 6, 3, in, want, sums);
    for (int i = 0; i < 36; i++)
      expect (t, i, (double) rows[i]->v[c], want[i], 9, sums[i]);
  }
  for (int i = 0; i < 36; i++)
    ref_fence_free (rows[i]);
}

static void
check_winograd_weights (Check *t)
{
  for (int n = 16; n <= 112; n += 16)
    for (int k = 1; k <= 33; k += 16)
      check_weights (t, k, n);
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
