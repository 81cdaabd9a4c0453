/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The weight file of a training: which weights it holds, and its metadata.
 */
#pragma once

#include "tasks/task.h"
#include "train/checkpoint.h"

typedef struct {
  const RwTask *task;
  const RwTrainState *state;
  int n_validation; /* pictures */
} RwTrainOutput;

/* Writes the moving average at the best validation so far, or the present one
 * when there was no validation.  The file depends only on the state: it has no
 * date and no name of a host. */
gboolean rw_train_output_save (const RwTrainOutput *output,
                               const char *path,
                               GError **error);
