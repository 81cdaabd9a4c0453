/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layers as two of fewer multiply-adds each, where their weights are nearly of
 * low rank (Jaderberg, Vedaldi and Zisserman 2014; Zhang, Zou, He and Sun
 * 2016):
 *
 *   conv 96 k=5 stride=2 -> a    conv 20 k=5 stride=2 bias=no | conv 96 k=1 -> a
 *   down 96                      conv 20 k=2 stride=2 bias=no | conv 96 k=1
 *   up 32                        conv 20 k=1 bias=no | conv 128 k=1 | shuffle 2
 *   dense 512                    dense 20 bias=no | dense 512
 *
 * What was between them and around them stays as it is, names included: the
 * second of the two has the result that the layer had, so skips, residuals and
 * blocks are none the wiser.
 */
#pragma once

#include "nets/net.h"

typedef struct {
  int node;                /* of the net before */
  int n_outputs, n_inputs; /* sides of its matrix */
  int rank;
  double kept; /* share of the squares of its singular values */
} RwLowRankLayer;

/* The net in which those layers of @net are two that pay so: convolutions and
 * dense layers whose least rank with @energy, above 0 and below 1, of the
 * squares of their singular values takes fewer multiply-adds, and fewer of
 * those that are really made, too: 3x3 convolutions of step 1 make a quarter
 * of theirs (Winograd), 1x1 ones all, and channels are computed in sixteens.
 *
 * *@made: its parameters, (transfer full), rw_free.  *@layers: of
 * RwLowRankLayer, (transfer full); may be empty, the net is the same then.
 * (transfer full); NULL with RW_ERROR_LIMIT. */
RwNet *rw_low_rank (const RwNet *net,
                    const float *params,
                    double energy,
                    float **made,
                    GArray **layers,
                    GError **error);
