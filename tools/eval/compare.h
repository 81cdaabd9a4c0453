/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How far one picture is from another.
 */
#pragma once

#include <glib.h>

typedef struct {
  double psnr; /* dB, infinite when equal */
  double ssim;
} RwCliComparison;

/* Over colour channels; alpha is not looked at.  RW_ERROR_MISMATCH when the
 * sizes differ. */
gboolean rw_cli_compare (const char *clean,
                         const char *other,
                         RwCliComparison *found,
                         GError **error);

/* --reference: compares the pictures of two folders, or two files, and tells
 * of each and of the mean. */
gboolean rw_cli_compare_all (const char *clean,
                             const char *other,
                             gboolean as_json,
                             GError **error);
