/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a damaged picture ends: as a file of 8 bits a sample, often a JPEG.
 */
#pragma once

#include "tasks/filter.h"

/* The file it would be. */
typedef struct {
  double jpeg_share;                /* of the files; the others lose nothing */
  double quality_low, quality_high; /* IJG's 1..100, drawn evenly */
  gboolean grey;                    /* only luma is coded */
  guint64 key;                      /* of the decisions */
} RwFinish;

/* How pictures without damage end in training, so that good files stay good. */
#define RW_FINISH_UNDAMAGED                                                   \
  .jpeg_share = 0.4, .quality_low = 92, .quality_high = 98

/* Colours become multiples of 1/255 in 0..1.  Blocks that reach over the edge
 * see it repeated, so a margin that is cut off afterwards makes them real. */
void rw_finish_as_file (RwPlanes *rgb, const RwFinish *finish);

/* Noise that black and white clip has a mean, which the mean of many shots has
 * as well: @clean gets the coarse mean of @noisy less @clean, so that a net
 * does not learn to shift colours.  Both are RGB of one size; @memory: as many
 * floats as they have. */
void rw_finish_at_mean (const RwPlanes *noisy, RwPlanes *clean, float *memory);
