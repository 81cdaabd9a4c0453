/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Divisive normalisation: the mix of squares is a matrix product over the
 * channels, a few dozen pixels of a row at a time.
 */
#include "layers/divisive.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "kernels/kernels.h"

enum { CHUNK = 64 /* pixels a matrix product */ };

/* The authors' values (tensorflow-compression 1.3, GDN). */
#define PEDESTAL 0x1p-36 /* offset^2, offset 2^-18 */
#define BETA_LEAST 1e-6
#define GAMMA_FIRST 0.1 /* on the diagonal */

static double
bound_of (int which)
{
  return sqrt (which == 0 ? BETA_LEAST + PEDESTAL : PEDESTAL);
}

/* ---- parameters -------------------------------------------------------- */

int
rw_divisive_n_params (const RwLayer *layer)
{
  return 2;
}

void
rw_divisive_param (const RwLayer *layer, int i, RwParamSpec *spec)
{
  const size_t c = (size_t) layer->in[0].c,
               stride = (size_t) layer->in[0].stride;

  if (i == 0)
    *spec = (RwParamSpec){ .name = "beta",
                           .n_dims = 1,
                           .dims = { c },
                           .n_inner = stride,
                           .init = RW_INIT_CONSTANT,
                           .value = sqrt (1 + PEDESTAL) };
  else
    *spec = (RwParamSpec){ .name = "gamma",
                           .n_dims = 2,
                           .dims = { c, c },
                           .n_inner = stride * stride,
                           .init = RW_INIT_DIAGONAL,
                           .value = sqrt (GAMMA_FIRST + PEDESTAL),
                           .rest = sqrt (PEDESTAL) };
}

/* gamma: file [i][j], inner [j][i], the stride apart */
void
rw_divisive_from_file (const RwLayer *layer,
                       int which,
                       float *inner,
                       const float *values)
{
  const size_t c = (size_t) layer->in[0].c,
               stride = (size_t) layer->in[0].stride;

  memset (inner, 0, (which ? stride * stride : stride) * sizeof (float));
  if (which == 0)
    memcpy (inner, values, c * sizeof (float));
  for (size_t i = 0; which && i < c; i++)
    for (size_t j = 0; j < c; j++)
      inner[j * stride + i] = values[i * c + j];
}

void
rw_divisive_to_file (const RwLayer *layer,
                     int which,
                     const float *inner,
                     float *values)
{
  const size_t c = (size_t) layer->in[0].c,
               stride = (size_t) layer->in[0].stride;

  if (which == 0)
    memcpy (values, inner, c * sizeof (float));
  for (size_t i = 0; which && i < c; i++)
    for (size_t j = 0; j < c; j++)
      values[i * c + j] = inner[j * stride + i];
}

/* the pack: gamma [j][i], then beta, 1 in its padding lanes */
size_t
rw_divisive_pack_size (const RwLayer *layer, RwPassKind kind)
{
  const size_t stride = (size_t) layer->in[0].stride;

  return stride * stride + stride;
}

static float
positive (float raw, int which)
{
  const double x = MAX ((double) raw, bound_of (which));

  return (float) (x * x - PEDESTAL);
}

void
rw_divisive_pack (const RwLayer *layer,
                  RwPassKind kind,
                  float *pack,
                  const float *const *params)
{
  const int c = layer->in[0].c, stride = layer->in[0].stride;
  float *beta = pack + (size_t) stride * (size_t) stride;

  for (int j = 0; j < stride; j++) {
    for (int i = 0; i < stride; i++)
      pack[j * stride + i] =
          i < c && j < c ? positive (params[1][j * stride + i], 1) : 0;
    beta[j] = j < c ? positive (params[0][j], 0) : 1;
  }
}

/* squares, n and t of a chunk; backward also has gradients of the whole pack
 */
size_t
rw_divisive_scratch (const RwLayer *layer, const RwPass *pass, RwPassKind kind)
{
  const size_t chunk = CHUNK * (size_t) layer->in[0].stride;

  return kind == RW_PASS_FORWARD
             ? 2 * chunk
             : 4 * chunk + rw_divisive_pack_size (layer, kind);
}

double
rw_divisive_macs (const RwLayer *layer)
{
  return (double) layer->in[0].c * (double) layer->in[0].c;
}

/* ---- forward ----------------------------------------------------------- */

/* n = beta + gamma x^2 of @m pixels; @squares: x^2 */
static void
mix (const RwPass *p, const float *x, int m, float *squares, float *n)
{
  const int stride = p->out.stride;
  const float *beta = p->pack + (size_t) stride * (size_t) stride;

  for (int i = 0; i < m * stride; i++)
    squares[i] = x[i] * x[i];
  for (int i = 0; i < m; i++)
    memcpy (n + i * stride, beta, (size_t) stride * sizeof (float));
  rw_gemm (RW_GEMM_PLAIN, m, stride, stride, squares, stride, p->pack, stride,
           1, n, stride);
}

typedef struct {
  const RwPass *p;
  gboolean inverse;
} Job;

static void
forward_row (int row, int worker, void *data)
{
  const Job *j = data;
  const RwPass *p = j->p;
  const int stride = p->out.stride, w = p->out.w;
  float *squares = p->scratch + (size_t) worker * p->scratch_stride;
  float *n = squares + CHUNK * stride;

  for (int first = 0; first < w; first += CHUNK) {
    const int m = MIN (CHUNK, w - first);
    const size_t at =
        ((size_t) row * (size_t) w + (size_t) first) * (size_t) stride;

    mix (p, p->x[0] + at, m, squares, n);
    for (int i = 0; i < m * stride; i++) {
      const float root = sqrtf (n[i]), x = p->x[0][at + (size_t) i];

      p->y[at + (size_t) i] = j->inverse ? x * root : x / root;
    }
  }
}

void
rw_divisive_forward (const RwPass *p, gboolean inverse)
{
  Job job = { p, inverse };

  rw_parallel_for_workers (p->workers, p->out.n * p->out.h, forward_row, &job);
}

/* ---- backward ---------------------------------------------------------- */

/* With t[i] = dy[i] x[i] / (n[i] sqrt n[i]), or over sqrt n[i] for igdn:
 *   dx[k] = dy[k] n[k]^power -+ x[k] sum over i of gamma[i][k] t[i]
 *   dgamma[i][j] = -+ 1/2 sum t[i] x[j]^2,  dbeta[i] = -+ 1/2 sum t[i] */
static void
backward_chunk (
    const RwPass *p, gboolean inverse, size_t at, int m, float *sums)
{
  const int stride = p->out.stride, size = m * stride;
  float *squares = p->scratch, *n = squares + CHUNK * stride,
        *t = n + CHUNK * stride, *back = t + CHUNK * stride;
  const float *x = p->x[0] + at, *dy = p->dy + at;
  float *dx = p->dx[0] ? p->dx[0] + at : NULL;

  mix (p, x, m, squares, n);
  for (int i = 0; i < size; i++) {
    const float root = sqrtf (n[i]);

    t[i] = inverse ? dy[i] * x[i] / root : -dy[i] * x[i] / (n[i] * root);
    n[i] = inverse ? root : 1 / root;
  }
  rw_gemm (RW_GEMM_TRANSPOSE_A, stride, stride, m, squares, stride, t, stride,
           1, sums, stride);
  rw_kernels ()->bias_grad (sums + stride * stride, t, (size_t) m, stride);
  if (!dx)
    return;
  rw_gemm (RW_GEMM_TRANSPOSE_B, m, stride, stride, t, stride, p->pack, stride,
           0, back, stride);
  for (int i = 0; i < size; i++)
    dx[i] = (p->dx_add[0] ? dx[i] : 0) + dy[i] * n[i] + x[i] * back[i];
}

/* From d / d gamma to d / d gamma': times 2 max (gamma', bound). */
static void
add_gradient (int which, float raw, float gradient, float *sum)
{
  const double bound = bound_of (which);

  if ((double) raw >= bound || gradient < 0)
    *sum += (float) (2 * MAX ((double) raw, bound) * (double) gradient);
}

void
rw_divisive_backward (const RwPass *p, gboolean inverse)
{
  const int stride = p->out.stride, c = p->out.c, w = p->out.w;
  const size_t n_rows = (size_t) p->out.n * (size_t) p->out.h;
  float *sums = p->scratch + 4 * CHUNK * stride;

  memset (sums, 0, (size_t) (stride * stride + stride) * sizeof (float));
  for (size_t row = 0; row < n_rows; row++)
    for (int first = 0; first < w; first += CHUNK)
      backward_chunk (p, inverse,
                      (row * (size_t) w + (size_t) first) * (size_t) stride,
                      MIN (CHUNK, w - first), sums);
  for (int j = 0; j < c; j++) {
    add_gradient (0, p->params[0][j], 0.5f * sums[stride * stride + j],
                  &p->grads[0][j]);
    for (int i = 0; i < c; i++)
      add_gradient (1, p->params[1][j * stride + i],
                    0.5f * sums[j * stride + i], &p->grads[1][j * stride + i]);
  }
}
