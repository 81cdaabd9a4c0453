/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The memory plan of a job: how many workers it uses, how high its bands are
 * and what it allocates, so that it stays below a cap.
 */
#pragma once

#include "restore/blocks.h"
#include "reweave.h"

typedef struct {
  int workers, band;     /* of the run; band 0: as it suits */
  gsize rgba, mask, out; /* floats for a block's pixels, their mask, and what
                            a net that enlarges makes of them */
  gsize mean, carry;     /* and for keep-mean.h; carry: one of two */
  RwRunBytes run;        /* these two: with a cap only */
  gsize bytes;           /* that the job allocates */
} RwRestoreWay;

/* Chooses the fastest plan that stays within @cap bytes, or the smallest one
 * when none does; 0: there is no cap.  Errors: as rw_restore. */
gboolean rw_restore_choose_way (const RwModel *model,
                                const RwSettings *settings,
                                gsize cap,
                                const RwJob *job,
                                RwRestoreWay *way,
                                GError **error);

/* The last row of blocks of the strip that row @j is in; @range: what the
 * job's roi covers. */
int rw_restore_strip_end (const RwJob *job, const RwBlockRange *range, int j);

/* RW_ERROR_LIMIT when coordinates are so large that sums of them overflow. */
gboolean rw_restore_check_bounds (const RwRect *bounds, GError **error);
