/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Multiply-adds in registers, and reading, compiled once per CPU level
 * (RW_LEVEL) with vectors of RW_VL floats.
 */
#include "bench/bench-peak-kernel.h"

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_ (a, b)

/* Chains enough to hide the latency of 4 cycles on two units, few enough for
 * 16 registers. */
#define CHAINS 12

typedef float Vector __attribute__ ((vector_size (4 * RW_VL)));

double
PASTE (rw_bench_fma, RW_LEVEL) (long rounds, float *sink)
{
  Vector x[CHAINS];
  /* x converges to 1 / (1 - 0.5) and neither overflows nor goes denormal */
  Vector factor, addend;

  for (int lane = 0; lane < RW_VL; lane++) {
    factor[lane] = 0.5f;
    addend[lane] = 1.0f;
  }
  for (int i = 0; i < CHAINS; i++)
    x[i] = addend * (float) i;
  /* the compiler must not know what they are */
  __asm__ volatile("" : "+m"(factor), "+m"(addend));
  const Vector f = factor, a = addend;
  for (long r = 0; r < rounds; r++) {
#ifdef __clang__
    _Pragma ("clang loop unroll(full)")
#else
    _Pragma ("GCC unroll 16")
#endif
        for (int i = 0; i < CHAINS; i++) x[i] = x[i] * f + a;
  }
  for (int i = 0; i < CHAINS; i++)
    for (int lane = 0; lane < RW_VL; lane++)
      *sink += x[i][lane];
  return 2.0 * CHAINS * RW_VL * (double) rounds;
}

float
PASTE (rw_bench_read, RW_LEVEL) (const float *values, long n)
{
  const Vector *x = (const Vector *) values;
  Vector sums[8] = { { 0 } };
  float sum = 0;

  for (long i = 0; i < n / RW_VL; i += 8) {
#ifdef __clang__
    _Pragma ("clang loop unroll(full)")
#else
    _Pragma ("GCC unroll 8")
#endif
        for (int k = 0; k < 8; k++) sums[k] += x[i + k];
  }
  for (int k = 0; k < 8; k++)
    for (int lane = 0; lane < RW_VL; lane++)
      sum += sums[k][lane];
  return sum;
}
