/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The machine's peaks: picks the CPU level, runs its kernels on all threads.
 */
#include "bench/bench-peak.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "bench/bench-clock.h"
#include "bench/bench-peak-kernel.h"
#include "kernels/kernels.h"

#include <glib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define SECONDS 0.01

typedef double (*FmaFunc) (long rounds, float *sink);

typedef float (*ReadFunc) (const float *values, long n);

typedef struct {
  const char *name;
  FmaFunc run;
  ReadFunc read;
} Level;

/* The level of the kernels, so that REWEAVE_CPU caps both. */
static Level
pick_level (void)
{
  switch (rw_kernels_get_level ()) {
#ifdef RW_HAVE_V4
  case RW_LEVEL_V4:
    return (Level){ "v4", rw_bench_fma_v4, rw_bench_read_v4 };
#endif
#ifdef RW_HAVE_V3
  case RW_LEVEL_V3:
    return (Level){ "v3", rw_bench_fma_v3, rw_bench_read_v3 };
#endif
  default:
    return (Level){ "generic", rw_bench_fma_generic, rw_bench_read_generic };
  }
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
  const double start = rw_bench_now ();

  rw_parallel_for (n_items, run_item, work);
  return rw_bench_now () - start;
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

/* ---- bandwidth --------------------------------------------------------- */

#define TRIES 5
/* A try moves about so much, however small the array is. */
#define MOVED ((gsize) 128 << 20)
/* More items than threads, so that one that loses its core costs little; of
 * arrays for caches a thread has one item, again and again. */
#define ITEM ((gsize) 4 << 20)

typedef struct {
  ReadFunc read; /* NULL: copy */
  float *from, *to;
  gsize part; /* floats of one item */
  gsize rounds;
} Traffic;

static void
move_part (int item, int worker, void *data)
{
  const Traffic *t = data;
  float *from = t->from + (gsize) item * t->part,
        *to = t->to + (gsize) item * t->part;
  volatile float used = 0;

  for (gsize i = 0; i < t->rounds; i++)
    if (t->read)
      used = t->read (from, (long) t->part);
    else {
      memcpy (to, from, t->part * sizeof (float));
      __asm__ volatile("" : : "r"(to) : "memory");
    }
  (void) used;
}

/* GB/s through @bytes, half of them the copy where @read is NULL. */
static double
move (ReadFunc read, float *memory, gsize bytes, int n_threads)
{
  const gsize all = bytes / sizeof (float), used = read ? all : all / 2;
  const int n_items = MAX ((int) (bytes / ITEM), n_threads);
  Traffic t = { .read = read,
                .from = memory,
                .to = memory + all / 2,
                .part = used / (gsize) n_items / 128 * 128,
                .rounds = MAX (MOVED / bytes, 1) };
  const double moved = (double) t.part * n_items * (double) t.rounds *
                       sizeof (float) * (read ? 1 : 2);
  double best = INFINITY;

  for (int i = 0; i < TRIES; i++) {
    const double start = rw_bench_now ();
    rw_parallel_for (n_items, move_part, &t);
    best = MIN (best, rw_bench_now () - start);
  }
  return moved / best / 1e9;
}

void
rw_bench_bandwidths (int n_threads,
                     RwBenchBandwidth out[RW_BENCH_N_BANDWIDTHS])
{
  const long l2 = sysconf (_SC_LEVEL2_CACHE_SIZE);
  const gsize all_l2 = (gsize) (l2 > 0 ? l2 : 1 << 19) * (gsize) n_threads;
  /* a share of L3 that holds nearly everywhere, and what is more than any */
  const gsize sizes[] = { all_l2 / 2, MAX (4 * all_l2, (gsize) 8 << 20),
                          (gsize) 256 << 20 };
  static const char *const names[] = { "L2", "L3", "DRAM" };
  rw_autofree float *memory =
      rw_try_alloc (MAX (sizes[1], sizes[2]), 1, "memory to measure", NULL);

  for (int i = 0; i < RW_BENCH_N_BANDWIDTHS; i++)
    out[i] = (RwBenchBandwidth){
      .name = names[i],
      .bytes = (double) sizes[i],
      .read = memory ? move (pick_level ().read, memory, sizes[i], n_threads)
                     : (double) NAN,
      .copy = memory ? move (NULL, memory, sizes[i], n_threads) : (double) NAN,
    };
}
