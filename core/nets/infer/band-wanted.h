/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which part of each result a band plan makes.  Only nets/ includes this.
 */
#pragma once

#include "nets/infer/band-plan.h"

/* the next multiple of @unit from @a on */
static inline int
rw_up_to (int a, int unit)
{
  return (a + unit - 1) / unit * unit;
}

/* Finds for each node the margin of its result: how many rows above and below
 * an aligned part of it have to be made, so that the same part of the net's
 * result can be.  The margin is the same at both ends and ends at whole tiles.
 * A convolution of 3x3 adds 2. */
void rw_band_find_margins (const RwNet *net,
                           const RwStage *stages,
                           int n_stages,
                           int *margins);

/* Sets the rows and columns of all of @plan's results, outwards to whole
 * units, from what is @wanted of the net's.  @plan has its stages, shapes and
 * margins.
 */
void rw_band_find_wanted (const RwNet *net,
                          RwBandPlan *plan,
                          const RwWanted *wanted);

/* The same into @until, one a node, for what is made until the end of @step.
 */
void rw_band_find_until (const RwNet *net,
                         const RwBandPlan *plan,
                         const RwWanted *wanted,
                         int step,
                         RwResult *until);
