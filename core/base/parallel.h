/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one parallel-for.  Plain C11 and pthreads, free of GLib, so that
 * ThreadSanitizer sees all of it.
 */
#pragma once

#include <stddef.h>

/* @worker is in 0..rw_parallel_get_workers ()-1 and no two calls run with the
 * same one at the same time: use it to index scratch memory. */
typedef void (*RwItemFunc) (int item, int worker, void *data);

/* Calls fn for each item in 0..n_items-1, in any order, on any thread, and
 * returns when all are done.  Items are claimed one by one, neighbours by the
 * same worker where that does not make others idle, so that loop after loop
 * over the same memory finds it in the cache.  A call from inside an item runs
 * serially, with worker 0: nested loops need scratch of their own, indexed
 * from 0. */
void rw_parallel_for (int n_items, RwItemFunc fn, void *data);

/* The same with at most @max_workers workers: for scratch that is made for so
 * many. */
void rw_parallel_for_workers (int max_workers,
                              int n_items,
                              RwItemFunc fn,
                              void *data);

/* Runs @body on the calling thread.  A host's threads are called together once
 * for all loops in it, in place of once for each, and a loop does not wait for
 * one that comes late. */
void rw_parallel_team (void (*body) (void *data), void *data);

/* How many workers a call from here may use: 1 inside an item. */
int rw_parallel_get_workers (void);

/* One thread beside the pool, for work that waits more than it computes, such
 * as reading files ahead.  Loops that it runs are only its own. */
typedef struct RwThread RwThread;
RwThread *rw_thread_start (void (*fn) (void *data), void *data); /* or NULL */
void rw_thread_join (RwThread *thread); /* waits for its end; accepts NULL */

/* What REWEAVE_THREADS or the like says: 0 or more; -1: it makes no sense. */
long rw_parallel_parse_threads (const char *text);

void rw_parallel_set_threads (int n_threads); /* 0: one per processor */
void rw_parallel_set_distribute (
    void (*distribute) (int max_n, void (*fn) (int i, int n, void *), void *),
    int max_n);
