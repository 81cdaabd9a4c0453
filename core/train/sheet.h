/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A contact sheet of a validation shows up to six of its pictures, one in each
 * row: from left to right damaged, restored and clean.
 */
#pragma once

#include "train/validate.h"

/* Draws the sheet with the parameters of the last rw_validator_run and writes
 * it atomically, as PNG or JPEG by the ending of @path.  RW_ERROR_IO, _LIMIT,
 * _FORMAT. */
gboolean
rw_sheet_save (RwValidator *validator, const char *path, GError **error);
