/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Convolution as gathered patches times the weights, for whatever is not 3x3
 * with step 1: a few dozen results at a time, so that their patches stay in
 * the cache.  Kernels as wide as their step read x where it is.
 */
#include "layers/conv/conv.h"

#include <string.h>

#include "base/parallel.h"
#include "kernels/kernels.h"

enum { CHUNK = 64 /* results a matrix product; 32..128 all work */ };

static size_t
patch_floats (const RwConvGeometry *g)
{
  return (size_t) g->k * g->k * g->in_stride;
}

static gboolean
is_pointwise (const RwConvGeometry *g)
{
  return g->k == 1 && g->stride == 1;
}

/* A few results of many channels each: backward gathers patches of dy, which
 * are short, in place of x's. */
static gboolean
is_narrow (const RwConvGeometry *g)
{
  return g->k > 1 && g->stride == 1 && g->out_stride < 16 &&
         g->in_stride % 16 == 0;
}

/* Patches of dy; weights and their gradient by tap, o and i. */
static size_t
narrow_scratch (const RwConvGeometry *g)
{
  return (size_t) g->k * g->k * g->out_stride * (CHUNK + 2 * g->in_stride);
}

size_t
rw_patches_scratch (const RwConvGeometry *g)
{
  const size_t floats = is_pointwise (g) ? 0 : CHUNK * patch_floats (g);

  return is_narrow (g) ? MAX (floats, narrow_scratch (g)) : floats;
}

/* The part of row ky of the patch of result @i that lies inside x: floats
 * [*from, *to) of the row, and where they stand in x (NULL: none). */
static ptrdiff_t
patch_row (const RwConvGeometry *g,
           const RwPass *p,
           size_t i,
           int ky,
           int *from,
           int *to)
{
  const RwShape *in = &p->in[0], *out = &p->out;
  const int ox = (int) (i % out->w), oy = (int) (i / out->w % out->h),
            n = (int) (i / out->w / out->h);
  const int y = oy * g->stride + ky - g->pad, x = ox * g->stride - g->pad;
  const int first = MAX (0, -x), last = MIN (g->k, in->w - x);

  *from = first * g->in_stride;
  *to = y >= -p->above[0] && y < in->h + p->below[0] && last > first
            ? last * g->in_stride
            : *from;
  return (((ptrdiff_t) n * in->h + y) * in->w + x) * g->in_stride;
}

/* a row of a 3x3 kernel over four channels is shorter than a call */
static inline void
copy_row (float *to, const float *from, int n)
{
  if (n == 12)
    memcpy (to, from, 12 * sizeof (float));
  else
    memcpy (to, from, (size_t) n * sizeof (float));
}

/* Whether all of result @i's patch is inside x. */
static gboolean
is_inside (const RwConvGeometry *g, const RwPass *p, int ox, int oy)
{
  const int x = ox * g->stride - g->pad, y = oy * g->stride - g->pad;

  return x >= 0 && x + g->k <= p->in[0].w && y >= -p->above[0] &&
         y + g->k <= p->in[0].h + p->below[0];
}

static void
gather (const RwConvGeometry *g,
        const RwPass *p,
        size_t first,
        int n,
        float *patches)
{
  const int row = g->k * g->in_stride;
  const size_t x_row = (size_t) p->in[0].w * g->in_stride;
  int ox = (int) (first % p->out.w), oy = (int) (first / p->out.w % p->out.h);

  for (int i = 0; i < n; i++) {
    int from, to;

    if (is_inside (g, p, ox, oy)) {
      const float *x = p->x[0] + patch_row (g, p, first + i, 0, &from, &to);

      for (int ky = 0; ky < g->k; ky++, patches += row)
        copy_row (patches, x + ky * x_row, row);
    } else
      for (int ky = 0; ky < g->k; ky++, patches += row) {
        const ptrdiff_t at = patch_row (g, p, first + i, ky, &from, &to);

        if (to - from < row)
          memset (patches, 0, (size_t) row * sizeof (float));
        if (to > from)
          memcpy (patches + from, p->x[0] + at + from,
                  (size_t) (to - from) * sizeof (float));
      }
    if (++ox == p->out.w) {
      ox = 0;
      oy = oy + 1 == p->out.h ? 0 : oy + 1;
    }
  }
}

/* gather's adjoint */
static void
scatter (const RwConvGeometry *g,
         const RwPass *p,
         size_t first,
         int n,
         const float *patches)
{
  const int row = g->k * g->in_stride;

  for (int i = 0; i < n; i++)
    for (int ky = 0; ky < g->k; ky++, patches += row) {
      int from, to;
      float *dx = p->dx[0] + patch_row (g, p, first + i, ky, &from, &to);

      for (int c = from; c < to; c++)
        dx[c] += patches[c];
    }
}

typedef struct {
  const RwConvGeometry *g;
  const RwPass *p;
} Job;

/* patches that neither overlap nor leave x: a row of them is a matrix in x */
static gboolean
is_blockwise (const RwConvGeometry *g)
{
  return g->k == g->stride && g->pad == 0;
}

/* y = patches times weights for results first..first+n-1, a row of the kernel
 * after the other, reading x where it is. */
static void
multiply_blockwise (const RwConvGeometry *g,
                    const RwPass *p,
                    size_t first,
                    int n)
{
  const int row = g->k * g->in_stride, co = g->out_stride;

  while (n > 0) {
    const int m = MIN (n, p->out.w - (int) (first % p->out.w));

    for (int ky = 0; ky < g->k; ky++) {
      int from, to;
      const float *x = p->x[0] + patch_row (g, p, first, ky, &from, &to);

      rw_gemm (RW_GEMM_PLAIN, m, co, row, x, row,
               p->params[0] + (size_t) ky * row * co, co, ky > 0,
               p->y + first * co, co);
    }
    first += m;
    n -= m;
  }
}

static void
forward_chunk (int item, int worker, void *data)
{
  const Job *j = data;
  const RwConvGeometry *g = j->g;
  const RwPass *p = j->p;
  const size_t n_results = rw_shape_n_pixels (&p->out),
               first = (size_t) item * CHUNK;
  const int n = (int) MIN (CHUNK, n_results - first),
            depth = (int) patch_floats (g);
  float *y = p->y + first * g->out_stride,
        *patches = p->scratch + worker * p->scratch_stride;

  if (is_blockwise (g))
    multiply_blockwise (g, p, first, n);
  else {
    gather (g, p, first, n, patches);
    rw_gemm (RW_GEMM_PLAIN, n, g->out_stride, depth, patches, depth,
             p->params[0], g->out_stride, 0, y, g->out_stride);
  }
  if (g->bias || p->addend || p->fused_relu)
    rw_kernels ()->bias_rows (
        y, g->bias ? p->params[1] : NULL,
        p->addend ? p->addend + first * g->out_stride : NULL, (size_t) n,
        g->out_stride, p->fused_relu ? RW_STORE_RELU : RW_STORE_PLAIN);
}

void
rw_patches_forward (const RwConvGeometry *g, const RwPass *p)
{
  Job job = { g, p };

  rw_parallel_for_workers (
      p->workers, (int) ((rw_shape_n_pixels (&p->out) + CHUNK - 1) / CHUNK),
      forward_chunk, &job);
}

/* dx (+)= dy w', patch by patch */
static void
backward_x (const RwConvGeometry *g, const RwPass *p, size_t first, int n)
{
  const int depth = (int) patch_floats (g);
  const float *dy = p->dy + first * g->out_stride;

  if (is_pointwise (g)) {
    rw_gemm (RW_GEMM_TRANSPOSE_B, n, depth, g->out_stride, dy, g->out_stride,
             p->params[0], g->out_stride, p->dx_add[0] ? 1 : 0,
             p->dx[0] + first * depth, depth);
    return;
  }
  rw_gemm (RW_GEMM_TRANSPOSE_B, n, depth, g->out_stride, dy, g->out_stride,
           p->params[0], g->out_stride, 0, p->scratch, depth);
  scatter (g, p, first, n, p->scratch);
}

/* turned[tap'][o][i] = w[tap][i][o] where tap' counts from the other end, or
 * the adjoint: w += turned. */
static void
turn (const RwConvGeometry *g, float *turned, float *w, gboolean back)
{
  const int n_taps = g->k * g->k, ci = g->in_stride, co = g->out_stride;

  for (int tap = 0; tap < n_taps; tap++)
    for (int i = 0; i < ci; i++)
      for (int o = 0; o < co; o++) {
        float *a = &turned[((size_t) (n_taps - 1 - tap) * co + o) * ci + i],
              *b = &w[((size_t) tap * ci + i) * co + o];

        if (back)
          *b += *a;
        else
          *a = *b;
      }
}

/* dx[p] = sum over tap' of dy[p + tap' - pad'] turned[tap'], and the gradient
 * of turned[tap'] is the sum of dy[p + tap' - pad'] x[p]. */
static void
backward_narrow (const RwConvGeometry *g, const RwPass *p)
{
  const RwConvGeometry around = { .k = g->k,
                                  .stride = 1,
                                  .pad = g->k - 1 - g->pad,
                                  .in_stride = g->out_stride,
                                  .out_stride = g->in_stride };
  const RwPass turned = { .in = { p->out }, .out = p->in[0], .x = { p->dy } };
  const size_t n_results = rw_shape_n_pixels (&p->in[0]);
  const int depth = (int) patch_floats (&around), ci = g->in_stride;
  float *patches = p->scratch, *w = patches + (size_t) CHUNK * depth,
        *dw = w + (size_t) depth * ci;

  turn (g, w, (float *) p->params[0], FALSE);
  memset (dw, 0, (size_t) depth * ci * sizeof (float));
  for (size_t first = 0; first < n_results; first += CHUNK) {
    const int n = (int) MIN (CHUNK, n_results - first);

    gather (&around, &turned, first, n, patches);
    rw_gemm (RW_GEMM_TRANSPOSE_A, depth, ci, n, patches, depth,
             p->x[0] + first * ci, ci, 1, dw, ci);
    if (p->dx[0])
      rw_gemm (RW_GEMM_PLAIN, n, ci, depth, patches, depth, w, ci,
               p->dx_add[0] ? 1 : 0, p->dx[0] + first * ci, ci);
  }
  turn (g, dw, p->grads[0], TRUE);
}

/* any other */
static void
backward_wide (const RwConvGeometry *g, const RwPass *p)
{
  const size_t n_results = rw_shape_n_pixels (&p->out);
  const int depth = (int) patch_floats (g);

  if (p->dx[0] && !p->dx_add[0] && !is_pointwise (g))
    memset (p->dx[0], 0, rw_shape_n_floats (&p->in[0]) * sizeof (float));
  for (size_t first = 0; first < n_results; first += CHUNK) {
    const int n = (int) MIN (CHUNK, n_results - first);
    const float *a = is_pointwise (g) ? p->x[0] + first * depth : p->scratch;

    if (!is_pointwise (g))
      gather (g, p, first, n, p->scratch);
    rw_gemm (RW_GEMM_TRANSPOSE_A, depth, g->out_stride, n, a, depth,
             p->dy + first * g->out_stride, g->out_stride, 1, p->grads[0],
             g->out_stride);
    if (p->dx[0])
      backward_x (g, p, first, n);
  }
}

void
rw_patches_backward (const RwConvGeometry *g, const RwPass *p)
{
  (is_narrow (g) ? backward_narrow : backward_wide) (g, p);
}
