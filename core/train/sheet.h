/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A contact sheet of a validation: up to six of its pictures, one a row;
 * damaged, restored and as it should be from left to right.
 */
#pragma once

#include "train/validate.h"

/* After rw_validator_run, with its parameters.  By @path's ending a PNG or a
 * JPEG, atomically.  RW_ERROR_IO, _LIMIT, _FORMAT. */
gboolean
rw_sheet_save (RwValidator *validator, const char *path, GError **error);
