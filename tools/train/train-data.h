/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pictures that reweave train learns from and validates on.
 */
#pragma once

#include "train/train-options.h"
#include "train/train-report.h"

/* Loads what @options name and fills @training's two sets and its noise, to be
 * freed also after a failure.  Pictures to validate on are held in memory; of those to
 * train on, what does not fit is decoded ahead. */
gboolean rw_cli_train_load (RwTraining *training,
                            const RwCliTrainOptions *options,
                            const RwCliTrainReport *report,
                            GError **error);

/* FALSE when a pair is one picture twice, or when what is learnt from is
 * validated on. */
gboolean rw_cli_train_check_data (const RwCliTrainOptions *options,
                                  GError **error);
