/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Ranks without MPI: there is one.
 */
#include "train/ranks.h"

void
rw_ranks_start (void)
{
}

void
rw_ranks_finish (void)
{
}

void
rw_ranks_abort (int status)
{
}

int
rw_ranks_get_n (void)
{
  return 1;
}

int
rw_ranks_get_own (void)
{
  return 0;
}

int
rw_ranks_get_first (int n_items, int rank)
{
  return n_items * rank;
}

void
rw_ranks_tell (void *data, gsize n_bytes)
{
}

gboolean
rw_ranks_agree (gboolean good, GError **error)
{
  return good;
}

void
rw_ranks_share (void *items, gsize item_bytes, const int *firsts)
{
}

void
rw_ranks_deal (float *const *rows, int n_rows, const int *columns)
{
}
