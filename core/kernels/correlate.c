/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A filter of few taps along one axis: that of structural similarity.
 */
#include "kernels/vector.h"

enum { ABREAST = 4 }; /* vectors, so that no multiply-add waits for another */

void
RW_NAME (correlate) (float *y,
                     const float *x,
                     size_t n,
                     const float *w,
                     int n_taps,
                     size_t step)
{
  size_t i = 0;

  for (; i + ABREAST * RW_VL <= n; i += ABREAST * RW_VL) {
    Vector sums[ABREAST] = { { 0 } };

    for (int k = 0; k < n_taps; k++) {
      UNROLL
      for (int v = 0; v < ABREAST; v++)
        sums[v] += w[k] * load (x + i + (size_t) k * step + v * RW_VL);
    }
    UNROLL
    for (int v = 0; v < ABREAST; v++)
      store (y + i + v * RW_VL, sums[v]);
  }
  for (; i < n; i++) {
    float sum = 0;

    for (int k = 0; k < n_taps; k++)
      sum += w[k] * x[i + (size_t) k * step];
    y[i] = sum;
  }
}
