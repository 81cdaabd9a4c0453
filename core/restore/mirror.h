/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture continued beyond its edges by its mirror image.  Noise mirrored is
 * noise; an edge pixel repeated would be a streak, which a net takes for a
 * line.
 */
#pragma once

#include "reweave.h"

/* Spreads the RGBA pixels of @inside, tightly packed at the start of @rgba, to
 * those of @full, in place.  @inside is the part of @full within @bounds, and
 * not empty.  A pixel outside is the one as far inside, its edge not doubled
 * (period 2 (n - 1)); where that was not read, the nearest one that was. */
void rw_mirror_edges (float *rgba,
                      const RwRect *inside,
                      const RwRect *full,
                      const RwRect *bounds);
