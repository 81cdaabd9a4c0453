/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One net being measured: its buffers, and the seconds of every round.
 */
#pragma once

#include <glib.h>

#include "bench/bench-int8.h"
#include "bench/bench-layers.h"
#include "bench/bench-rival.h"
#include "bench/bench-train.h"
#include "nets/net.h"

/* What is timed. */
typedef enum {
  RW_BENCH_INFER, /* the whole net on one picture */
  RW_BENCH_FLOAT, /* a file for 8 bits in float, and as it is */
  RW_BENCH_INT8,
  RW_BENCH_ONEDNN_DIRECT,
  RW_BENCH_ONEDNN_WINOGRAD,
  RW_BENCH_TORCH_INFER,
  RW_BENCH_TRAIN, /* forward, backward and update of one batch */
  RW_BENCH_TORCH_TRAIN,
  RW_BENCH_N_KINDS,
} RwBenchKind;

typedef struct {
  int width, height;     /* of the picture */
  int batch, patch;      /* of training; 0: the recipe's */
  const char *optimiser; /* of training; NULL: the recipe's */
  gboolean train;
  gboolean layers;        /* each by itself, too */
  gboolean torch, onednn; /* the same there */
  const char *data;       /* pictures to tell what 8 bits cost, or NULL */
  double level;           /* of their damage; 0: the task's */
  int n_threads;
} RwBenchSettings;

/* How far another library's result is from ours. */
typedef struct {
  double max, rms;   /* largest; root of the mean square, relative to ours */
  double n_winograd; /* of oneDNN's layers */
} RwBenchDifference;

typedef struct {
  char *name;
  RwNet *net;
  RwBenchSettings settings;
  RwRecipe *recipe; /* how it is trained */

  float *params;
  RwPack *pack;
  RwRun *run;
  RwBenchInt8 *int8;            /* or NULL */
  RwBenchLayers *layers;        /* or NULL */
  RwBenchTrain *trainer;        /* or NULL */
  RwBenchRival *torch, *onednn; /* or NULL */

  GArray *seconds[RW_BENCH_N_KINDS]; /* doubles, a round each */
  GArray *peaks;                     /* GFLOP/s, a round each */
  gsize bytes;                       /* of the inference run */
  RwBenchDifference differences[2];  /* direct, Winograd */
  RwBenchDifference torch_difference;
} RwBenchCase;

/* @name: a built-in net ("net-a"), a recipe, a weight file or a net's text.
 * (transfer full) */
RwBenchCase *rw_bench_case_new (const char *name,
                                const RwBenchSettings *settings,
                                GError **error);
void rw_bench_case_free (RwBenchCase *bench); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwBenchCase, rw_bench_case_free)

/* Measures everything once, and appends it. */
gboolean rw_bench_case_round (RwBenchCase *bench, GError **error);

/* Forgets the rounds so far: the first is slow. */
void rw_bench_case_forget (RwBenchCase *bench);

/* Median of the machine's peak, GFLOP/s. */
double rw_bench_case_peak (const RwBenchCase *bench);

/* Median over the rounds, and the 10th percentile: one in ten is faster.  NaN
 * without any. */
double rw_bench_case_seconds (const RwBenchCase *bench, RwBenchKind kind);
double rw_bench_case_seconds_p10 (const RwBenchCase *bench, RwBenchKind kind);

/* Median over the rounds of work / seconds / peak, @flops a time. */
double
rw_bench_case_share (const RwBenchCase *bench, RwBenchKind kind, double flops);

/* Median over the rounds of seconds of @other / seconds of @kind. */
double rw_bench_case_ratio (const RwBenchCase *bench,
                            RwBenchKind kind,
                            RwBenchKind other);

/* Floating-point operations, counted as direct convolution. */
double rw_bench_case_infer_flops (const RwBenchCase *bench);
double rw_bench_case_train_flops (const RwBenchCase *bench);

/* Bytes that inference moves where each layer reads its inputs and parameters
 * and writes its result once, activations being part of the layer before. */
double rw_bench_case_infer_bytes (const RwBenchCase *bench);
