/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which pixels one net alone reads for a region.
 */
#pragma once

#include "reweave.h"

/* Whole blocks and their margins: what rw_restore_blocks reads. */
RwRect rw_restore_get_blocks (const RwModel *model,
                              const RwRect *bounds,
                              const RwRect *roi);

/* Bounds that are smaller than the picture's, within which a job of @roi gets
 * the same bits. */
RwRect rw_restore_get_surroundings (const RwModel *model,
                                    const RwRect *bounds,
                                    const RwRect *roi);
