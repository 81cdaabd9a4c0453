/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The kernels of another processor, run by an emulator: plain C11 without
 * GLib.  Products and a 3x3 convolution by Winograd against sums in double.
 */
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const RwKernels rw_kernels_generic;

static unsigned state = 1;

static float
uniform (void)
{
  state = state * 1664525u + 1013904223u;
  return (float) (state >> 8) / (float) (1 << 23) - 1;
}

static float *
fill (size_t n)
{
  float *v = malloc (n * sizeof (float));

  for (size_t i = 0; v && i < n; i++)
    v[i] = uniform ();
  if (!v)
    exit (1);
  return v;
}

/* Of all products of m x n x k, whether each element is near enough. */
static int
check_products (int m, int n, int k, int across)
{
  const RwKernels *kernels = &rw_kernels_generic;
  const size_t a_row = (size_t) (across ? m : k);
  float *a = fill ((size_t) m * k), *b = fill ((size_t) k * n),
        *c = fill ((size_t) m * n);
  int good = 1;

  (across ? kernels->gemm_ta : kernels->gemm) (m, n, k, a, a_row, b,
                                               (size_t) n, c, (size_t) n, 0);
  for (int i = 0; i < m * n; i++) {
    double sum = 0, sums = 0;

    for (int l = 0; l < k; l++) {
      const double term = (double) a[across ? l * m + i / n : i / n * k + l] *
                          (double) b[l * n + i % n];

      sum += term;
      sums += fabs (term);
    }
    good &= fabs ((double) c[i] - sum) <= 2 * (k + 8) * ldexp (sums, -24);
  }
  free (a);
  free (b);
  free (c);
  return good;
}

/* Whether a matrix in panels gives the bits of the matrix as it is: point 0 of
 * transformed weights is tap 0 / 16. */
static int
check_panels (int m, int n, int k)
{
  const RwKernels *kernels = &rw_kernels_generic;
  const size_t n_b = (size_t) k * n, bytes = (size_t) m * n * sizeof (float);
  float *a = fill ((size_t) m * k), *b = fill (9 * n_b), *u = fill (36 * n_b),
        *want = fill ((size_t) m * n), *c = fill ((size_t) m * n);

  kernels->winograd_weights (u, b, k, n);
  for (size_t i = 0; i < n_b; i++)
    b[i] /= 16;
  kernels->gemm (m, n, k, a, (size_t) k, b, (size_t) n, want, (size_t) n, 0);
  kernels->gemm_panels (m, n, k, 0, a, (size_t) k, u, c, (size_t) n);
  const int good = memcmp (want, c, bytes) == 0;

  free (a);
  free (b);
  free (u);
  free (want);
  free (c);
  return good;
}

/* One tile of 16 channels, each by itself. */
static int
check_tile (void)
{
  enum { C = 16 };
  const RwKernels *kernels = &rw_kernels_generic;
  float *x = fill (36 * C), *w = fill (9 * C), u[36 * C], v[36 * C], y[16 * C];
  double squares = 0, errors = 0;

  kernels->winograd_weights (u, w, 1, C);
  kernels->winograd_input (v, C, x, 6 * C, C, x);
  for (int i = 0; i < 36 * C; i++)
    v[i] *= u[i];
  kernels->winograd_output (y, 4 * C, v, C, C, NULL, NULL, RW_STORE_PLAIN, y);
  for (int i = 0; i < 16 * C; i++) {
    const int c = i % C, row = i / C / 4, col = i / C % 4;
    double want = 0;

    for (int j = 0; j < 9; j++)
      want += (double) x[((row + j / 3) * 6 + col + j % 3) * C + c] *
              (double) w[j * C + c];
    squares += want * want;
    errors += ((double) y[i] - want) * ((double) y[i] - want);
  }
  free (x);
  free (w);
  return errors <= 9e-12 * squares;
}

int
main (void)
{
  int products = 1, tiles = 1;

  for (int m = 1; m <= 33; m++)
    for (int n = 16; n <= 112; n += 16) {
      const int k = 1 + (m * 7 + n) % 37;

      products &= check_products (m, n, k, 0) && check_products (m, n, k, 1) &&
                  check_panels (m, n, k);
    }
  for (int i = 0; i < 20; i++)
    tiles &= check_tile ();
  printf ("1..2\n%s 1 products\n%s 2 winograd\n", products ? "ok" : "not ok",
          tiles ? "ok" : "not ok");
  return !(products && tiles);
}
