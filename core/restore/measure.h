/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What rw_job_measure looks at, for whoever has a picture in rows only.
 */
#pragma once

#include <glib.h>

#include "reweave.h"

/* All that it may read of a picture with @bounds: the first ones, and each
 * time the ones before had holes everywhere, smaller ones.  (transfer full),
 * (element-type RwRect) */
GArray *rw_level_list_patches (const RwRect *bounds);
