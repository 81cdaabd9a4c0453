/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Lets what fills holes go on with the slopes around them: rounds towards the
 * surface of least bending, in which L L u = 0 in holes, L being the sum of the
 * neighbours' differences.  A picture's border has no neighbour beyond it.
 * Chebyshev's rounds reach the slopes of thin holes in eight; wide holes keep
 * their means, where a bent surface would swing too far.
 * Source: Golub and Varga 1961 (Chebyshev semi-iteration).
 */
#pragma once

#include <glib.h>
#include <stddef.h>

/* Images [h][w][c] that lie in one block; hole is 1 in holes and 0 elsewhere. */
typedef struct {
  int h, w, c;
  float *u, *hole, *step, *bend, *other;
} RwSlopes;

/* Floats that images of h x w x c need. */
size_t rw_slopes_size (int h, int w, int c);

void rw_slopes_init (RwSlopes *slopes, int h, int w, int c, float *floats);

/* Changes u in holes.  Each round reaches two pixels further.  The map is linear;
 * @transposed: its transpose, which changes u everywhere. */
void rw_slopes_continue (RwSlopes *slopes, int rounds, gboolean transposed);
