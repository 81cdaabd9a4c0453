/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layer-wise relevance propagation: a number for each value of the output is
 * handed back through the net, layer by layer, to the values that made it, so
 * that the sum stays what it was.
 * Source: Bach, Binder, Montavon, Klauschen, Mueller and Samek 2015,
 * equations 58 (epsilon) and 60 (alpha and beta).
 *
 * A layer's class says which way relevance goes through it
 * (RwLayerClass.relevance).  Only where it is a sum do the rules differ:
 *
 *   epsilon     R_i += z_ij / (z_j + e sign (z_j)) R_j
 *   alpha-beta  R_i += (a z_ij+ / z_j+ - b z_ij- / z_j-) R_j,  b = a - 1
 *
 * with z_ij what input i adds to z_j = sum of z_ij + bias_j.  Where only
 * positive or only negative summands are, these take all of R_j.
 */
#pragma once

#include "nets/net.h"

typedef enum {
  RW_RELEVANCE_EPSILON,
  RW_RELEVANCE_ALPHA_BETA,
} RwRelevanceKind;

typedef struct {
  RwRelevanceKind kind;
  double epsilon; /* above 0; e is this many times the rms of a layer's z */
  double alpha;   /* 1 or more */
} RwRelevanceRule;

/* Where relevance went: arrived = reached + biases + kept_back, up to
 * rounding. */
typedef struct {
  double arrived;   /* the sum at the output */
  double reached;   /* the sum at the input */
  double biases;    /* of this the biases took */
  double kept_back; /* and epsilon, and layers that are made of nothing */
  double magnitude; /* the largest sum of |R| that passed a layer */
} RwRelevanceBalance;

/* RW_RUN_TRAIN with all nodes kept, prepared for one image and after forward
 * with @pack, which rounds nothing.  @output: the relevance of the output,
 * [h][w][channel stride]; @input, which is overwritten: that of the input, as
 * large as the run's.
 * FALSE with RW_ERROR_LIMIT, or _MISMATCH for a layer that says no way. */
gboolean rw_run_share_relevance (RwRun *run,
                                 const RwPack *pack,
                                 const RwRelevanceRule *rule,
                                 const float *output,
                                 float *input,
                                 RwRelevanceBalance *balance,
                                 GError **error);
