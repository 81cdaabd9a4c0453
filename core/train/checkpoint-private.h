/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What writing and reading checkpoints share.
 */
#pragma once

#include "train/checkpoint.h"

#define RW_CHECKPOINT_FORMAT "3"
#define RW_TRAIN_MAX_ARRAYS (4 + RW_OPTIMISER_MAX_STATES)

/* An array of the state and what the file calls it. */
typedef struct {
  const char *name;
  float *values;
} RwTrainArray;

/* At most RW_TRAIN_MAX_ARRAYS of them; returns how many. */
int rw_train_state_list (const RwTrainState *state, RwTrainArray *arrays);
