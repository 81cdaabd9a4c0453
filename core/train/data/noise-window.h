/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A flat window of a picture that is noisy: what is left of it after a plane
 * has been taken away is noise and nothing else.
 */
#pragma once

#include <glib.h>

enum {
  RW_NOISE_SIDE = 64,                             /* px of a window */
  RW_NOISE_PIXELS = RW_NOISE_SIDE * RW_NOISE_SIDE /* of it */
};
#define RW_NOISE_UNIT (1.0f / 32767) /* of the samples kept */
#define RW_NOISE_N_LAGS 4
extern const int rw_noise_lags[RW_NOISE_N_LAGS]; /* 1, 2, 4 and 8 px */

typedef struct {
  float brightness;    /* mean of Y, coded, 0..1 */
  float deviations[3]; /* of R, G and B, in 0..1 */
  float lightness;     /* deviation of Y, in 0..1 */
  /* Correlation of Y with itself so far to the side, and below. */
  float along[RW_NOISE_N_LAGS], down[RW_NOISE_N_LAGS];
  gboolean grey; /* R, G and B are the same */
  /* Noise, [RW_NOISE_SIDE][RW_NOISE_SIDE][3] times RW_NOISE_UNIT. */
  gint16 noise[RW_NOISE_PIXELS * 3];
} RwNoiseWindow;

/* Fills @window from the pixels at @rgb, [RW_NOISE_SIDE] rows of [3] floats
 * (coded) that are @stride floats apart.  FALSE when the window is of no use:
 * it shows something besides noise, is too dark or too light (16..239 of 255
 * in each channel), has a value that is cut at black or white, or no noise.
 * What is as even as noise, such as cloth from far away, passes. */
gboolean
rw_noise_window_take (RwNoiseWindow *window, const float *rgb, gsize stride);
