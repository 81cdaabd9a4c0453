/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The "input" line of a weight file's metadata.
 */
#pragma once

#include "nets/net.h"

/* Parses "rgb sigma srgb-coded range=-0.5..1.5": first the planes as @net has
 * them, then the coding and the range, in any order.
 * @low, @high: the range; finite, low < high.
 * Errors: RW_ERROR_FORMAT; _MISMATCH for a word of a later version. */
gboolean rw_weights_parse_input (const char *text,
                                 const RwNet *net,
                                 double *low,
                                 double *high,
                                 GError **error);
