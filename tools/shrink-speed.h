/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How fast one net is beside another.
 */
#pragma once

#include "nets/net.h"

typedef struct {
  double before, after; /* megapixels of input a second, medians */
  double share;         /* median of the time of the second over the first's */
} RwCliSpeed;

/* Runs both nets in turn on a picture of 512 x 512 pixels, or of the size that
 * they take.  RW_ERROR_LIMIT. */
gboolean rw_cli_compare_speed (RwNet *before,
                               RwNet *after,
                               RwCliSpeed *speed,
                               GError **error);
