/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Colour from a sensor that sees one colour a pixel, in Bayer's arrangement:
 *
 *   R G R G     phase 0; phase 1 begins one pixel further right,
 *   G B G B     phase 2 one further down, phase 3 both
 *   R G R G
 */
#pragma once

#define RW_MOSAIC_MARGIN 4 /* pixels around a mosaic, mirrored */

typedef enum {
  RW_DEMOSAIC_BILINEAR,
  RW_DEMOSAIC_MALVAR,         /* Malvar, He and Cutler 2004 */
  RW_DEMOSAIC_HAMILTON_ADAMS, /* US patent 5,629,734; expired */
  RW_N_DEMOSAICS
} RwDemosaic;

/* The colour, 0 red, 1 green, 2 blue, of pixel (x, y), neither below 0. */
static inline int
rw_mosaic_colour (int phase, int x, int y)
{
  return ((x + phase) & 1) + ((y + (phase >> 1)) & 1);
}

/* @mosaic: [height + 2 M][width + 2 M] with M = RW_MOSAIC_MARGIN, its margin
 * filled in by this function; @rgb: three planes [height][width].
 * @workspace: (width + 2 M) * (height + 2 M) + 8 (width + 2 M) floats. */
void rw_demosaic (float *mosaic,
                  int width,
                  int height,
                  int phase,
                  RwDemosaic method,
                  float *const rgb[3],
                  float *workspace);
