/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Calibrating: finds which numbers the layers of a trained net read, and the
 * scale with which rounding these to 8 bits loses least.
 */
#pragma once

#include "nets/quant.h"
#include "tasks/task.h"
#include "train/data/dataset.h"

typedef struct {
  const RwTask *task;
  const RwDataset *dataset;
  guint64 seed;
  /* Layers that stay in float, by name ("conv1"), NULL-terminated; NULL: the
   * first and the last of those that can be rounded. */
  const char *const *in_float;
} RwCalibration;

/* Runs the net on patches that are damaged as in training.  For each layer it
 * chooses the part of the range of its input for which the mean square error of
 * rounding and clamping is least.  Weights follow the
 * parameters (quant.h).  The same for any number of threads.
 * RW_ERROR_MISMATCH when the net does not go with the task, no layer can be
 * rounded, a name is not one of these, or no picture is large enough and held;
 * _FORMAT when numbers are not finite; _LIMIT.  (transfer full) */
RwQuant *rw_calibrate (RwNet *net,
                       const float *params,
                       const RwCalibration *calibration,
                       GError **error);
