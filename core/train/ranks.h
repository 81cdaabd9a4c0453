/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Ranks: the processes that train one net together, on one machine or on
 * several, each with its share of every batch.  Without MPI or without mpirun
 * there is one rank.  Rank 0 leads: only it writes files and prints.
 *
 * All functions except the first three are collective: every rank calls the
 * same ones in the same order, from the thread that called rw_ranks_start.  An
 * error of communication ends all ranks; the call does not return.
 */
#pragma once

#include <glib.h>

/* Joins the other ranks if mpirun started this process.  To be called first. */
void rw_ranks_start (void);
/* Leaves in order, after waiting for the other ranks. */
void rw_ranks_finish (void);
/* Ends all ranks with @status; returns only when there is no other. */
void rw_ranks_abort (int status);

int rw_ranks_get_n (void);
int rw_ranks_get_own (void); /* 0..n-1 */

/* Whether this is rank 0, the only one that writes and prints. */
static inline gboolean
rw_ranks_lead (void)
{
  return rw_ranks_get_own () == 0;
}

/* Where @rank's share of @n_items begins; it ends where that of @rank + 1
 * does. */
int rw_ranks_get_first (int n_items, int rank);

/* Broadcast: copies the data of rank 0 to all ranks. */
void rw_ranks_tell (void *data, gsize n_bytes);

/* Whether @good holds on all ranks.  Where it does not, all have the @error of
 * the first that failed, whether they had one or not, and go the same way. */
gboolean rw_ranks_agree (gboolean good, GError **error);

/* Of an array of @firsts[n] items each rank @r has made items firsts[r] to
 * firsts[r + 1]; afterwards all have all. */
void rw_ranks_share (void *items, gsize item_bytes, const int *firsts);

/* All-to-all: each rank has made its share of @n_rows rows; afterwards rank r
 * has the columns from columns[r] to columns[r + 1] of all rows. */
void rw_ranks_deal (float *const *rows, int n_rows, const int *columns);
