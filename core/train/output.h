/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The weight file of a training: which weights, and what it says of itself.
 */
#pragma once

#include "tasks/task.h"
#include "train/checkpoint.h"

typedef struct {
  const RwTask *task;
  const RwTrainState *state;
  int n_validation; /* pictures */
} RwTrainOutput;

/* Writes the moving average of the best validation so far, or the present one
 * when there was none.  The text depends on the state alone: no date, no host.
 */
gboolean rw_train_output_save (const RwTrainOutput *output,
                               const char *path,
                               GError **error);
