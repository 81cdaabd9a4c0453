/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How far one picture is from another: PSNR, SSIM, and blocks that show.
 */
#pragma once

#include <glib.h>

/* Mean of (a - b)^2 over @n values, in double. */
double rw_mse (const float *a, const float *b, gsize n);

/* 10 log10 (1 / mse): decibels for values of peak 1; infinite when equal. */
double rw_psnr (double mse);

/* How much more neighbours differ across the edges of blocks of 8 x 8 pixels than
 * elsewhere, as a mean square of values of peak 1; 0 where they do not.  @a:
 * [height][width][channels], whose first pixel is number @first, 0..7, of its
 * block both ways.  PSNR-B is the PSNR of the mean square error plus this.
 * Source: Yim, Bovik 2011, the blocking effect factor. */
double
rw_blocking (const float *a, int width, int height, int channels, int first);

/* Structural similarity of two [height][width][channels] pictures of peak 1:
 * mean over channels and over all places where the 11 x 11 Gaussian window
 * (deviation 1.5) lies inside; in a picture smaller than that the window is
 * the largest odd one that fits, per axis.  K1 = 0.01, K2 = 0.03. Source:
 * Wang, Bovik, Sheikh, Simoncelli 2004, section III. */
double
rw_ssim (const float *a, const float *b, int width, int height, int channels);
