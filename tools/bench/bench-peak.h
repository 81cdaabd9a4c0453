/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The machine's peaks: fused multiply-adds in registers only, and moving
 * arrays that fit a cache, or none.
 */
#pragma once

/* The CPU level that all is measured at: "v4". */
const char *rw_bench_peak_level (void);

/* GFLOP/s of @n_threads threads, each busy for about 10 ms. */
double rw_bench_peak (int n_threads);

typedef struct {
  const char *name;  /* "L2", "L3", "DRAM" */
  double bytes;      /* of what all threads together go through */
  double read, copy; /* GB/s; copying counts reading and writing */
} RwBenchBandwidth;

#define RW_BENCH_N_BANDWIDTHS 3

/* The best of some tries with @n_threads threads; NaN where memory is short.
 */
void rw_bench_bandwidths (int n_threads,
                          RwBenchBandwidth out[RW_BENCH_N_BANDWIDTHS]);
