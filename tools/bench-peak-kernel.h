/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One function a CPU level: @rounds of multiply-adds.  Returns how many
 * floating-point operations that was; adds the results to *@sink.
 */
#pragma once

double rw_bench_fma_generic (long rounds, float *sink);
double rw_bench_fma_v3 (long rounds, float *sink);
double rw_bench_fma_v4 (long rounds, float *sink);
