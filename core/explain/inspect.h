/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the weights of a net say without a picture.
 */
#pragma once

#include "nets/net.h"

enum { RW_INSPECT_BINS = 41 };

/* One layer with a matrix of weights. */
typedef struct {
  int node;
  gsize n_outputs, n_values; /* channels; weights, biases not counted */
  double norm_least, norm_mean,
      norm_most;                /* of the channels: sqrt (sum w^2) */
  GArray *dead;                 /* of int: channels, from 0 */
  double rms, most;             /* of w; the largest |w| */
  gsize bins[RW_INSPECT_BINS];  /* of w, from -most to most */
  double int8_error, f16_error; /* rms of the rounding over rms of w */
} RwLayerReport;

/* Reports of all layers with weights, those of later rounds of a block left
 * out.  (transfer full), (element-type RwLayerReport) */
GArray *rw_inspect_weights (const RwNet *net, const float *params);

/* A channel is dead whose weights have all together less than this share of
 * the norm of the layer's strongest channel: whatever it sees, it says the
 * same. */
#define RW_INSPECT_DEAD 1e-4

/* The kernels of the first layer with weights as they see the picture's
 * pixels, that is with an unshuffle before it undone.  @side: of a kernel, in
 * pixels; @n: kernels.  [n][side][side][3], g_free; NULL where the first such
 * layer is no convolution of the input. */
float *rw_inspect_first_kernels (
    const RwNet *net, const float *params, int rgb, int *n, int *side);
