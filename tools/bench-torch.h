/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same net in PyTorch: a process of tools/dev/bench-pytorch.py that
 * measures once whenever it is asked, so that both are timed in turns.
 */
#pragma once

#include <glib.h>

typedef struct RwBenchTorch RwBenchTorch;

/* RW_ERROR_IO when the script or python3-torch is not there. */
RwBenchTorch *rw_bench_torch_new (const char *net,
                                  int width,
                                  int height,
                                  int batch,
                                  int patch,
                                  int n_threads,
                                  GError **error);
void rw_bench_torch_free (RwBenchTorch *torch); /* accepts NULL */

/* @what: "infer" or "train".  Seconds of one, by the faster memory format. */
gboolean rw_bench_torch_measure (RwBenchTorch *torch,
                                 const char *what,
                                 double *seconds,
                                 GError **error);
