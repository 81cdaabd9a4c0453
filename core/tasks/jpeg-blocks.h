/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What baseline JPEG does to colour, without writing a file: the entropy
 * coding loses nothing, so it is left out.
 *
 *   RGB -> 8 bits -> YCbCr -> chroma averaged -> DCT -> / step, rounded
 *                                                          |
 *   RGB <- 8 bits <- YCbCr <- chroma interpolated <- DCT' <- * step
 *
 * All is rounded where libjpeg-turbo rounds by default, so that nearly all
 * bytes are those that a file written and read by it has. Sources: ITU-T T.81
 * (1992), Annexes A and K; libjpeg-turbo's files jccolor, jcsample, jfdctint,
 * jidctint, jdsample and jdcolor.
 */
#pragma once

#include "io/jpeg-tables.h"

#include <glib.h>

typedef enum {
  RW_CHROMA_444, /* chroma at every pixel */
  RW_CHROMA_422, /* at every second column */
  RW_CHROMA_420, /* at every second column of every second row */
} RwChroma;

/* Coefficient (u, v), u along x, has the step of index 8 v + u: natural order.
 */
typedef struct {
  guint16 luma[64], chroma[64]; /* quantisation steps, 1..65535 */
  RwChroma subsampling;
  gboolean grey; /* one component: luma is coded and given three times */
  /* How far left of and above the picture its first block begins: 0..15, since
   * blocks of subsampled chroma measure 16 pixels. */
  int phase_x, phase_y;
} RwJpegBlocks;

/* The tables of Annex K scaled as the Independent JPEG Group does, limited to
 * 1..255 as baseline files need; @quality is limited to 1..100.  The same as
 * jpeg_set_quality for whole qualities. */
void
rw_jpeg_tables_from_quality (double quality, guint16 *luma, guint16 *chroma);

/* The quality in 1..100 at which the luma table from
 * rw_jpeg_tables_from_quality has the same mean of its 15 lowest AC steps (1
 * to 15 in zigzag order) as @luma; between whole qualities the mean is taken
 * to go straight. */
double rw_jpeg_tables_get_quality (const guint16 *luma);

/* What a net is told: log2 (1 + that mean) / 8, from 0.125 at quality 100 to
 * 1 at quality 1; it never rises with quality. */
float rw_jpeg_step_plane (double quality);

/* A file of @quality with the usual tables: 4:2:0 in 60 %, 4:2:2 in 15 % and
 * 4:4:4 in 25 %, its first block anywhere. */
RwJpegBlocks rw_jpeg_blocks_draw (guint64 key, double quality, gboolean grey);

/* As a file was compressed, its first block at the picture's corner.  FALSE if
 * its chroma is sampled in none of the ways of RwChroma. */
gboolean rw_jpeg_blocks_from_tables (const RwJpegTables *tables,
                                     RwJpegBlocks *blocks);

/* Compresses and decodes @rgb, [height][width][3] coded colour, in place; what
 * comes out are bytes / 255.  Values outside 0..1 are clipped, NaN becomes 0.
 * Blocks that reach over the picture's edges see its edge pixels repeated, as
 * encoders do.  Any thread. */
void rw_jpeg_blocks_damage (float *rgb,
                            int width,
                            int height,
                            const RwJpegBlocks *settings);
