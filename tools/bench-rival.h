/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same net in another library: a process that measures once whenever it is
 * asked, so that both are timed in turns.
 */
#pragma once

#include <glib.h>

typedef struct RwBenchRival RwBenchRival;

/* tools/dev/bench-pytorch.py; it answers "infer" and "train" with the seconds
 * of one, by the faster of PyTorch's memory formats.  RW_ERROR_IO when it is
 * not there. */
RwBenchRival *rw_bench_rival_new_torch (const char *net,
                                        int width,
                                        int height,
                                        int batch,
                                        int patch,
                                        int n_threads,
                                        GError **error);

/* bench-onednn, whose source lists its questions.  RW_ERROR_IO when this build
 * has none. */
RwBenchRival *rw_bench_rival_new_onednn (
    const char *net, int width, int height, int n_threads, GError **error);

void rw_bench_rival_free (RwBenchRival *rival); /* accepts NULL */

/* Answers to @question: @n numbers.  RW_ERROR_IO with the rival's own words if
 * it gives some. */
gboolean rw_bench_rival_ask (RwBenchRival *rival,
                             const char *question,
                             double *values,
                             int n,
                             GError **error);
