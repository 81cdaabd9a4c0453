/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How strong is the white noise in a picture, seen only from the picture.
 */
#pragma once

#define RW_NOISE_LEVEL_MIN 0.5
#define RW_NOISE_LEVEL_MAX 75.0

/* Standard deviation in 1/255, RW_NOISE_LEVEL_MIN..MAX, of the noise in @n
 * samples of one picture: @rgb is [n][height][width][3], nominal [0,1],
 * finite. Grey pictures have three equal channels.  Does not depend on
 * threads. */
double
rw_noise_level_estimate (const float *rgb, int n, int height, int width);
