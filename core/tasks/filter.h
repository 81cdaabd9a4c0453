/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Blurs and convolutions of interleaved planes.
 *
 * A result is the middle of what it is made from: with w x h of W x H pixels,
 * result (x, y) lies at (x + (W - w) / 2, y + (H - h) / 2). What a kernel
 * wants from beyond W x H is mirrored there, the edge's pixel repeated:
 *
 *    ... b a | a b c d ... y z | z y ...
 */
#pragma once

#include <glib.h>

#include "tasks/sample.h"

typedef struct {
  int width, height, channels;
  float *pixels; /* [height][width][channels] */
} RwPlanes;

/* A symmetric kernel for rows, then columns. */
#define RW_BLUR_RADIUS_MAX 10 /* px: 2.5 deviations of 4 px */
typedef struct {
  int radius;                                /* px, 0..RW_BLUR_RADIUS_MAX */
  float weights[2 * RW_BLUR_RADIUS_MAX + 1]; /* their sum is 1 */
} RwBlur;

/* Any kernel: @n weights, their sum 1, with their places from the centre. */
#define RW_KERNEL_RADIUS_MAX 10 /* px */
#define RW_KERNEL_SIDE_MAX (2 * RW_KERNEL_RADIUS_MAX + 1)
typedef struct {
  int n;
  float weights[RW_KERNEL_SIDE_MAX * RW_KERNEL_SIDE_MAX];
  gint8 x[RW_KERNEL_SIDE_MAX * RW_KERNEL_SIDE_MAX]; /* px right of it */
  gint8 y[RW_KERNEL_SIDE_MAX * RW_KERNEL_SIDE_MAX]; /* px below it */
} RwKernel;

/* The colours of a sample (borrowed). */
static inline RwPlanes
rw_planes_of (const RwSample *sample)
{
  return (RwPlanes){ sample->width, sample->height, 3, sample->rgb };
}

static inline gsize
rw_planes_count (const RwPlanes *planes)
{
  return (gsize) planes->width * (gsize) planes->height *
         (gsize) planes->channels;
}

/* Planes whose pixels are not set; g_free (planes.pixels). */
RwPlanes rw_planes_make (int width, int height, int channels);

/* Copies the middle of @in, which is at least as large. */
void rw_planes_crop (const RwPlanes *in, RwPlanes *out);

/* out[i] = sum over j of weights[j] * rows[j][i] for i < n; @out is none of
 * the rows. */
void rw_weigh_rows (const float *const *rows,
                    const float *weights,
                    int n_rows,
                    float *out,
                    gsize n);

/* A sampled Gaussian of deviation @sigma, 0..4 px, cut at 2.5 deviations. */
RwBlur rw_blur_gaussian (double sigma);

/* The sum of the squared weights: in two dimensions the factor on the
 * deviation of white noise. */
double rw_blur_energy (const RwBlur *blur);

/* out = in + share * (blurred in - in). @out may have @in's pixels if it has
 * its size. */
void
rw_blur (const RwPlanes *in, const RwBlur *blur, float share, RwPlanes *out);

/* The mean of the 2 @radius + 1 pixels each way. @out may have @in's pixels if
 * it has its size, which is @in's. */
void rw_blur_box (const RwPlanes *in, int radius, RwPlanes *out);

/* @out has memory of its own. */
void rw_convolve (const RwPlanes *in, const RwKernel *kernel, RwPlanes *out);
