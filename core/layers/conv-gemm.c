/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Convolution as gathered patches times the weights, for whatever is not 3x3
 * with step 1: a few dozen results at a time, so that their patches stay in
 * the cache.  Kernels as wide as their step read x where it is.
 */
#include "layers/conv.h"

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

size_t
rw_patches_scratch (const RwConvGeometry *g)
{
  return is_pointwise (g) ? 0 : CHUNK * patch_floats (g);
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

static void
gather (const RwConvGeometry *g,
        const RwPass *p,
        size_t first,
        int n,
        float *patches)
{
  const int row = g->k * g->in_stride;

  for (int i = 0; i < n; i++)
    for (int ky = 0; ky < g->k; ky++, patches += row) {
      int from, to;
      const ptrdiff_t at = patch_row (g, p, first + i, ky, &from, &to);

      if (to - from < row)
        memset (patches, 0, (size_t) row * sizeof (float));
      if (to > from)
        memcpy (patches + from, p->x[0] + at + from,
                (size_t) (to - from) * sizeof (float));
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

void
rw_patches_backward (const RwConvGeometry *g, const RwPass *p)
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
