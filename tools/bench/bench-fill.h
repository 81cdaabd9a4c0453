/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What nets are measured with: the same numbers in every process.
 */
#pragma once

#include "nets/net.h"

/* As training begins, and small random values where that has zeros, so that
 * every layer changes the result.  @params: n_inner floats, zeroed. */
void rw_bench_fill_params (const RwNet *net, float *params);

/* Uniform in [0,1): @n_pixels of @channels, @stride floats apart. */
void
rw_bench_fill_input (float *input, gsize n_pixels, int channels, int stride);
