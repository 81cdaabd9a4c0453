/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Vectors of RW_VL floats in the compilers' vector extensions, and the name of
 * a kernel at the level being compiled.
 */
#pragma once

#include <string.h>

#include "kernels/kernels.h"

#define RW_PASTE_(a, b) a##_##b
#define RW_PASTE(a, b) RW_PASTE_ (a, b)
#define RW_NAME(kernel) RW_PASTE (rw_kernel_##kernel, RW_LEVEL)

/* Every kernel of the level, so that the table can name them. */
#define RW_KERNEL(name, arguments) void RW_NAME (name) arguments;
#include "kernels/kernels.def"
#undef RW_KERNEL

typedef float Vector __attribute__ ((vector_size (4 * RW_VL)));
typedef int Mask __attribute__ ((vector_size (4 * RW_VL)));
typedef float VectorAt
    __attribute__ ((vector_size (4 * RW_VL), aligned (4), may_alias));

#define INLINE static inline __attribute__ ((always_inline))

#ifdef __clang__
#define UNROLL _Pragma ("clang loop unroll(full)")
#define ROLLED _Pragma ("clang loop unroll(disable)")
#else
#define UNROLL _Pragma ("GCC unroll 16")
#define ROLLED _Pragma ("GCC unroll 1")
#endif

INLINE Vector
load (const float *p)
{
  return *(const VectorAt *) p;
}

INLINE void
store (float *p, Vector v)
{
  *(VectorAt *) p = v;
}

INLINE Vector
spread (float x)
{
  return x - (Vector){ 0 };
}

/* v where mask is set, 0 elsewhere (gcc 12 has no vector ?: in C) */
INLINE Vector
select_or_zero (Mask mask, Vector v)
{
  return (Vector) ((Mask) v & mask);
}

INLINE Vector
relu (Vector v)
{
  return select_or_zero (v > (Vector){ 0 }, v);
}

/* Of kernels.h; where blocks are high, or of several heights, nothing was
 * found. */
#if RW_VL == 16 || defined __aarch64__
#define RW_GEMM_ROWS 1
#else
#define RW_GEMM_ROWS 6
#endif

/* Of the @left vectors of a matrix's row, how many the next panel has: columns
 * that are multiplied together. */
INLINE int
panel_vectors (int left)
{
  if (left == 3)
    return 3;
#if RW_VL == 16
  if (left == 6)
    return 3;
#elif defined __aarch64__
  if (left >= 4)
    return 4;
#endif
  return left >= 2 ? 2 : 1;
}
