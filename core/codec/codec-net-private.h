/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inside of an RwCodecNet.
 */
#pragma once

#include "codec/codec-net.h"
#include "nets/feed.h"

/* One of the two layers around rounding. */
typedef struct {
  int node, from;    /* what it reads */
  const float *logs; /* [n_rates][stride], in the weights */
  double span;
  int n_rates;
} RwCodecGains;

/* One of the two nets. */
typedef struct {
  RwNet *net;
  RwPack *pack;
} RwCodecPart;

struct RwCodecNet {
  RwWeights *weights;
  RwFeed feed;
  RwCodecGains before, after; /* rounding */
  RwCodecPart analysis, synthesis;
  int n_raw;    /* channels of the analysis */
  int n_rounds; /* that they are cut in; 0: they are rounded, between gains */
  int n_channels, stride; /* of the latents */
  int scale, n_rates;
};
