/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * In which order the bands of rows of an inferring net are made, and where
 * their rows stand meanwhile.
 *
 * A result is made band by band, each as late as possible: just before the
 * layer behind it needs its rows, so that they are still in the cache.  Of a
 * result only the rows that are still needed are kept, in a window of its own
 * that slides down the picture; the input and the net's result are whole, or
 * those parts of them that a step needs.
 * All of it depends on the net and the sizes alone.
 */
#pragma once

#include "nets/infer/stages.h"

/* Of the net's result, in its pixels. */
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
  int move_from, n_move; /* before: rows of the result's memory to its start */
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

/* Plans for one image of @height x @width, of whose result @wanted is wanted
 * (outside of it anything may stand), in @steps.  @rows: of the picture that a
 * band of each result stands for, at least one tile's; changes no result.
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
