/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The order in which an inferring net makes the bands of its results, and the
 * memory in which their rows lie.
 *
 *   result of      picture's rows ->
 *   stage 0   ......[=====]####            .  made, and no longer needed
 *   stage 1   ...[====]####                =  in memory: the result's window
 *   stage 2   [===]####                    #  the band that is made next
 *
 * Each band is made as late as possible: just before the next stage reads its
 * rows, so that they are still in the processor's cache.  A result keeps only
 * the rows that are still needed, in a window that slides down the picture.
 * The net's input and output are kept whole, or as much of them as a step
 * needs.  The plan depends only on the net and the sizes.
 */
#pragma once

#include "nets/infer/stages.h"

/* The part of the net's result that has to be computed, in its pixels. */
typedef struct {
  int x, y, width, height;
} RwWanted;

/* A stage's part of the picture, and a result's memory. */
typedef struct {
  int first, end;         /* rows that are made */
  int column, end_column; /* columns that are wanted */
  int owner;              /* result whose memory it is in */
  int n_rows;             /* owners: rows of memory */
  gsize offset;           /* owners: floats from the arena's start */
} RwResult;

/* One band of one stage. */
typedef struct {
  int stage;
  int first, end; /* rows of the result */
  int from[2],
      addend; /* rows in their memory: sources from the band's first */
  int to;     /* row in the result's memory */
  int move_from, n_move; /* rows that are first moved to the memory's start */
} RwBand;

typedef struct {
  RwStage *stages;
  int n_stages;
  RwShape *shapes;   /* by node, for one image of the whole size */
  int *margins;      /* by node: rw_band_find_margins */
  RwResult *results; /* by node */
  RwBand *bands;
  gsize n_bands;
  RwSteps steps;       /* n at least 1 */
  gsize *step_ends;    /* by step: its bands and those before */
  gsize arena_floats;  /* without input and output */
  gboolean input_free; /* the output may be written over the input */
} RwBandPlan;

/* Plans for one image of @height x @width in @steps.  Outside of the part
 * @wanted the result is undefined.  @rows: how many rows of the picture a band
 * of each result stands for, at least one tile's; this changes no result.
 * RW_ERROR_LIMIT when the memory overflows. */
RwBandPlan *rw_band_plan_new (const RwNet *net,
                              int height,
                              int width,
                              const RwWanted *wanted,
                              const RwSteps *steps,
                              int rows,
                              GError **error);
void rw_band_plan_free (RwBandPlan *plan); /* accepts NULL */

/* The row of the input, and of the result, that memory begins with in @step.
 */
static inline int
rw_band_plan_get_top (const RwBandPlan *plan, int step)
{
  const RwSteps *s = &plan->steps;

  return step == 0 ? 0 : s->end + (step - 1) * s->advance - s->above;
}
