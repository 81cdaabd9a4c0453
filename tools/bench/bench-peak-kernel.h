/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the machine's peaks are measured with, one function a CPU level.
 */
#pragma once

/* @rounds of multiply-adds.  Returns how many floating-point operations that
 * was; adds the results to *@sink. */
double rw_bench_fma_generic (long rounds, float *sink);
double rw_bench_fma_v3 (long rounds, float *sink);
double rw_bench_fma_v4 (long rounds, float *sink);

/* The sum of @n floats, a multiple of 128: reads them as fast as it can. */
float rw_bench_read_generic (const float *values, long n);
float rw_bench_read_v3 (const float *values, long n);
float rw_bench_read_v4 (const float *values, long n);
