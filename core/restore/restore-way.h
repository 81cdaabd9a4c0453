/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a job is done under a cap on memory.
 */
#pragma once

#include "restore/blocks.h"
#include "reweave.h"

typedef struct {
  int workers, band; /* of the run; band 0: as it suits */
  gsize rgba, mask, out; /* floats for a block's pixels, their mask, and what
                            a net that enlarges makes of them */
  RwRunBytes run;    /* these two: with a cap only */
  gsize bytes;       /* that the job allocates */
} RwRestoreWay;

/* The fastest way within @cap bytes, or the smallest of all when none is;
 * 0: no cap.  Errors: as rw_restore. */
gboolean rw_restore_choose_way (const RwModel *model,
                                gboolean grey,
                                gsize cap,
                                const RwJob *job,
                                RwRestoreWay *way,
                                GError **error);

/* The last row of blocks of the strip that row @j is in; @range: what the
 * job's roi covers. */
int rw_restore_strip_end (const RwJob *job, const RwBlockRange *range, int j);

/* RW_ERROR_LIMIT for a picture whose coordinates sums cannot hold. */
gboolean rw_restore_check_bounds (const RwRect *bounds, GError **error);
