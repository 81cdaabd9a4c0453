/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The kernels: plain C11, compiled once per CPU level, picked at run time.
 *
 * Levels: generic (what the compiler's target gives, 4-float vectors), v3
 * (AVX2 + FMA, 8), v4 (AVX-512 F/BW/DQ/VL, 16).  REWEAVE_CPU=generic|v3|v4
 * caps the choice.  All arrays are float, need no alignment, and do not
 * overlap but where said.  Channel strides handed to the winograd_* kernels
 * are multiples of 16.  NaN goes where arithmetic takes it; relu makes it 0.
 */
#pragma once

#include <stddef.h>

typedef enum {
  RW_LEVEL_GENERIC,
  RW_LEVEL_V3,
  RW_LEVEL_V4,
  RW_N_LEVELS,
} RwLevel;

/* What winograd_output and bias_rows do with a result. */
typedef enum {
  RW_STORE_PLAIN = 0,
  RW_STORE_RELU = 1, /* max (0, .) */
} RwStore;

typedef struct {
#define RW_KERNEL(name, arguments) void (*name) arguments;
#include "kernels/kernels.def"
#undef RW_KERNEL
  int gemm_rows; /* products of multiples of so many rows keep their register
                    blocks full; 1: any do */
} RwKernels;

/* The table for this machine; never NULL. */
const RwKernels *rw_kernels (void);

/* The table of a level, or NULL where the machine or the build lacks it. */
const RwKernels *rw_kernels_for_level (RwLevel level);

const char *rw_level_get_name (RwLevel level); /* "generic", "v3", "v4" */
RwLevel rw_level_find (const char *name); /* RW_N_LEVELS: there is no such */
RwLevel rw_kernels_get_level (void);      /* of rw_kernels () */

/* C[m][n] = A[m][k] * B[k][n] + beta * C, row-major; with
 * transpose_a A is [k][m], with transpose_b B is [n][k].  Fastest where n is a
 * multiple of 16, B is as it stands and beta is 0 or 1.  The bits of an element
 * do not depend on m. */
typedef enum {
  RW_GEMM_PLAIN = 0,
  RW_GEMM_TRANSPOSE_A = 1,
  RW_GEMM_TRANSPOSE_B = 2,
} RwGemm;

void rw_gemm (RwGemm flags,
              int m,
              int n,
              int k,
              const float *a,
              int lda,
              const float *b,
              int ldb,
              float beta,
              float *c,
              int ldc);
