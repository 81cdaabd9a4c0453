/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A guess of how much light a whole picture lacks.  A net sees too little of
 * it to know.
 */
#pragma once

/* EV, 0..5.6, of @n samples of one picture: @rgb is [n][height][width][3],
 * sRGB-coded, nominal [0,1], finite.  How far the mean and the 95th percentile
 * of linear light lie below those of good photographs, in the mean of both;
 * these themselves spread by 1.1 and 0.8 EV. */
double
rw_light_level_estimate (const float *rgb, int n, int height, int width);
