/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What JPEG does to a picture, without the file: 8 x 8 blocks of luma and
 * (coarser) chroma, their cosine transforms rounded to multiples of a table.
 */
#pragma once

typedef struct {
  int quality;  /* 1..100, as libjpeg scales the tables of the standard */
  int coarse_x; /* chroma pixels are so many luma pixels wide, 1 or 2 */
  int coarse_y; /* and high */
  int phase_x;  /* pixels from a corner of the blocks' grid to the left border
                 */
  int phase_y;  /* of what is wanted, 0..15 */
} RwCameraJpeg;

/* Floats of workspace for rw_camera_jpeg. */
int rw_camera_jpeg_workspace (int width, int height);

/* Of @rgb, [height][width][3], coded colour 0..1, all but a frame of 16 pixels
 * (or a bit more, as the grid falls) goes through JPEG.  Neither rounded nor
 * clipped. */
void rw_camera_jpeg (float *rgb,
                     int width,
                     int height,
                     const RwCameraJpeg *settings,
                     float *workspace);
