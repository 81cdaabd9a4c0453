/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave train --find-lr
 */
#pragma once

#include "train/train-options.h"

#include "train/trainer.h"

/* Sweeps the learning rate, tells of it on standard output, and writes
 * OUT.find-lr.csv and the curve: to --plot or OUT.find-lr.svg.  No weight file
 * is written.  RW_ERROR_FORMAT when no rate lowers the loss; both files are
 * there then. */
gboolean rw_cli_find_lr (const RwTraining *training,
                         const RwCliTrainOptions *options,
                         GError **error);
