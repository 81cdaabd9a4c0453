/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * ms-ssim: 1 - the mean over channels of the product over scales j of
 * s[j]^w[j].  s is the mean of structural similarity at the coarsest scale and
 * of its contrast-structure part at the others; a scale is the 2 x 2 means of
 * the one before.
 * Source: Wang, Simoncelli, Bovik 2003, equation 7 and the weights of section
 * 3.2.  Where the window does not fit into the coarsest of five scales, which
 * takes 176 pixels, there are fewer, and the weights of those that are left
 * are made to sum to 1.
 *
 * A mean that falls to LEAST, as that of a picture turned to its negative, is
 * taken as LEAST: a power of what is not positive has no slope.
 */
#include "train/loss/ssim.h"

#include <math.h>
#include <string.h>

#define MAX_SCALES 5
#define LEAST 1e-4

static const double all_weights[MAX_SCALES] = { 0.0448, 0.2856, 0.3001, 0.2363,
                                                0.1333 };

typedef struct {
  int n;
  RwSsimScale scales[MAX_SCALES];
  float *y[MAX_SCALES], *target[MAX_SCALES]; /* but the first's */
  double weights[MAX_SCALES];                /* sum 1 */
  double *distances[MAX_SCALES];             /* [channels] */
  double *slopes;                            /* [channels] */
} Pyramid;

/* ---- the scales --------------------------------------------------------- */

static RwLossShape
halve (const RwLossShape *shape)
{
  return (RwLossShape){ .height = shape->height / 2,
                        .width = shape->width / 2,
                        .channels = shape->channels,
                        .stride = shape->stride };
}

static int
count_scales (const RwLossShape *shape, double most)
{
  int side = MIN (shape->height, shape->width) / 2, n = 1;

  for (; n < (int) most && side >= RW_SSIM_WINDOW; n++)
    side /= 2;
  return n;
}

static gsize
count_floats (const RwLossShape *shape)
{
  return (gsize) shape->height * (gsize) shape->width * (gsize) shape->stride;
}

/* Planes of the moments; below the first scale also y, target and dy. */
static int
count_planes (int scale)
{
  return RW_SSIM_MOMENTS + (scale > 0 ? 3 : 0);
}

static gsize
count_scratch (const RwLossShape *shape, double most)
{
  const int n = count_scales (shape, most);
  const gsize per_channel = (gsize) (n + 1) * sizeof (double) / sizeof (float);
  gsize sum = 2 * rw_ssim_count_plane (shape);
  RwLossShape s = *shape;

  for (int i = 0; i < n; i++, s = halve (&s))
    sum += (gsize) count_planes (i) * rw_ssim_count_plane (&s);
  return sum + per_channel * (gsize) shape->channels;
}

/* Gives each scale its part of the scratch memory. */
static Pyramid
lay_out (const RwLossPass *pass)
{
  Pyramid p = { .n = count_scales (&pass->shape, pass->param) };
  float *at = pass->scratch + 2 * rw_ssim_count_plane (&pass->shape);
  RwLossShape shape = pass->shape;
  double sum = 0;

  for (int i = 0; i < p.n; i++, shape = halve (&shape)) {
    RwSsimScale *scale = &p.scales[i];
    const gsize n = rw_ssim_count_plane (&shape);
    for (int k = 0; k < RW_SSIM_MOMENTS; k++, at += n)
      scale->moments[k] = at;
    if (i > 0) {
      p.y[i] = at;
      p.target[i] = at + n;
      scale->dy = at + 2 * n;
      at += 3 * n;
    }
    scale->shape = shape;
    scale->luminance = i == p.n - 1;
    scale->work = pass->scratch;
    scale->y = i > 0 ? p.y[i] : pass->y;
    scale->target = i > 0 ? p.target[i] : pass->target;
    sum += all_weights[i];
  }
  p.scales[0].dy = pass->dy;
  p.slopes = (double *) at;
  for (int i = 0; i < p.n; i++) {
    p.weights[i] = all_weights[i] / sum;
    p.distances[i] = p.slopes + (i + 1) * pass->shape.channels;
  }
  return p;
}

/* to = the 2 x 2 means of from; an odd last row or column is left out. */
static void
shrink (const float *from, float *to, const RwLossShape *shape)
{
  const gsize stride = (gsize) shape->stride;
  const gsize row = stride * (gsize) shape->width;

  for (int y = 0; y + 1 < shape->height; y += 2)
    for (int x = 0; x + 1 < shape->width; x += 2) {
      const float *a = from + (gsize) y * row + (gsize) x * stride;
      for (gsize c = 0; c < stride; c++, a++)
        *to++ = 0.25f * ((a[0] + a[stride]) + (a[row] + a[row + stride]));
    }
}

/* The adjoint: to += from / 4 for each of the four. */
static void
spread (const float *from, float *to, const RwLossShape *shape)
{
  const gsize stride = (gsize) shape->stride;
  const gsize row = stride * (gsize) shape->width;

  for (int y = 0; y + 1 < shape->height; y += 2)
    for (int x = 0; x + 1 < shape->width; x += 2, from += stride) {
      float *a = to + (gsize) y * row + (gsize) x * stride;
      for (int c = 0; c < shape->channels; c++) {
        const float part = 0.25f * from[c];
        a[c] += part;
        a[c + (int) stride] += part;
        a[(gsize) c + row] += part;
        a[(gsize) c + row + stride] += part;
      }
    }
}

/* ---- the loss ----------------------------------------------------------- */

static void
measure (const Pyramid *p)
{
  for (int i = 0; i < p->n; i++) {
    const RwSsimScale *scale = &p->scales[i], *finer = scale - 1;
    if (i > 0) {
      shrink (finer->y, p->y[i], &finer->shape);
      shrink (finer->target, p->target[i], &finer->shape);
      memset (scale->dy, 0, count_floats (&scale->shape) * sizeof (float));
    }
    rw_ssim_measure (scale, p->distances[i]);
  }
}

/* The product of channel @c; NaN stays. */
static double
multiply (const Pyramid *p, int c)
{
  double product = 1;

  for (int i = 0; i < p->n; i++) {
    const double mean = 1 - p->distances[i][c];
    product *= pow (mean < LEAST ? LEAST : mean, p->weights[i]);
  }
  return product;
}

/* From the coarsest scale to the finest. */
static void
add_gradients (const Pyramid *p, double weight)
{
  const int channels = p->scales[0].shape.channels;

  for (int i = p->n - 1; i >= 0; i--) {
    for (int c = 0; c < channels; c++) {
      const double mean = 1 - p->distances[i][c];
      p->slopes[c] = mean < LEAST ? 0
                                  : weight / channels * p->weights[i] *
                                        multiply (p, c) / mean;
    }
    rw_ssim_add_gradient (&p->scales[i], p->slopes);
    if (i > 0)
      spread (p->scales[i].dy, p->scales[i - 1].dy, &p->scales[i - 1].shape);
  }
}

static double
evaluate (const RwLossPass *pass)
{
  const Pyramid p = lay_out (pass);
  const int channels = pass->shape.channels;
  double sum = 0;

  measure (&p);
  for (int c = 0; c < channels; c++)
    sum += 1 - multiply (&p, c);
  add_gradients (&p, pass->weight);
  return sum / channels;
}

static char *
describe (const RwLossShape *shape, double most)
{
  const int n = count_scales (shape, most);

  if (n == (int) most)
    return NULL;
  return g_strdup_printf ("%d of %d scales: the last needs %d pixels", n,
                          (int) most, RW_SSIM_WINDOW << ((int) most - 1));
}

const RwLoss rw_loss_ms_ssim = {
  .name = "ms-ssim",
  .summary = "1 - multi-scale structural similarity (Wang et al. 2003)",
  .param = { .name = "scales",
             .summary = "how many sizes are compared, each half the last",
             .kind = RW_FIELD_REAL,
             .def = MAX_SCALES,
             .low = 1,
             .high = MAX_SCALES },
  .count_scratch = count_scratch,
  .evaluate = evaluate,
  .describe = describe,
};
