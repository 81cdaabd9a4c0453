/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An inferring net as stages: layers that work, each with the layers around it
 * that it does on the way.  What a stage does on the way has no memory.
 *
 *   upsample | concat a | conv | relu   ->  one stage that reads two results
 *   conv | add h | relu                 ->  one stage with an addend
 */
#pragma once

#include "nets/graph.h"

typedef struct {
  int node;   /* whose layer works */
  int result; /* whose result it writes: node, or the last one done with it */
  int sources[2]; /* nodes whose results it reads */
  int n_sources;
  gboolean joined;    /* two sources are one x, channel behind channel */
  gboolean upsampled; /* the first source's pixels are doubled both ways */
  int addend;         /* node, or -1 */
  gboolean relu;
} RwStage;

/* Fills @stages, which has room for one a node; returns their number.  They
 * are in an order in which each reads only what earlier ones wrote. */
int rw_stages_find (const RwNet *net, RwStage *stages);

/* Rows (or columns) of source @k that rows [first, end) of the stage's result
 * depend on: [*in_first, *in_end), which may reach beyond the source. */
void rw_stage_window (const RwNet *net,
                      const RwStage *stage,
                      int k,
                      int first,
                      int end,
                      int *in_first,
                      int *in_end);

/* Rows that a band of the stage's result has a multiple of: a tile's, such
 * that the sources' rows begin at one of theirs. */
int rw_stage_unit (const RwNet *net, const RwStage *stage);
