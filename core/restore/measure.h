/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The patches that rw_job_measure reads, for callers that have a picture only
 * row by row and have to keep these pixels.
 */
#pragma once

#include <glib.h>

#include "reweave.h"

/* All patches that may be read of a picture with @bounds: the largest ones
 * first, then the smaller ones that are tried when all before had holes.
 * (transfer full), (element-type RwRect) */
GArray *rw_level_list_patches (const RwRect *bounds);
