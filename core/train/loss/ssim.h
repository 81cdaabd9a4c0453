/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Structural similarity at one scale, with its gradient.
 * Source: Wang, Bovik, Sheikh, Simoncelli 2004, section III: a Gaussian window
 * of 11 x 11 and deviation 1.5 at every place where it lies inside, K1 = 0.01,
 * K2 = 0.03, values of peak 1.
 *
 * With local means of y and t, d = y - t and the local variances v:
 *   l = 1 - mean(d)^2 / (mean(y)^2 + mean(t)^2 + C1)
 *   c = 1 - v(d) / (v(y) + v(t) + C2)
 *   ssim = l c
 * which are equations 6 and 13 with 2 a b written as a^2 + b^2 - (a - b)^2: no
 * large terms cancel when y is near t.
 */
#pragma once

#include "train/loss/losses.h"

#define RW_SSIM_WINDOW 11
#define RW_SSIM_C1 (0.01 * 0.01)
#define RW_SSIM_C2 (0.03 * 0.03)

/* Fills the window for a side of @side pixels, of sum 1, and returns its
 * length: 11, or the largest odd one that fits. */
int rw_ssim_window (int side, double weights[RW_SSIM_WINDOW]);

enum { RW_SSIM_MOMENTS = 4 };

/* One scale of one picture. */
typedef struct {
  RwLossShape shape;
  gboolean luminance;      /* l c; else only c */
  const float *y, *target; /* as RwLossPass */
  float *dy;
  float *moments[RW_SSIM_MOMENTS]; /* rw_ssim_count_plane floats each */
  float *work;                     /* 2 rw_ssim_count_plane floats */
} RwSsimScale;

/* Floats of one plane of scratch memory for a shape; a multiple of 16. */
gsize rw_ssim_count_plane (const RwLossShape *shape);

/* @distances[c]: 1 - the mean of l c (or c) over places, for each channel.
 * Keeps in the moments what rw_ssim_add_gradient needs. */
void rw_ssim_measure (const RwSsimScale *scale, double *distances);

/* dy += d/dy of the sum over channels of slopes[c] * distances[c]; once after
 * each rw_ssim_measure, as it overwrites the moments. */
void rw_ssim_add_gradient (const RwSsimScale *scale, const double *slopes);
