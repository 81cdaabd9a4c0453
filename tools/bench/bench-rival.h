/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same net in another library: a process that measures once whenever it is
 * asked, so that both are timed in turns.
 */
#pragma once

#include <glib.h>

typedef struct RwBenchRival RwBenchRival;

/* What PyTorch is to measure. */
typedef struct {
  const char *net;
  const char *loss, *optimiser; /* as a recipe has them */
  int width, height;            /* of the picture */
  int batch, patch;             /* of training */
  int n_threads;
} RwBenchTorch;

/* tools/dev/bench-pytorch.py; it answers "infer" and "train" with the seconds
 * of one, by the faster of PyTorch's memory formats, and "compare" with the
 * largest difference from the result in @values (bench-values.h) and their
 * root mean square relative to it.  RW_ERROR_IO when it is not there. */
RwBenchRival *rw_bench_rival_new_torch (const RwBenchTorch *torch,
                                        const char *values,
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
