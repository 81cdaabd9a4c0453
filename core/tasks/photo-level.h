/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What denoise's net is told of a finished photograph that nobody tells it about.
 */
#pragma once

/* Deviation of the noise of lightness in 1/255, 0 or more, of @n samples of one
 * picture: @rgb is [n][height][width][3], nominal [0,1], finite.  On fifteen
 * photographs whose noise is known it lies at 0.28 to 1.32 times the truth, in
 * the middle 0.83: calm shadows and texture mislead it. */
double
rw_photo_level_estimate (const float *rgb, int n, int height, int width);

/* The level to tell a net that takes away a deviation of @change when it is
 * told nothing (restore/blind-change.h): twice @measured, or 2.5 above it if
 * that is less, but no more than 2 times @change, and no less than 0.8 times up
 * to a change of 1 and 1.5 times from 1.8 on.  Rather too much than too little:
 * of what a net is not told, it leaves some. */
double rw_photo_level_judge (double measured, double change);
