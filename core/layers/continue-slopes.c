/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */
#include "layers/continue-slopes.h"

#include <string.h>

enum { N_IMAGES = 5 };

/* The eigenvalues of L L are below 64.  The rounds spread over those above
 * @low; what is below, wide holes, hardly changes. */
static const float high = 64;

static float
get_low (int rounds)
{
  return MIN (128.0f / (float) (rounds * rounds), 32.0f);
}

size_t
rw_slopes_size (int h, int w, int c)
{
  return N_IMAGES * (size_t) h * (size_t) w * (size_t) c;
}

void
rw_slopes_init (RwSlopes *slopes, int h, int w, int c, float *floats)
{
  const size_t n = (size_t) h * (size_t) w * (size_t) c;

  *slopes = (RwSlopes){ .h = h,
                        .w = w,
                        .c = c,
                        .u = floats,
                        .hole = floats + n,
                        .step = floats + 2 * n,
                        .bend = floats + 3 * n,
                        .other = floats + 4 * n };
}

/* L of row @y of @x. */
static void
sum_differences (const RwSlopes *slopes, const float *x, int y, float *sums)
{
  const int n = slopes->w * slopes->c, c = slopes->c;
  const float *here = x + (ptrdiff_t) y * n;
  const float *above = y > 0 ? here - n : here;
  const float *below = y < slopes->h - 1 ? here + n : here;

  for (int i = 0; i < n; i++)
    sums[i] = above[i] + below[i] - 2 * here[i];
  for (int i = c; i < n; i++) {
    const float difference = here[i - c] - here[i];

    sums[i] += difference;
    sums[i - c] -= difference;
  }
}

/* step = @keep step - @add times the bending of u: in holes, L L u; transposed,
 * L L of u in holes. */
static void
turn (RwSlopes *slopes, gboolean transposed, float keep, float add)
{
  const int n = slopes->w * slopes->c;
  const float *u = slopes->u;

  if (transposed) {
    for (int i = 0; i < slopes->h * n; i++)
      slopes->other[i] = slopes->hole[i] * slopes->u[i];
    u = slopes->other;
  }
  for (int y = 0; y < slopes->h; y++)
    sum_differences (slopes, u, y, slopes->bend + (ptrdiff_t) y * n);
  for (int y = 0; y < slopes->h; y++) {
    float *step = slopes->step + (ptrdiff_t) y * n;
    const float *hole = slopes->hole + (ptrdiff_t) y * n;
    float *sums = slopes->other + (ptrdiff_t) y * n;

    sum_differences (slopes, slopes->bend, y, sums);
    for (int i = 0; i < n; i++)
      step[i] = keep * step[i] - add * (transposed ? 1 : hole[i]) * sums[i];
  }
}

void
rw_slopes_continue (RwSlopes *slopes, int rounds, gboolean transposed)
{
  const int n = slopes->h * slopes->w * slopes->c;
  const float low = get_low (MAX (rounds, 1));
  const float middle = (high + low) / 2, half = (high - low) / 2;
  float rate = half / middle;

  memset (slopes->step, 0, (size_t) n * sizeof (float));
  for (int round = 0; round < rounds; round++) {
    if (round == 0) {
      turn (slopes, transposed, 0, 1 / middle);
    } else {
      const float next = 1 / (2 * middle / half - rate);

      turn (slopes, transposed, next * rate, 2 * next / half);
      rate = next;
    }
    for (int i = 0; i < n; i++)
      slopes->u[i] += slopes->step[i];
  }
}
