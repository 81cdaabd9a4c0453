/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave shrink --entropy.
 */
#pragma once

#include "weights/weights.h"

/* Counts entropy tables for @weights, loaded from @name, on the pictures of
 * @data (a folder or synth:N), of each the middle, and puts them into the
 * metadata. */
gboolean rw_cli_add_tables (RwWeights *weights,
                            const char *name,
                            const char *data,
                            GError **error);
