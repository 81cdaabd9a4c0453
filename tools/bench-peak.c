/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The machine's peak: picks the CPU level, runs its kernel on all threads.
 */
#include "bench-peak.h"

#include "base/parallel.h"
#include "bench-peak-kernel.h"
#include "kernels/kernels.h"

#include <glib.h>

#define SECONDS 0.01

typedef double (*FmaFunc) (long rounds, float *sink);

typedef struct {
  const char *name;
  FmaFunc run;
} Level;

static Level
pick_level (void)
{
#ifdef RW_HAVE_V4
  if (rw_kernels_for_level (RW_LEVEL_V4))
    return (Level){ "v4", rw_bench_fma_v4 };
#endif
#ifdef RW_HAVE_V3
  if (rw_kernels_for_level (RW_LEVEL_V3))
    return (Level){ "v3", rw_bench_fma_v3 };
#endif
  return (Level){ "generic", rw_bench_fma_generic };
}

const char *
rw_bench_peak_level (void)
{
  return pick_level ().name;
}

typedef struct {
  FmaFunc run;
  long rounds;
  double flops; /* of one item */
} Work;

static void
run_item (int item, int worker, void *data)
{
  Work *work = data;
  float sink = 0;
  const double flops = work->run (work->rounds, &sink);

  if (item == 0)
    work->flops = flops;
  volatile float used = sink;
  (void) used;
}

static double
seconds_for (Work *work, int n_items)
{
  const gint64 start = g_get_monotonic_time ();

  rw_parallel_for (n_items, run_item, work);
  return MAX (g_get_monotonic_time () - start, 1) / 1e6;
}

double
rw_bench_peak (int n_threads)
{
  Work work = { .run = pick_level ().run, .rounds = 100000 };
  const double trial = seconds_for (&work, 1);
  /* eight items a thread, so that a thread that loses its core for a moment
   * costs little */
  const int n_items = 8 * n_threads;

  work.rounds = MAX ((long) (work.rounds * SECONDS / 8 / trial), 1000);
  const double seconds = seconds_for (&work, n_items);
  return work.flops * n_items / seconds / 1e9;
}
