/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Numbers in rounds, each of which halves the steps of the one before.  What a
 * number v is in round t, from 0 on, is its index, v 2^t cut towards 0; so each
 * cell of a round is a part of one of the round before, and the cell of 0 is
 * twice as wide as others.  This is the quantiser of bit planes (Taubman and
 * Marcellin 2002, section 3.2.7).
 */
#pragma once

#include <glib.h>
#include <math.h>

enum { RW_ROUNDS_MAX = 8, RW_ROUNDS_INDEX_MAX = 32767 };

/* @value, held where its indices in @n rounds are at most RW_ROUNDS_INDEX_MAX;
 * what is not a number becomes 0. */
static inline float
rw_rounds_hold (float value, int n)
{
  const float most = (float) (RW_ROUNDS_INDEX_MAX >> (n - 1));

  return isnan (value) ? 0 : CLAMP (value, -most, most);
}

/* @value: held. */
static inline int
rw_rounds_get_index (float value, int round)
{
  return (int) (value * (float) (1 << round)); /* C cuts towards 0 */
}

/* The middle of a cell; of that of 0 it is 0. */
static inline float
rw_rounds_get_middle (int index, int round)
{
  const float half = index > 0 ? 0.5f : index < 0 ? -0.5f : 0;

  return ((float) index + half) / (float) (1 << round);
}

/* What a round adds: from the middle of the cell @before, in the round before,
 * to that of @index.  An index of 0 adds nothing, also where the round is not
 * known. */
static inline float
rw_rounds_get_step (int index, int before, int round)
{
  if (index == 0)
    return 0;
  return rw_rounds_get_middle (index, round) -
         (round > 0 ? rw_rounds_get_middle (before, round - 1) : 0);
}

/* Rounds whose last one has a wanted step. */
typedef struct {
  int n;       /* that there are */
  float scale; /* of all numbers before, above 1/2 and at most 1 */
} RwRounds;

/* The steps of the last round are 2^-@place, from 1 at 0 to those of the last
 * of @n_most rounds at n_most - 1. */
static inline RwRounds
rw_rounds_at (double place, int n_most)
{
  const double at = place > 0 ? MIN (place, n_most - 1) : 0;

  return (RwRounds){ (int) ceil (at) + 1, (float) exp2 (at - ceil (at)) };
}
