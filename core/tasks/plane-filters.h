/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Gaussian blurs and bicubic shrinking of planes of floats, [height][width],
 * for the damages that simulate what cameras do.
 */
#pragma once

#define RW_BLUR_RADIUS 8 /* pixels: 2.5 deviations of 3.2 pixels */
#define RW_SHRINK_LEAST 0.5f

/* One half of a symmetric kernel of sum 1. */
typedef struct {
  int radius;
  float weights[RW_BLUR_RADIUS + 2]; /* of distances 0..radius, then 0 */
} RwBlur;

/* A Gaussian of deviation @sigma pixels, in (0,3.2], cut at 2.5 deviations. */
void rw_blur_init (RwBlur *blur, float sigma);

/* The deviation of white noise of deviation 1 after rw_plane_blur. */
float rw_blur_get_gain (const RwBlur *blur);

/* out = in + share * (blurred in - in), mirrored at the borders, which are
 * @blur->radius + 2 apart or more.  @row: workspace of width + 2
 * RW_BLUR_RADIUS
 * + 2 floats. */
void rw_plane_blur (const float *in,
                    float *out,
                    float *row,
                    int width,
                    int height,
                    const RwBlur *blur,
                    float share);

/* Floats of workspace for rw_plane_shrink. */
int rw_plane_shrink_workspace (int in_width, int out_width, int out_height);

/* Shrinks by @scale, RW_SHRINK_LEAST..1, with Keys's bicubic kernel (a = -0.5)
 * stretched by 1 / scale; the middles of both pictures coincide.  Sides of @in
 * are 12 or more and about 1 / scale times those of @out. */
void rw_plane_shrink (const float *in,
                      int in_width,
                      int in_height,
                      float *out,
                      int out_width,
                      int out_height,
                      float scale,
                      float *workspace);
