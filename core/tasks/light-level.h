/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A guess of how much light a whole picture lacks.  A net sees too little of
 * it to know.
 */
#pragma once

/* EV, 0..5.6, of @n samples of one picture: @rgb is [n][height][width][3],
 * sRGB-coded, nominal [0,1], finite.  Three percentiles of the linear light of the
 * brightest channel decide.  Of photographs that it was not fitted to, it is
 * wrong by 0.3 EV in the median, and more often too low than too high: of 100
 * good ones some 10 are said to miss more than 0.5 EV. */
double
rw_light_level_estimate (const float *rgb, int n, int height, int width);
