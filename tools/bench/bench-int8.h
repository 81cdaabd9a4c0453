/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A weight file whose layers work with 8 bits, beside the same file in float:
 * speed in the same rounds, and what rounding costs.
 */
#pragma once

#include <glib.h>

#include "weights/weights.h"

typedef struct {
  char *path;
  RwPack *packs[2]; /* in float, in whole numbers */
  double psnr[2];   /* mean over pictures in dB, or NaN */
  double level;     /* of the damage that psnr is of */
  int n_pictures;
  char *layers; /* "conv2 conv3" */
  RwWeights *weights;
} RwBenchInt8;

/* NULL without an error where @name is no file, or one that works in float.
 * (transfer full) */
RwBenchInt8 *rw_bench_int8_new (const char *name, GError **error);
void rw_bench_int8_free (RwBenchInt8 *int8); /* accepts NULL */

/* Restores the pictures of @folder at @level (0: the task's) both ways. */
gboolean rw_bench_int8_measure_cost (RwBenchInt8 *int8,
                                     const char *folder,
                                     double level,
                                     GError **error);
