/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The damage of dejpeg: a picture is compressed once or, as pictures from the
 * web are, twice: with another grid and sometimes made smaller or larger
 * between.
 *
 *   source --JPEG-- [resize] --JPEG-- middle -> input
 *   source -------- [resize] -------- middle -> clean
 *
 * The only control, values[0], is the quality in 1..100 that the luma table of
 * the last compression has on the scale of the Independent JPEG Group, as
 * rw_jpeg_tables_get_quality finds it; 100 if there was no compression.
 * Samples are as tasks/sample.h says, scale 1; callers make all arrays, and
 * masks are left alone.
 */
#pragma once

#include "tasks/jpeg-blocks.h"
#include "tasks/sample.h"

/* Draws what training needs; values[0] is the quality that the tables are made
 * from. */
void rw_dejpeg_draw (guint64 key, RwDamage *damage);

/* Pixels of source for @length pixels of input, at most 2 length + 42. */
int rw_dejpeg_extent (const RwDamage *damage, int length);

/* Everything follows from damage->key and damage->grey; values[0] is set. */
void rw_dejpeg_degrade (const RwSample *source,
                        RwSample *clean,
                        RwSample *input,
                        RwDamage *damage);

/* One compression with the tables of @quality, whose first block begins at the
 * input's corner, for evaluation.  Of a larger source the middle is taken.
 * Grey colour comes out as a grey file of it would. */
void rw_dejpeg_degrade_plain (const RwSample *source,
                              RwSample *clean,
                              RwSample *input,
                              double quality,
                              RwChroma subsampling);
