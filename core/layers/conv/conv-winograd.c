/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * 3x3 convolution as Winograd F(4x4,3x3).  Tiles of 4x4 results are taken in
 * blocks that fit the second-level cache: transform a block's input into 36
 * planes V, 36 matrix products M = V U, transform back with bias and relu.
 * Backward to x is the same with the weights turned by 180 degrees and
 * transposed; backward to w stays in the transformed domain,
 * dU += V' (A dy A'), and goes back once: dw += G' dU G.
 * Source: Lavin and Gray 2016.
 */
#include "layers/conv/conv.h"

#include <string.h>

#include "base/parallel.h"
#include "kernels/kernels.h"
#include "layers/conv/tiles.h"

enum {
  N_POINTS = 36,
  /* one cache line between planes: powers of two would share one L1 set */
  PLANE_GAP = 16,
  BLOCK_BYTES = 320 * 1024, /* of V and M; 120..500 KiB measure alike */
};

gboolean
rw_winograd_fits (const RwConvGeometry *g)
{
  return g->k == 3 && g->stride == 1 && g->in_stride % 16 == 0 &&
         g->out_stride % 16 == 0;
}

/* most tiles of one block, 12 to 112: whole register blocks of the products */
static int
block_tiles (const RwConvGeometry *g)
{
  const int unit = rw_kernels ()->gemm_rows,
            fit =
                BLOCK_BYTES / (N_POINTS * 4 * (g->in_stride + g->out_stride));

  return CLAMP (fit, 14, 112) / unit * unit;
}

static size_t
n_pairs (const RwConvGeometry *g)
{
  return (size_t) g->in_stride * g->out_stride;
}

/* ---- weights ----------------------------------------------------------- */

size_t
rw_winograd_pack_size (const RwConvGeometry *g, RwPassKind kind)
{
  return N_POINTS * n_pairs (g) * (kind == RW_PASS_BOTH ? 2 : 1);
}

/* w[tap][i][o] to w'[8 - tap][o][i], in squares for the cache */
static void
turn (float *turned, const float *w, int n_in, int n_out)
{
  for (int i0 = 0; i0 < n_in; i0 += 16)
    for (int o0 = 0; o0 < n_out; o0 += 16)
      for (int i = i0; i < i0 + 16; i++)
        for (int o = o0; o < o0 + 16; o++)
          turned[(size_t) o * n_in + i] = w[(size_t) i * n_out + o];
}

void
rw_winograd_pack (const RwConvGeometry *g,
                  RwPassKind kind,
                  float *pack,
                  const float *weights)
{
  const size_t n = n_pairs (g);
  float *backward = pack + N_POINTS * n;

  if (kind == RW_PASS_BOTH) {
    float *turned = pack; /* where the forward ones will be */

    for (int tap = 0; tap < 9; tap++)
      turn (turned + (8 - tap) * n, weights + tap * n, g->in_stride,
            g->out_stride);
    rw_kernels ()->winograd_weights (backward, turned, g->out_stride,
                                     g->in_stride);
  }
  rw_kernels ()->winograd_weights (pack, weights, g->in_stride, g->out_stride);
}

/* ---- scratch: V, M, a 6x6 tile, and dU for the weights' gradient ------- */

typedef struct {
  int tiles; /* of a block */
  size_t plane_in, plane_out;
  float *v, *m, *edge, *du;
} Block;

/* Returns the floats before dU.  @scratch may be NULL: then only these, and
 * the sizes, are of use. */
static size_t
lay_out (const RwConvGeometry *g,
         int in_stride,
         int out_stride,
         float *scratch,
         Block *b)
{
  const int wide = MAX (in_stride, out_stride);

  b->tiles = block_tiles (g);
  b->plane_in = (size_t) b->tiles * in_stride + PLANE_GAP;
  b->plane_out = (size_t) b->tiles * out_stride + PLANE_GAP;
  const size_t m = N_POINTS * b->plane_in, edge = m + N_POINTS * b->plane_out,
               du = edge + (size_t) 36 * wide;

  b->v = scratch;
  b->m = scratch ? scratch + m : NULL;
  b->edge = scratch ? scratch + edge : NULL;
  b->du = scratch ? scratch + du : NULL;
  return du;
}

size_t
rw_winograd_scratch (const RwConvGeometry *g, RwPassKind kind)
{
  Block b;

  return lay_out (g, g->in_stride, g->out_stride, NULL, &b) +
         (kind == RW_PASS_BOTH ? N_POINTS * n_pairs (g) : 0);
}

/* ---- forward, and backward to x ---------------------------------------- */

typedef struct {
  const RwConvGeometry *g;
  const RwPass *p;
  RwTileSource sources[2]; /* channel behind channel */
  int n_sources;
  gboolean doubled; /* the first source's pixels, both ways */
  const RwShape *out;
  const float *u, *bias, *addend;
  float *y;
  int in_stride, pad, store;
  RwTileGrid grid;
  int block; /* tiles */
} Sweep;

/* Tile @i of the grid, or the last before @end: the one that comes next. */
static RwTile
next_tile (const RwTileGrid *grid, int i, int end)
{
  return rw_tile_at (grid, MIN (i, end - 1));
}

/* A tile of the first source when its pixels are doubled: 6x6 of them are 4x4
 * different ones, and the points of row and column 2 are 0. */
static void
transform_doubled (const Sweep *s,
                   const Block *b,
                   const RwTile *t,
                   const RwTile *next,
                   float *v)
{
  const RwTileSource *source = &s->sources[0];
  size_t row;
  const float *x = rw_tile_window (source, t->n, t->y / 2 - 1, t->x / 2 - 1, 4,
                                   b->edge, &row);

  rw_kernels ()->winograd_input_doubled (
      v, b->plane_in, x, row, source->shape.stride,
      rw_tile_corner (source, next->n, next->y / 2 - 1, next->x / 2 - 1));
}

static void
transform_in (const Sweep *s, const Block *b, int first, int n)
{
  const RwKernels *k = rw_kernels ();

  for (int i = 0; i < n; i++) {
    const RwTile t = rw_tile_at (&s->grid, first + i),
                 next = next_tile (&s->grid, first + i + 1, first + n);
    float *v = b->v + (size_t) i * s->in_stride;

    for (int j = 0; j < s->n_sources; v += s->sources[j++].shape.stride) {
      const RwTileSource *source = &s->sources[j];
      size_t row;

      if (j == 0 && s->doubled) {
        transform_doubled (s, b, &t, &next, v);
        continue;
      }
      const float *x = rw_tile_window (source, t.n, t.y - s->pad, t.x - s->pad,
                                       6, b->edge, &row);

      k->winograd_input (
          v, b->plane_in, x, row, source->shape.stride,
          rw_tile_corner (source, next.n, next.y - s->pad, next.x - s->pad));
    }
  }
}

/* The points in the order of the planes; those that are 0 in the first source
 * need the second alone. */
static void
multiply_point (const Sweep *s, const Block *b, int point, int n)
{
  const int skipped = s->doubled && (point / 6 == 2 || point % 6 == 2)
                          ? s->sources[0].shape.stride
                          : 0;
  const int co = s->out->stride, depth = s->in_stride - skipped;
  float *m = b->m + point * b->plane_out;

  if (depth == 0)
    memset (m, 0, (size_t) n * co * sizeof (float));
  else
    rw_kernels ()->gemm_panels (
        n, co, depth, skipped, b->v + point * b->plane_in + skipped,
        (size_t) s->in_stride, s->u + (size_t) point * s->in_stride * co, m,
        (size_t) co);
}

/* Of the output, where a tile's results begin. */
static size_t
tile_offset (const RwShape *out, const RwTile *t)
{
  return (((size_t) t->n * out->h + t->y) * out->w + t->x) * out->stride;
}

/* a tile that leaves the picture goes through @edge */
static void
transform_out_edge (
    const Sweep *s, const Block *b, const RwTile *t, size_t at, const float *m)
{
  const size_t stride = (size_t) s->out->stride, row = s->out->w * stride;
  const int h = MIN (4, s->out->h - t->y), w = MIN (4, s->out->w - t->x);

  for (int i = 0; s->addend && i < h; i++)
    memcpy (b->edge + i * 4 * stride, s->addend + at + i * row,
            w * stride * sizeof (float));
  rw_kernels ()->winograd_output (
      b->edge, 4 * stride, m, b->plane_out, s->out->stride, s->bias,
      s->addend ? b->edge : NULL, s->store, b->edge);
  for (int i = 0; i < h; i++)
    memcpy (s->y + at + i * row, b->edge + i * 4 * stride,
            w * stride * sizeof (float));
}

static void
transform_out (const Sweep *s, const Block *b, int first, int n)
{
  const RwKernels *k = rw_kernels ();
  const RwShape *out = s->out;

  for (int i = 0; i < n; i++) {
    const RwTile t = rw_tile_at (&s->grid, first + i),
                 next = next_tile (&s->grid, first + i + 1, first + n);
    const size_t at = tile_offset (out, &t);
    const float *m = b->m + (size_t) i * out->stride;

    if (t.y + 4 <= out->h && t.x + 4 <= out->w)
      k->winograd_output (s->y + at, (size_t) out->w * out->stride, m,
                          b->plane_out, out->stride, s->bias,
                          s->addend ? s->addend + at : NULL, s->store,
                          s->y + tile_offset (out, &next));
    else
      transform_out_edge (s, b, &t, at, m);
  }
}

static void
sweep_block (int item, int worker, void *data)
{
  const Sweep *s = data;
  Block b;

  lay_out (s->g, s->in_stride, s->out->stride,
           s->p->scratch + worker * s->p->scratch_stride, &b);
  const int first = item * s->block,
            n = MIN (s->block, s->grid.n_tiles - first);

  transform_in (s, &b, first, n);
  for (int point = 0; point < N_POINTS; point++)
    multiply_point (s, &b, point, n);
  transform_out (s, &b, first, n);
}

/* Blocks of nearly equal size, as many for each worker. */
static void
sweep (Sweep *s)
{
  const int n = s->grid.n_tiles, most = block_tiles (s->g),
            workers = s->p->workers, unit = rw_kernels ()->gemm_rows;
  const int n_blocks =
      ((n + most - 1) / most + workers - 1) / workers * workers;

  s->block =
      MIN (((n + n_blocks - 1) / n_blocks + unit - 1) / unit * unit, most);
  rw_parallel_for_workers (workers, (n + s->block - 1) / s->block, sweep_block,
                           s);
}

void
rw_winograd_forward (const RwConvGeometry *g, const RwPass *p)
{
  Sweep s = {
    .g = g,
    .p = p,
    .n_sources = p->n_sources,
    .doubled = p->upsampled,
    .out = &p->out,
    .y = p->y,
    .u = p->pack,
    .bias = g->bias ? p->params[1] : NULL,
    .addend = p->addend,
    .in_stride = g->in_stride,
    .pad = g->pad,
    .store = p->fused_relu ? RW_STORE_RELU : RW_STORE_PLAIN,
    .grid = rw_tile_grid (&p->out, p->column, p->n_columns),
  };

  for (int i = 0; i < p->n_sources; i++)
    s.sources[i] =
        (RwTileSource){ p->x[i], p->in[i], p->above[i], p->below[i] };
  s.grid.by_columns = p->workers > 1;
  sweep (&s);
}

static void
backward_x (const RwConvGeometry *g, const RwPass *p)
{
  Sweep s = {
    .g = g,
    .p = p,
    .sources = { { p->dy, p->out } },
    .n_sources = 1,
    .out = &p->in[0],
    .y = p->dx[0],
    .u = p->pack + N_POINTS * n_pairs (g),
    .addend = p->dx_add[0] ? p->dx[0] : NULL,
    .in_stride = g->out_stride,
    .pad = 2 - g->pad,
    .store = RW_STORE_PLAIN,
    .grid = rw_tile_grid (&p->in[0], 0, p->in[0].w),
  };

  sweep (&s);
}

/* ---- backward to w ----------------------------------------------------- */

static void
add_block (const RwConvGeometry *g,
           const RwPass *p,
           const RwTileGrid *grid,
           const Block *b,
           int first,
           int n)
{
  const RwKernels *k = rw_kernels ();
  const int ci = g->in_stride, co = g->out_stride;
  const RwTileSource x = { p->x[0], p->in[0] }, dy = { p->dy, p->out };

  for (int i = 0; i < n; i++) {
    const RwTile t = rw_tile_at (grid, first + i),
                 next = next_tile (grid, first + i + 1, first + n);
    size_t row;
    const float *from =
        rw_tile_window (&x, t.n, t.y - g->pad, t.x - g->pad, 6, b->edge, &row);

    k->winograd_input (
        b->v + (size_t) i * ci, b->plane_in, from, row, ci,
        rw_tile_corner (&x, next.n, next.y - g->pad, next.x - g->pad));
    from = rw_tile_window (&dy, t.n, t.y, t.x, 4, b->edge, &row);
    k->winograd_grad (b->m + (size_t) i * co, b->plane_out, from, row, co,
                      rw_tile_corner (&dy, next.n, next.y, next.x));
  }
  for (int point = 0; point < N_POINTS; point++)
    k->gemm_ta (ci, co, n, b->v + point * b->plane_in, (size_t) ci,
                b->m + point * b->plane_out, (size_t) co,
                b->du + (size_t) point * ci * co, (size_t) co, first > 0);
}

static void
backward_w (const RwConvGeometry *g, const RwPass *p)
{
  const RwTileGrid grid = rw_tile_grid (&p->out, 0, p->out.w);
  Block b;

  lay_out (g, g->in_stride, g->out_stride, p->scratch, &b);
  for (int first = 0; first < grid.n_tiles; first += b.tiles)
    add_block (g, p, &grid, &b, first, MIN (b.tiles, grid.n_tiles - first));
  rw_kernels ()->winograd_weights_grad (p->grads[0], b.du, n_pairs (g));
}

void
rw_winograd_backward (const RwConvGeometry *g, const RwPass *p)
{
  backward_w (g, p);
  if (p->dx[0])
    backward_x (g, p);
}
