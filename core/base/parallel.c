/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one parallel-for: a pool of threads that claim items from a counter.
 *
 * A loop is announced by raising `generation` under the lock; threads that saw
 * it join, claim items until none is left, and leave.  The caller works too
 * and waits for those that joined.  A loop that finds the pool taken runs on
 * its own thread alone, which changes no result.
 *
 * A host's threads can be called together once for many loops: they then wait
 * for generations as threads of our own do, until the team is dismissed.
 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_THREADS = 256, SPINS = 4000 /* some 20 us before sleeping */ };

typedef struct {
  RwItemFunc fn;
  void *data;
  int n_items;
  atomic_int next;
} Loop;

static struct {
  pthread_mutex_t lock;  /* guards all but the atomics */
  pthread_cond_t wake;   /* a new generation */
  pthread_cond_t left;   /* joined fell to 0 */
  pthread_mutex_t owner; /* held by the caller whose loop runs */
  atomic_uint generation;
  atomic_int joined; /* threads inside the loop */
  Loop *loop;        /* NULL: closed */
  int seats;         /* how many threads may still join */
  int next_worker;
  int n_threads; /* created */
  int wanted;    /* workers, the caller included; 0: not yet known */
  int dismissed; /* the host's team is to leave */
  void (*distribute) (int, void (*) (int, int, void *), void *);
  int distribute_max;
} pool = {
  .lock = PTHREAD_MUTEX_INITIALIZER,
  .wake = PTHREAD_COND_INITIALIZER,
  .left = PTHREAD_COND_INITIALIZER,
  .owner = PTHREAD_MUTEX_INITIALIZER,
};

static _Thread_local int inside;
static _Thread_local int leads; /* a host's team, for which it holds owner */

static int
default_workers (void)
{
  const char *cap = getenv ("REWEAVE_THREADS");
  const long online = sysconf (_SC_NPROCESSORS_ONLN);
  const long asked = cap ? strtol (cap, NULL, 10) : 0;
  const long n = asked > 0 ? asked : online;

  return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (int) n;
}

static int
workers (void)
{
  pthread_mutex_lock (&pool.lock);
  if (pool.wanted == 0)
    pool.wanted = default_workers ();
  const int n = pool.distribute ? pool.distribute_max : pool.wanted;

  pthread_mutex_unlock (&pool.lock);
  return n;
}

int
rw_parallel_get_workers (void)
{
  return inside ? 1 : workers ();
}

void
rw_parallel_set_threads (int n_threads)
{
  const int n = n_threads > 0 ? n_threads : default_workers ();

  pthread_mutex_lock (&pool.lock);
  pool.wanted = n > MAX_THREADS ? MAX_THREADS : n;
  pthread_mutex_unlock (&pool.lock);
}

void
rw_parallel_set_distribute (
    void (*distribute) (int, void (*) (int, int, void *), void *), int max_n)
{
  pthread_mutex_lock (&pool.lock);
  pool.distribute = max_n > 0 ? distribute : NULL;
  pool.distribute_max = max_n;
  pthread_mutex_unlock (&pool.lock);
}

static void
work (Loop *loop, int worker)
{
  int item;

  inside++;
  while ((item = atomic_fetch_add (&loop->next, 1)) < loop->n_items)
    loop->fn (item, worker, loop->data);
  inside--;
}

/* Waits for a generation other than @seen. */
static void
await (unsigned seen)
{
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load_explicit (&pool.generation, memory_order_relaxed) != seen)
      return;
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause ();
#endif
  }
  pthread_mutex_lock (&pool.lock);
  while (atomic_load (&pool.generation) == seen)
    pthread_cond_wait (&pool.wake, &pool.lock);
  pthread_mutex_unlock (&pool.lock);
}

/* Joins loop after loop; in a host's team until it is dismissed. */
static void
serve (unsigned seen, int in_team)
{
  for (;;) {
    await (seen);
    pthread_mutex_lock (&pool.lock);
    seen = atomic_load (&pool.generation);
    if (in_team && pool.dismissed) {
      pthread_mutex_unlock (&pool.lock);
      return;
    }
    Loop *loop = pool.loop && pool.seats > 0 ? pool.loop : NULL;
    const int worker = pool.next_worker;

    if (loop) {
      pool.seats--;
      pool.next_worker++;
      atomic_fetch_add (&pool.joined, 1);
    }
    pthread_mutex_unlock (&pool.lock);
    if (!loop)
      continue;
    work (loop, worker);
    pthread_mutex_lock (&pool.lock);
    if (atomic_fetch_sub (&pool.joined, 1) == 1)
      pthread_cond_signal (&pool.left);
    pthread_mutex_unlock (&pool.lock);
  }
}

static void *
thread_main (void *unused)
{
  serve (0, 0);
  return unused;
}

/* under the lock */
static void
create_threads (int n)
{
  while (pool.n_threads < n) {
    pthread_t thread;

    if (pthread_create (&thread, NULL, thread_main, NULL))
      return; /* fewer threads, same result */
    pthread_detach (thread);
    pool.n_threads++;
  }
}

static void
open_loop (Loop *loop, int helpers)
{
  pthread_mutex_lock (&pool.lock);
  if (!leads)
    create_threads (helpers);
  pool.loop = loop;
  pool.seats = helpers;
  pool.next_worker = 1;
  atomic_fetch_add (&pool.generation, 1);
  pthread_cond_broadcast (&pool.wake);
  pthread_mutex_unlock (&pool.lock);
}

static void
close_loop (void)
{
  for (int i = 0; i < SPINS && atomic_load (&pool.joined) > 0; i++)
    ;
  pthread_mutex_lock (&pool.lock);
  pool.loop = NULL;
  while (atomic_load (&pool.joined) > 0)
    pthread_cond_wait (&pool.left, &pool.lock);
  pthread_mutex_unlock (&pool.lock);
}

static void
host_part (int i, int n, void *data)
{
  (void) n;
  work (data, i);
}

void
rw_parallel_for_workers (int max_workers,
                         int n_items,
                         RwItemFunc fn,
                         void *data)
{
  Loop loop = { .fn = fn, .data = data, .n_items = n_items };
  int n = rw_parallel_get_workers ();

  n = n > max_workers ? max_workers : n;
  n = n > n_items ? n_items : n;
  if (leads && !inside && n > 1) {
    open_loop (&loop, n - 1);
    work (&loop, 0);
    close_loop ();
    return;
  }
  if (n <= 1 || pthread_mutex_trylock (&pool.owner)) {
    work (&loop, 0);
    return;
  }
  if (pool.distribute) {
    pool.distribute (n, host_part, &loop);
  } else {
    open_loop (&loop, n - 1);
    work (&loop, 0);
    close_loop ();
  }
  pthread_mutex_unlock (&pool.owner);
}

void
rw_parallel_for (int n_items, RwItemFunc fn, void *data)
{
  rw_parallel_for_workers (MAX_THREADS, n_items, fn, data);
}

/* ---- one thread beside the pool ----------------------------------------- */

struct RwThread {
  pthread_t thread;
  void (*fn) (void *);
  void *data;
};

static void *
beside_main (void *data)
{
  const RwThread *self = data;

  inside++; /* it must not take the pool from the others */
  self->fn (self->data);
  return NULL;
}

RwThread *
rw_thread_start (void (*fn) (void *data), void *data)
{
  RwThread *self = malloc (sizeof *self);

  if (!self)
    return NULL;
  self->fn = fn;
  self->data = data;
  if (pthread_create (&self->thread, NULL, beside_main, self) == 0)
    return self;
  free (self);
  return NULL;
}

void
rw_thread_join (RwThread *self)
{
  if (!self)
    return;
  pthread_join (self->thread, NULL);
  free (self);
}

/* ---- a host's team -------------------------------------------------------
 */

typedef struct {
  void (*body) (void *data);
  void *data;
  pthread_t leader;
  unsigned seen; /* the generation before the team */
} Team;

static void
dismiss (void)
{
  pthread_mutex_lock (&pool.lock);
  pool.dismissed = 1;
  atomic_fetch_add (&pool.generation, 1);
  pthread_cond_broadcast (&pool.wake);
  pthread_mutex_unlock (&pool.lock);
}

static void
team_part (int i, int n, void *data)
{
  Team *team = data;

  (void) i;
  (void) n;
  if (!pthread_equal (pthread_self (), team->leader)) {
    serve (team->seen, 1);
    return;
  }
  if (!team->body)
    return; /* a host that has one thread do several parts */
  leads = 1;
  team->body (team->data);
  leads = 0;
  team->body = NULL;
  dismiss ();
}

void
rw_parallel_team (void (*body) (void *data), void *data)
{
  Team team = { .body = body, .data = data, .leader = pthread_self () };

  if (!pool.distribute || rw_parallel_get_workers () <= 1 || leads ||
      pthread_mutex_trylock (&pool.owner)) {
    body (data);
    return;
  }
  pthread_mutex_lock (&pool.lock);
  pool.dismissed = 0;
  team.seen = atomic_load (&pool.generation);
  pthread_mutex_unlock (&pool.lock);
  pool.distribute (pool.distribute_max, team_part, &team);
  pthread_mutex_unlock (&pool.owner);
}
