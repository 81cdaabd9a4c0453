/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * OUT.log.csv has one row for each step, in order.  However often the training
 * was resumed, the file has the same bytes as if it never had been.
 *
 *   step,loss,learning_rate,gradient_norm,validation_psnr,training_psnr
 *   1,0.0525,1.5e-05,0.213,,
 */
#pragma once

#include "train/trainer.h"

typedef struct RwTrainLog RwTrainLog;

/* Opens or makes the file at @path for a training that has done @step steps:
 * rows of later ones, which a kill left behind, are cut off; step 0 begins
 * anew.  RW_ERROR_IO; _FORMAT when it is no such log. */
RwTrainLog *rw_train_log_open (const char *path, guint64 step, GError **error);
void rw_train_log_free (RwTrainLog *log); /* accepts NULL */

/* Adds the row of @report->step; PSNR only where @report->validated. */
gboolean rw_train_log_add (RwTrainLog *log,
                           const RwTrainReport *report,
                           GError **error);

/* Cuts off the rows of steps after @step. */
gboolean rw_train_log_rewind (RwTrainLog *log, guint64 step, GError **error);

/* Writes the rows to the disk; to be called before a checkpoint is saved. */
gboolean rw_train_log_sync (RwTrainLog *log, GError **error);
