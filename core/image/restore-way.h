/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a job is done under a cap on memory.
 */
#pragma once

#include "reweave.h"

typedef struct {
  int workers, band; /* of the run; band 0: as it suits */
  gsize rgba;        /* floats for a block's pixels */
  gsize bytes;       /* that the job allocates; with a cap only */
} RwRestoreWay;

/* The fastest way within @cap bytes, or the smallest of all when none is;
 * 0: no cap.  Errors: as rw_restore. */
gboolean rw_restore_choose_way (const RwModel *model,
                                gboolean grey,
                                gsize cap,
                                const RwRect *bounds,
                                const RwRect *roi,
                                RwRestoreWay *way,
                                GError **error);

/* RW_ERROR_LIMIT for a picture whose coordinates sums cannot hold. */
gboolean rw_restore_check_bounds (const RwRect *bounds, GError **error);
