/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The fixed grid of blocks that pictures are restored in.
 *
 *   picture > strip > column > block          net: stage > band
 *
 *   +-- picture ------------------+   A strip is as many rows of blocks as fit
 *   |  1  |  4  |  7  | 10  |     |   in memory; without a cap there is one.
 *   |     |     |     |     | .   |   A column is what one run of the net makes
 *   |  2  |  5  |  8  | 11  | . s |   of a strip: blocks from the top down, in
 *   |     |     |     |     | . t |   the order of the numbers.  For each block
 *   |  3  |  6  |  9  | 12  |   r |   the run makes a step, in which each stage
 *   +-----+-----+-----+-----+ - i |   (a layer and what it does on its way)
 *   | 13  | 15  | ...       |   p |   goes through its rows in bands: those
 *   | 14  | 16  |           |     |   that the next stage is about to read.
 *   +-----------------------------+
 *
 * Block (i, j) covers RW_BLOCK * i <= x < RW_BLOCK * (i + 1) and so in y, from
 * the plane's origin and not from the picture's corner.
 *
 *   +-- input: what the net sees ------------------------------------+
 *   |   +-- aligned: a multiple of its alignment, from the grid ---+ |
 *   |   |   +-- area: the block's part in the picture -----------+ | |
 *
 * One run may restore the blocks of a column, going on from block to block
 * (RwSteps).  This gives the same bits as restoring each block by itself, since
 * the tops of blocks are aligned to whole tiles of all layers and their margins
 * contain all that these tiles read.
 */
#pragma once

#include <glib.h>

#include "nets/net.h"
#include "reweave.h"

/* A U-Net with a halo of 96 computes 1.08 times the pixels of a column of this
 * width.  With 1024 it would be 1.06 times, but for a third more memory, and a
 * preview would wait longer for its blocks. */
#define RW_BLOCK 768

typedef struct {
  int first_i, first_j; /* the block of the upper left corner */
  int columns, rows;    /* 0 when the region is empty */
} RwBlockRange;

typedef struct {
  RwRect area;
  RwRect wide; /* the area and what means look at around it, in the picture */
  RwRect input;
} RwBlock;

/* How much a net reads around the area of a block. */
typedef struct {
  int align, halo;  /* of pixel columns; align holds for the last row, too */
  int top;          /* the area's top is moved up to a multiple of this */
  int above, below; /* rows of margin */
  gboolean steps;   /* blocks may follow each other in one run */
  int scale;        /* pixels a side that the net makes of one */
  int mean; /* pixels around the area whose change is looked at, or 0: see
               keep-mean.h */
} RwBlockMargins;

/* @scale: of the net's task.  One that enlarges goes block by block, with at
 * least as much around them as interpolation looks at. */
RwBlockMargins rw_block_margins (const RwNet *net, int scale);

/* The same of a net whose change keeps the mean of the picture. */
RwBlockMargins rw_block_margins_with_mean (const RwBlockMargins *margins);

/* The pixels that @rect becomes, and the fewest of which @rect is made. */
RwRect rw_rect_enlarge (const RwRect *rect, int scale);
RwRect rw_rect_reduce (const RwRect *rect, int scale);

/* The overlap; width and height are 0 when there is none. */
RwRect rw_rect_intersect (const RwRect *a, const RwRect *b);
gboolean rw_rect_is_empty (const RwRect *rect);

/* The blocks that @rect touches. */
RwBlockRange rw_blocks_cover (const RwRect *rect);

/* Block (i, j) of a picture with @bounds, which it touches. */
RwBlock rw_block_get (int i,
                      int j,
                      const RwRect *bounds,
                      const RwBlockMargins *margins);
