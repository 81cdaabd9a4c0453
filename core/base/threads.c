/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The public names of the parallel-for's settings, which itself is free of
 * GLib.
 */
#include "base/parallel.h"
#include "reweave.h"

void
rw_set_threads (int n_threads)
{
  rw_parallel_set_threads (n_threads);
}

void
rw_set_distribute (RwDistributeFunc distribute, int max_n)
{
  rw_parallel_set_distribute (distribute, max_n);
}
