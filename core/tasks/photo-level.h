/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A guess of how strong the noise in a finished photograph is: where a slider
 * may start, not what a net should be told.
 */
#pragma once

/* Deviation of the noise of lightness in 1/255, 0 or more, of @n samples of one
 * picture: @rgb is [n][height][width][3], nominal [0,1], finite.  On fifteen
 * photographs whose noise is known it lies at 0.28 to 1.32 times the truth, in
 * the middle 0.83; clean pictures get up to 3.6. */
double
rw_photo_level_estimate (const float *rgb, int n, int height, int width);
