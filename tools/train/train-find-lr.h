/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave train --find-lr
 */
#pragma once

#include "train/train-options.h"

#include "train/trainer.h"

/* Sweeps the learning rate, prints what it found on standard output, and
 * writes the points to OUT.find-lr.csv and the curve to --plot or, where this
 * build has cairo, to OUT.find-lr.svg.  No weight file is written.
 * RW_ERROR_FORMAT when no rate lowers the loss; both files are there then. */
gboolean rw_cli_find_lr (const RwTraining *training,
                         const RwCliTrainOptions *options,
                         GError **error);
