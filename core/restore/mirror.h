/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture continued beyond its edges by its mirror image.  Noise mirrored is
 * noise; an edge pixel repeated would be a streak, which a net takes for a
 * line.
 */
#pragma once

#include "reweave.h"

/* Spreads the pixels of @inside, of @channels floats each, tightly packed at
 * the start of @pixels, to those of @full, in place.  @inside is the part of @full within @bounds, and
 * not empty.  A pixel outside is the one as far inside, its edge not doubled
 * (period 2 (n - 1)); where that was not read, the nearest one that was. */
void rw_mirror_edges (float *pixels,
                      int channels,
                      const RwRect *inside,
                      const RwRect *full,
                      const RwRect *bounds);
