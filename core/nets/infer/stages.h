/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An inferring net as stages.  A stage is a layer that does the work, together
 * with the layers around it that it does at the same time; the results of those
 * layers are never stored.
 *
 *   upsample | concat a | conv | relu   ->  one stage that reads two results
 *   conv | add h | relu                 ->  one stage with an addend
 */
#pragma once

#include "nets/graph.h"

typedef struct {
  int node;       /* the node of the layer that works */
  int result;     /* the node whose result is written: node, or a later one */
  int sources[2]; /* nodes whose results it reads */
  int n_sources;
  gboolean joined;    /* concat: channels of the second follow the first's */
  gboolean upsampled; /* the first source's pixels are doubled both ways */
  int addend;         /* node, or -1 */
  gboolean relu;
} RwStage;

/* Fills @stages, which has room for one a node; returns their number.  They
 * are in an order in which each reads only what earlier ones wrote. */
int rw_stages_find (const RwNet *net, RwStage *stages);

/* Finds the rows (or columns) [*in_first, *in_end) of source @k on which rows
 * [first, end) of the stage's result depend.  They may lie outside of it. */
void rw_stage_window (const RwNet *net,
                      const RwStage *stage,
                      int k,
                      int first,
                      int end,
                      int *in_first,
                      int *in_end);

/* The height of a band of the stage's result is a multiple of this: whole
 * tiles, and such that the rows read begin at whole tiles of the sources. */
int rw_stage_unit (const RwNet *net, const RwStage *stage);
