/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where a net's time goes: the seconds of each node, ours and oneDNN's.
 */
#pragma once

#include "bench/bench-rival.h"
#include "nets/net.h"

typedef struct RwBenchLayers RwBenchLayers;

/* What is told of a node.  Seconds are medians over rounds; 0: its work is
 * part of the node before, NaN: not measured. */
typedef struct {
  RwNodeView view;
  double flops; /* as direct convolution */
  double bytes; /* of its inputs, parameters and result, once each */
  double seconds;
  double onednn[2]; /* seconds with direct convolutions, with Winograd */
} RwBenchLayer;

RwBenchLayers *rw_bench_layers_new (const RwNet *net, int height, int width);
void rw_bench_layers_free (RwBenchLayers *layers); /* accepts NULL */

/* Runs the net once with its clocks, and in oneDNN unless that is NULL. */
gboolean rw_bench_layers_round (RwBenchLayers *layers,
                                RwRun *run,
                                const RwPack *pack,
                                RwBenchRival *onednn,
                                GError **error);
void rw_bench_layers_forget (RwBenchLayers *layers);

int rw_bench_layers_get_n (const RwBenchLayers *layers);
RwBenchLayer rw_bench_layers_get (const RwBenchLayers *layers, int i);

/* Bytes of @views[node] as RwBenchLayer has them. */
double
rw_bench_layer_bytes (const RwNet *net, const RwNodeView *views, int node);
