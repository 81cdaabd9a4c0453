/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What pruning changed, measured and printed.
 */
#pragma once

#include "tasks/task.h"
#include "train/data/dataset.h"
#include "weights/weights.h"

/* What is compared; all is borrowed. */
typedef struct {
  const RwTask *task;
  const RwWeights *parent;
  const char *name, *out; /* the files of both */
  RwNet *net;
  const float *params;
  const RwDataset *val; /* or NULL */
  const GArray *layers; /* of RwLowRankLayer, or NULL */
  int n_gone;           /* groups of channels */
} RwCliPruned;

typedef struct {
  double bytes;    /* of the file; NaN: not known */
  double n_values; /* of the parameters */
  double macs;     /* a pixel */
  double speed;    /* megapixels a second */
  double psnr;     /* dB; NaN without pictures */
} RwCliFigures;

/* RW_ERROR_LIMIT, or as rw_validator_new. */
gboolean rw_cli_pruned_measure (const RwCliPruned *pruned,
                                RwCliFigures *before,
                                RwCliFigures *after,
                                GError **error);

void rw_cli_pruned_print (const RwCliPruned *pruned,
                          const RwCliFigures *before,
                          const RwCliFigures *after);
void rw_cli_pruned_print_json (const RwCliPruned *pruned,
                               const RwCliFigures *before,
                               const RwCliFigures *after);

/* NaN when there is no such file. */
double rw_cli_file_bytes (const char *path);
