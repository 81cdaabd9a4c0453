/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A column: blocks below each other that one run makes, step by step.  Rows
 * that two of the blocks need are computed once.
 */
#pragma once

#include "restore/blocks.h"

/* The shape of a column, which does not depend on its place in the plane. */
typedef struct {
  int n;             /* blocks */
  int width, height; /* of all that the run sees */
  RwRect wanted;     /* of it */
  int area_rows;     /* most of a block's area */
  RwSteps steps;     /* rows: most that a block sees */
  int scale;         /* of the net */
  int mean;          /* of the margins */
} RwBlockColumn;

/* From block (i, j) down to at most (i, last). */
RwBlockColumn rw_block_column (int i,
                               int j,
                               int last,
                               const RwRect *bounds,
                               const RwBlockMargins *margins);

/* Sets the run's wanted part and steps, from the next prepare on. */
void rw_block_column_set_run (const RwBlockColumn *column, RwRun *run);
