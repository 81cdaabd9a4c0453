/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The machine's peak: fused multiply-adds in registers alone.
 */
#pragma once

/* The fastest CPU level that was built and that this machine has: "v4". */
const char *rw_bench_peak_level (void);

/* GFLOP/s of @n_threads threads, each busy for about 10 ms. */
double rw_bench_peak (int n_threads);
