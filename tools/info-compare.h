/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What differs between two weight files.
 */
#pragma once

#include "weights/weights.h"

typedef struct {
  const char *name; /* as on the command line */
  const RwWeights *weights;
} RwCliCompared;

/* On standard output. */
void rw_cli_compare_weights (const RwCliCompared *a, const RwCliCompared *b);
void rw_cli_compare_weights_json (const RwCliCompared *a,
                                  const RwCliCompared *b);
