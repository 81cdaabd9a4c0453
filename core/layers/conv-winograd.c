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
#include "layers/conv.h"

#include <string.h>

#include "base/parallel.h"
#include "kernels/kernels.h"

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

/* tiles of one block: a multiple of 14, 14 to 112 */
static int
block_tiles (const RwConvGeometry *g)
{
  const int fit =
      BLOCK_BYTES / (N_POINTS * 4 * (g->in_stride + g->out_stride));

  return CLAMP (fit / 14, 1, 8) * 14;
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

  rw_kernels ()->winograd_weights (pack, weights, n);
  if (kind == RW_PASS_FORWARD)
    return;
  float *turned = g_new (float, 9 * n);

  for (int tap = 0; tap < 9; tap++)
    turn (turned + (8 - tap) * n, weights + tap * n, g->in_stride,
          g->out_stride);
  rw_kernels ()->winograd_weights (backward, turned, n);
  g_free (turned);
}

/* ---- scratch: V, M, a 6x6 tile, and dU for the weights' gradient ---------
 */

typedef struct {
  int tiles; /* of a block */
  size_t plane_in, plane_out;
  float *v, *m, *edge, *du;
} Block;

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
  b->v = scratch;
  b->m = b->v + N_POINTS * b->plane_in;
  b->edge = b->m + N_POINTS * b->plane_out;
  b->du = b->edge + (size_t) 36 * wide;
  return (size_t) (b->du - scratch);
}

size_t
rw_winograd_scratch (const RwConvGeometry *g, RwPassKind kind)
{
  static float origin[1];
  Block b;

  return lay_out (g, g->in_stride, g->out_stride, origin, &b) +
         (kind == RW_PASS_BOTH ? N_POINTS * n_pairs (g) : 0);
}

/* ---- tiles ------------------------------------------------------------- */

/* Where tile number t of a tensor lies. */
typedef struct {
  int n, y, x; /* image, first row and column of the 4x4 results */
} Tile;

typedef struct {
  int tiles_x, tiles_y, n_tiles;
} Grid;

static Grid
grid_of (const RwShape *out)
{
  Grid grid = { (out->w + 3) / 4, (out->h + 3) / 4, 0 };

  grid.n_tiles = out->n * grid.tiles_y * grid.tiles_x;
  return grid;
}

static Tile
tile_at (const Grid *grid, int t)
{
  const int per_image = grid->tiles_x * grid->tiles_y,
            in_image = t % per_image;

  return (Tile){ t / per_image, in_image / grid->tiles_x * 4,
                 in_image % grid->tiles_x * 4 };
}

static const float *
pixel (const RwShape *shape, const float *data, int n, int y, int x)
{
  return data +
         (((ptrdiff_t) n * shape->h + y) * shape->w + x) * shape->stride;
}

/* The size x size pixels at (y, x), zeros outside the picture: in place where
 * they lie inside, else copied to @edge. @row: floats between rows. */
static const float *
window (const RwShape *shape,
        const float *data,
        int n,
        int y,
        int x,
        int size,
        float *edge,
        size_t *row)
{
  const size_t stride = (size_t) shape->stride;

  if (y >= 0 && x >= 0 && y + size <= shape->h && x + size <= shape->w) {
    *row = (size_t) shape->w * stride;
    return pixel (shape, data, n, y, x);
  }
  const int x0 = MAX (x, 0), x1 = MIN (x + size, shape->w);

  *row = (size_t) size * stride;
  memset (edge, 0, (size_t) size * *row * sizeof (float));
  for (int i = 0; i < size && x0 < x1; i++)
    if (y + i >= 0 && y + i < shape->h)
      memcpy (edge + (size_t) i * *row + (size_t) (x0 - x) * stride,
              pixel (shape, data, n, y + i, x0),
              (size_t) (x1 - x0) * stride * sizeof (float));
  return edge;
}

/* ---- forward, and backward to x ------------------------------------------
 */

typedef struct {
  const RwConvGeometry *g;
  const RwPass *p;
  const RwShape *in, *out;
  const float *x, *u, *bias;
  float *y;
  int pad, store;
  Grid grid;
} Sweep;

static void
transform_in (const Sweep *s, const Block *b, int first, int n)
{
  const RwKernels *k = rw_kernels ();

  for (int i = 0; i < n; i++) {
    const Tile t = tile_at (&s->grid, first + i);
    size_t row;
    const float *x = window (s->in, s->x, t.n, t.y - s->pad, t.x - s->pad, 6,
                             b->edge, &row);

    k->winograd_input (b->v + (size_t) i * s->in->stride, b->plane_in, x, row,
                       s->in->stride);
  }
}

/* a tile that leaves the picture goes through @edge */
static void
transform_out_edge (const Sweep *s,
                    const Block *b,
                    const Tile *t,
                    const float *m)
{
  const size_t stride = (size_t) s->out->stride;
  const int h = MIN (4, s->out->h - t->y), w = MIN (4, s->out->w - t->x);

  if (s->store & RW_STORE_ADD)
    for (int i = 0; i < h; i++)
      memcpy (b->edge + i * 4 * stride,
              pixel (s->out, s->y, t->n, t->y + i, t->x),
              w * stride * sizeof (float));
  rw_kernels ()->winograd_output (b->edge, 4 * stride, m, b->plane_out,
                                  s->out->stride, s->bias, s->store);
  for (int i = 0; i < h; i++)
    memcpy ((float *) pixel (s->out, s->y, t->n, t->y + i, t->x),
            b->edge + i * 4 * stride, w * stride * sizeof (float));
}

static void
transform_out (const Sweep *s, const Block *b, int first, int n)
{
  const RwKernels *k = rw_kernels ();
  const size_t row = (size_t) s->out->w * s->out->stride;

  for (int i = 0; i < n; i++) {
    const Tile t = tile_at (&s->grid, first + i);
    const float *m = b->m + (size_t) i * s->out->stride;

    if (t.y + 4 <= s->out->h && t.x + 4 <= s->out->w)
      k->winograd_output ((float *) pixel (s->out, s->y, t.n, t.y, t.x), row,
                          m, b->plane_out, s->out->stride, s->bias, s->store);
    else
      transform_out_edge (s, b, &t, m);
  }
}

static void
sweep_block (int item, int worker, void *data)
{
  const Sweep *s = data;
  const int ci = s->in->stride, co = s->out->stride;
  Block b;

  lay_out (s->g, ci, co, s->p->scratch + worker * s->p->scratch_stride, &b);
  const int first = item * b.tiles, n = MIN (b.tiles, s->grid.n_tiles - first);

  transform_in (s, &b, first, n);
  for (int k = 0; k < N_POINTS; k++)
    rw_gemm (RW_GEMM_PLAIN, n, co, ci, b.v + k * b.plane_in, ci,
             s->u + (size_t) k * ci * co, co, 0, b.m + k * b.plane_out, co);
  transform_out (s, &b, first, n);
}

static void
sweep (Sweep *s)
{
  const int tiles = block_tiles (s->g);

  s->grid = grid_of (s->out);
  rw_parallel_for_workers (
      s->p->workers, (s->grid.n_tiles + tiles - 1) / tiles, sweep_block, s);
}

void
rw_winograd_forward (const RwConvGeometry *g, const RwPass *p)
{
  Sweep s = {
    .g = g,
    .p = p,
    .in = &p->in[0],
    .out = &p->out,
    .x = p->x[0],
    .y = p->y,
    .u = p->pack,
    .bias = g->bias ? p->params[1] : NULL,
    .pad = g->pad,
    .store = p->fused_relu ? RW_STORE_RELU : RW_STORE_PLAIN,
  };

  sweep (&s);
}

static void
backward_x (const RwConvGeometry *g, const RwPass *p)
{
  Sweep s = {
    .g = g,
    .p = p,
    .in = &p->out,
    .out = &p->in[0],
    .x = p->dy,
    .y = p->dx[0],
    .u = p->pack + N_POINTS * n_pairs (g),
    .pad = 2 - g->pad,
    .store = p->dx_add[0] ? RW_STORE_ADD : RW_STORE_PLAIN,
  };

  sweep (&s);
}

/* ---- backward to w ---------------------------------------------------------
 */

static void
add_block (const RwConvGeometry *g,
           const RwPass *p,
           const Grid *grid,
           const Block *b,
           int first,
           int n)
{
  const RwKernels *k = rw_kernels ();
  const int ci = g->in_stride, co = g->out_stride;

  for (int i = 0; i < n; i++) {
    const Tile t = tile_at (grid, first + i);
    size_t row;
    const float *x = window (&p->in[0], p->x[0], t.n, t.y - g->pad,
                             t.x - g->pad, 6, b->edge, &row);

    k->winograd_input (b->v + (size_t) i * ci, b->plane_in, x, row, ci);
    const float *dy = window (&p->out, p->dy, t.n, t.y, t.x, 4, b->edge, &row);

    k->winograd_grad (b->m + (size_t) i * co, b->plane_out, dy, row, co);
  }
  for (int point = 0; point < N_POINTS; point++)
    rw_gemm (RW_GEMM_TRANSPOSE_A, ci, co, n, b->v + point * b->plane_in, ci,
             b->m + point * b->plane_out, co, first ? 1 : 0,
             b->du + (size_t) point * ci * co, co);
}

static void
backward_w (const RwConvGeometry *g, const RwPass *p)
{
  const Grid grid = grid_of (&p->out);
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
