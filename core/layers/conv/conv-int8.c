/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Convolution in whole numbers, directly, any kernel and step: a tile of the
 * result at a time, whose part of x is rounded to 8 bits first.
 */
#include "layers/conv/conv.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "kernels/kernels.h"

enum {
  /* results of a tile: 56 is a multiple of the kernels' blocks, and 10 x 58
   * pixels of 32 to 64 channels fit the first-level cache */
  TILE_ROWS = 8,
  TILE_COLUMNS = 56,
  MAX_WEIGHT = 127,
};

gboolean
rw_conv_int8_fits (const RwConvGeometry *g)
{
  return g->in_stride % 16 == 0 && g->out_stride % 16 == 0 &&
         (gsize) g->k * g->k * g->in_stride <= RW_INT8_MAX_TERMS;
}

/* ---- weights ----------------------------------------------------------- */

static gsize
depth_of (const RwConvGeometry *g)
{
  return (gsize) g->k * g->k * g->in_stride;
}

void
rw_conv_int8_scales (const RwConvGeometry *g,
                     const float *weights,
                     float *scales)
{
  const gsize n = (gsize) g->out_stride;

  for (gsize o = 0; o < n; o++) {
    float most = 0;

    for (gsize k = 0; k < depth_of (g); k++)
      most = fmaxf (most, fabsf (weights[k * n + o]));
    /* of nothing but zeros any scale does */
    scales[o] = most > 1e-30f ? most / MAX_WEIGHT : 1;
  }
}

void
rw_conv_int8_round (const RwConvGeometry *g,
                    float *weights,
                    const float *scales)
{
  const gsize n = (gsize) g->out_stride;

  for (gsize k = 0; k < depth_of (g); k++)
    for (gsize o = 0; o < n; o++)
      weights[k * n + o] = rintf (weights[k * n + o] / scales[o]) * scales[o];
}

static gsize
weights_bytes (const RwConvGeometry *g)
{
  return 4 * depth_of (g) * (gsize) g->out_stride /
         (gsize) rw_int8_kernels ()->group;
}

gsize
rw_conv_int8_pack_size (const RwConvGeometry *g)
{
  return sizeof (RwInt8Conv) + 64 + weights_bytes (g) +
         (gsize) g->out_stride * (sizeof (gint32) + sizeof (float)) +
         depth_of (g) * (gsize) g->out_stride; /* scratch of packing */
}

/* Rounds to k and adds up its columns. */
static void
round_to_bytes (const RwConvGeometry *g,
                const float *weights,
                const float *scales,
                gint8 *bytes,
                gint32 *sums)
{
  const gsize n = (gsize) g->out_stride;

  memset (sums, 0, n * sizeof *sums);
  for (gsize k = 0; k < depth_of (g); k++)
    for (gsize o = 0; o < n; o++) {
      const float whole = rintf (weights[k * n + o] / scales[o]);

      bytes[k * n + o] =
          (gint8) fminf (fmaxf (whole, -MAX_WEIGHT), MAX_WEIGHT);
      sums[o] += bytes[k * n + o];
    }
}

const RwInt8Conv *
rw_conv_int8_pack (const RwConvGeometry *g,
                   void *memory,
                   const float *weights,
                   const RwInt8Scale *input,
                   const float *scales)
{
  RwInt8Conv *packed = memory;
  char *bytes = (char *) memory + (sizeof *packed + 63) / 64 * 64;
  float *scale = (float *) (gpointer) (bytes + weights_bytes (g));
  gint32 *correction = (gint32 *) (gpointer) (scale + g->out_stride);
  gint8 *whole = (gint8 *) (correction + g->out_stride);

  round_to_bytes (g, weights, scales, whole, correction);
  rw_int8_pack (rw_int8_kernels (), bytes, whole, depth_of (g),
                (gsize) g->out_stride);
  for (int o = 0; o < g->out_stride; o++) {
    scale[o] = input->scale * scales[o];
    correction[o] *= input->zero;
  }
  *packed = (RwInt8Conv){ *input, bytes, correction, scale };
  return packed;
}

/* ---- a tile ------------------------------------------------------------ */

typedef struct {
  const RwConvGeometry *g;
  const RwPass *p;
  int n_across; /* tiles side by side */
} Job;

/* A tile's part of x: where it begins, its size, and its memory. */
typedef struct {
  int y, x, n_rows, n_columns;
  char *q;
  gsize q_row, q_step; /* bytes */
} Patch;

static int
patch_edge (const RwConvGeometry *g, int n_results)
{
  return (n_results - 1) * g->stride + g->k;
}

/* Floats of a worker's patch; two bytes a channel at most. */
gsize
rw_conv_int8_scratch (const RwConvGeometry *g)
{
  return (gsize) patch_edge (g, TILE_ROWS) *
         (gsize) patch_edge (g, TILE_COLUMNS) * (gsize) g->in_stride / 2;
}

/* @n pixels from pixel @x of a row of source @j to @q. */
static void
quantise (const Job *job,
          const Patch *patch,
          int j,
          const float *row,
          int x,
          int n,
          int repeat,
          char *q)
{
  const RwPass *p = job->p;
  const RwInt8Input input = { .q = q,
                              .q_step = patch->q_step,
                              .x = row + (gsize) x * p->in[j].stride,
                              .x_step = (gsize) p->in[j].stride,
                              .n_pixels = n,
                              .channels = p->in[j].stride,
                              .repeat = repeat,
                              .scale = &p->int8->input };

  if (n > 0)
    rw_int8_kernels ()->quantise (&input);
}

/* Columns [x, end) of a row of source @j, whose pixels are doubled: whole ones
 * twice, and a half at either end. */
static void
quantise_doubled (const Job *job,
                  const Patch *patch,
                  int j,
                  const float *row,
                  int x,
                  int end,
                  char *q)
{
  const int head = MIN (x % 2, end - x), whole = (end - x - head) / 2;

  quantise (job, patch, j, row, x / 2, head, 1, q);
  q += (gsize) head * patch->q_step;
  quantise (job, patch, j, row, (x + head) / 2, whole, 2, q);
  q += (gsize) whole * 2 * patch->q_step;
  quantise (job, patch, j, row, end / 2, (end - x - head) % 2, 1, q);
}

static int
floor_half (int a)
{
  return a >= 0 ? a / 2 : -((1 - a) / 2);
}

/* Row @y of x from source @j to @q; what lies outside of x is 0. */
static void
fill_row (const Job *job, const Patch *patch, int j, int y, char *q)
{
  const RwPass *p = job->p;
  const RwShape *in = &p->in[j];
  const RwInt8Kernels *k = rw_int8_kernels ();
  const gboolean doubled = p->upsampled && j == 0;
  const int from = doubled ? floor_half (y) : y, width = in->w << doubled;
  const gboolean is_there = from >= -p->above[j] && from < in->h + p->below[j];
  const int x0 = CLAMP (patch->x, 0, width),
            x1 = is_there ? CLAMP (patch->x + patch->n_columns, 0, width) : x0;
  const float *row = p->x[j] + (ptrdiff_t) from * in->w * in->stride;

  for (int x = patch->x; x < patch->x + patch->n_columns; x++)
    if (x < x0 || x >= x1)
      rw_int8_fill (k, q + (gsize) (x - patch->x) * patch->q_step,
                    p->int8->input.zero, (gsize) in->stride);
  q += (gsize) (x0 - patch->x) * patch->q_step;
  if (doubled)
    quantise_doubled (job, patch, j, row, x0, x1, q);
  else
    quantise (job, patch, j, row, x0, x1 - x0, 1, q);
}

static void
fill_patch (const Job *job, const Patch *patch)
{
  const RwPass *p = job->p;
  const gsize bytes = rw_int8_channel_bytes (rw_int8_kernels ());

  for (int i = 0; i < patch->n_rows; i++) {
    char *q = patch->q + (gsize) i * patch->q_row;

    for (int j = 0; j < p->n_sources; q += bytes * p->in[j++].stride)
      fill_row (job, patch, j, patch->y + i, q);
  }
}

/* Results [x, end) of row @y. */
static void
multiply_row (
    const Job *job, const Patch *patch, int y, int first, int x, int end)
{
  const RwConvGeometry *g = job->g;
  const RwPass *p = job->p;
  const gsize at = ((gsize) y * p->out.w + x) * p->out.stride;
  const RwInt8Product product = {
    .q = patch->q + (gsize) (y - first) * g->stride * patch->q_row,
    .q_row = patch->q_row,
    .q_step = patch->q_step * (gsize) g->stride,
    .weights = p->int8->weights,
    .n_rows = g->k,
    .depth = g->k * g->in_stride,
    .m = end - x,
    .n = g->out_stride,
    .correction = p->int8->correction,
    .scale = p->int8->scale,
    .bias = g->bias ? p->params[1] : NULL,
    .add = p->addend ? p->addend + at : NULL,
    .y = p->y + at,
    .y_step = (gsize) p->out.stride,
    .store = p->fused_relu ? RW_STORE_RELU : RW_STORE_PLAIN,
  };

  rw_int8_kernels ()->multiply (&product);
}

static void
make_tile (int item, int worker, void *data)
{
  const Job *job = data;
  const RwConvGeometry *g = job->g;
  const RwPass *p = job->p;
  const int y = item / job->n_across * TILE_ROWS,
            x = p->column + item % job->n_across * TILE_COLUMNS;
  const int end_y = MIN (y + TILE_ROWS, p->out.h),
            end_x = MIN (x + TILE_COLUMNS, p->column + p->n_columns);
  const gsize step =
      rw_int8_channel_bytes (rw_int8_kernels ()) * (gsize) g->in_stride;
  Patch patch = { .y = y * g->stride - g->pad,
                  .x = x * g->stride - g->pad,
                  .n_rows = patch_edge (g, end_y - y),
                  .n_columns = patch_edge (g, end_x - x),
                  .q = (char *) (p->scratch + worker * p->scratch_stride),
                  .q_step = step };

  patch.q_row = step * (gsize) patch.n_columns;
  fill_patch (job, &patch);
  for (int i = y; i < end_y; i++)
    multiply_row (job, &patch, i, y, x, end_x);
}

/* As Winograd's: columns that nobody wants are 0. */
static void
clear_beside (const RwPass *p)
{
  const gsize stride = (gsize) p->out.stride, row = stride * p->out.w,
              left = stride * p->column,
              right = stride * (p->column + p->n_columns);

  for (int y = 0; y < p->out.h; y++) {
    memset (p->y + y * row, 0, left * sizeof (float));
    memset (p->y + y * row + right, 0, (row - right) * sizeof (float));
  }
}

void
rw_conv_int8_forward (const RwConvGeometry *g, const RwPass *p)
{
  Job job = { .g = g,
              .p = p,
              .n_across = (p->n_columns + TILE_COLUMNS - 1) / TILE_COLUMNS };
  const int n_down = (p->out.h + TILE_ROWS - 1) / TILE_ROWS;

  g_assert (p->out.n == 1); /* bands of one image */
  rw_parallel_for_workers (p->workers, job.n_across * n_down, make_tile, &job);
  clear_beside (p);
}
