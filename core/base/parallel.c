/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The one parallel-for: a pool of threads that claim items, each first from a
 * range of its own.
 *
 * A loop is announced by raising a `generation`; threads that see it join,
 * claim items until none is left, and leave.  The caller works too and waits
 * for those that joined.  A caller takes the lock once to read the settings;
 * besides that it is taken only to sleep, to wake and to start threads: a
 * thread counts itself in `joined` before it looks for the loop, so the
 * caller, who hides the loop before it waits for `joined` to fall to 0, misses
 * none.  A loop that finds the pool taken runs on its own thread alone, which
 * changes no result.
 *
 * A host's threads can be called together once for many loops: they then wait
 * for generations as threads of our own do, until the team is dismissed.  The
 * team's generation is another than that of our own threads, which may have
 * been started before the host came: its loops do not wake them.
 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
  MAX_THREADS = 256,
  MAX_RANGES = 64,
  SPINS = 16000 /* some 200 us before sleeping */
};

/* Items first..end-1 lie near each other: their memory is likely to be in the
 * cache of the worker who had them in the loop before. */
typedef struct {
  atomic_int next;
  int end;
  char apart[56]; /* the next one's cache line is another */
} Range;

typedef struct {
  RwItemFunc fn;
  void *data;
  int n_items, n_workers, n_ranges;
  int in_team; /* for the host's threads */
  Range ranges[MAX_RANGES];
} Loop;

/* What threads of one kind wait at. */
typedef struct {
  pthread_cond_t wake; /* a new generation */
  atomic_uint generation;
  atomic_int sleepers; /* threads that wait for wake */
} Gate;

typedef void (*Distribute) (int, void (*) (int, int, void *), void *);

static struct {
  pthread_mutex_t lock;  /* guards sleeping and what is no atomic */
  pthread_cond_t left;   /* joined fell to 0 */
  pthread_mutex_t owner; /* held by the caller whose loop runs */
  Gate gates[2];         /* of our own threads; of a host's team */
  atomic_int joined;     /* threads that are or may be inside the loop */
  _Atomic (Loop *) loop; /* NULL: closed */
  atomic_int closing;    /* the caller waits for left */
  atomic_int dismissed;  /* the host's team is to leave */
  int n_threads;         /* created */
  int wanted;            /* workers, the caller included; 0: not yet known */
  Distribute distribute; /* NULL: our own threads */
  int distribute_max;
} pool = {
  .lock = PTHREAD_MUTEX_INITIALIZER,
  .gates = { { .wake = PTHREAD_COND_INITIALIZER },
             { .wake = PTHREAD_COND_INITIALIZER } },
  .left = PTHREAD_COND_INITIALIZER,
  .owner = PTHREAD_MUTEX_INITIALIZER,
};

static _Thread_local int inside;
static _Thread_local int
    seat; /* the worker that this thread is, 0: a caller */
static _Thread_local int leads; /* a host's team, for which it holds owner */

long
rw_parallel_parse_threads (const char *text)
{
  char *end;
  const long asked = strtol (text, &end, 10);

  if (!*text)
    return 0;
  if (end == text || asked < 0)
    return -1;
  while (*end == ' ')
    end++;
  return *end ? -1 : asked;
}

/* What REWEAVE_THREADS says; 0 without it, and where it makes no sense, which
 * is printed once. */
static long
read_cap (void)
{
  static atomic_flag told = ATOMIC_FLAG_INIT;
  const char *cap = getenv ("REWEAVE_THREADS");
  const long asked = cap ? rw_parallel_parse_threads (cap) : 0;

  if (asked >= 0)
    return asked;
  if (!atomic_flag_test_and_set (&told))
    fprintf (stderr,
             "reweave: REWEAVE_THREADS: found \"%s\", expected a whole number "
             "of threads; using one for each processor\n",
             cap);
  return 0;
}

static int
default_workers (void)
{
  const long online = sysconf (_SC_NPROCESSORS_ONLN);
  const long asked = read_cap ();
  const long n = asked > 0 ? asked : online;

  return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (int) n;
}

/* How many, and through which host's function if any. */
static int
workers (Distribute *distribute)
{
  pthread_mutex_lock (&pool.lock);
  if (pool.wanted == 0)
    pool.wanted = default_workers ();
  const int n = pool.distribute ? pool.distribute_max : pool.wanted;

  *distribute = pool.distribute;
  pthread_mutex_unlock (&pool.lock);
  return n;
}

int
rw_parallel_get_workers (void)
{
  Distribute distribute;

  return inside ? 1 : workers (&distribute);
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
begin (Loop *loop, int n_workers)
{
  const int n = n_workers > MAX_RANGES ? MAX_RANGES : n_workers;

  loop->n_workers = n_workers;
  loop->n_ranges = n;
  for (int i = 0; i < n; i++) {
    atomic_init (&loop->ranges[i].next, (int) ((long) loop->n_items * i / n));
    loop->ranges[i].end = (int) ((long) loop->n_items * (i + 1) / n);
  }
}

/* Its own range, then what is left of others'. */
static void
work (Loop *loop, int worker)
{
  inside++;
  for (int i = 0; i < loop->n_ranges; i++) {
    Range *r = &loop->ranges[(worker + i) % loop->n_ranges];
    int item;

    while ((item = atomic_fetch_add (&r->next, 1)) < r->end)
      loop->fn (item, worker, loop->data);
  }
  inside--;
}

static void
relax (void)
{
#if defined __x86_64__ || defined __i386__
  __builtin_ia32_pause ();
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

/* Waits for a generation other than @seen. */
static void
await (Gate *gate, unsigned seen)
{
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load_explicit (&gate->generation, memory_order_relaxed) != seen)
      return;
    relax ();
  }
  pthread_mutex_lock (&pool.lock);
  atomic_fetch_add (&gate->sleepers, 1);
  while (atomic_load (&gate->generation) == seen)
    pthread_cond_wait (&gate->wake, &pool.lock);
  atomic_fetch_sub (&gate->sleepers, 1);
  pthread_mutex_unlock (&pool.lock);
}

/* Works on the loop that is open, if it has a place for this thread. */
static void
join (int in_team)
{
  atomic_fetch_add (&pool.joined, 1);
  Loop *loop = atomic_load (&pool.loop);

  if (loop && loop->in_team == in_team && seat < loop->n_workers)
    work (loop, seat);
  if (atomic_fetch_sub (&pool.joined, 1) == 1 && atomic_load (&pool.closing)) {
    pthread_mutex_lock (&pool.lock);
    pthread_cond_signal (&pool.left);
    pthread_mutex_unlock (&pool.lock);
  }
}

/* Joins loop after loop; in a host's team until it is dismissed. */
static void
serve (unsigned seen, int in_team)
{
  Gate *gate = &pool.gates[in_team];

  for (;;) {
    await (gate, seen);
    seen = atomic_load (&gate->generation);
    if (in_team && atomic_load (&pool.dismissed))
      return;
    join (in_team);
  }
}

static void *
thread_main (void *number)
{
  seat = (int) (intptr_t) number;
  serve (0, 0);
  return NULL;
}

/* under the lock */
static void
create_threads (int n)
{
  while (pool.n_threads < n) {
    pthread_t thread;

    if (pthread_create (&thread, NULL, thread_main,
                        (void *) (intptr_t) (pool.n_threads + 1)))
      return; /* fewer threads, same result */
    pthread_detach (thread);
    pool.n_threads++;
  }
}

/* Tells all that wait there, and wakes those that sleep. */
static void
raise_generation (int in_team)
{
  Gate *gate = &pool.gates[in_team];

  atomic_fetch_add (&gate->generation, 1);
  if (atomic_load (&gate->sleepers) == 0)
    return;
  pthread_mutex_lock (&pool.lock);
  pthread_cond_broadcast (&gate->wake);
  pthread_mutex_unlock (&pool.lock);
}

static void
open_loop (Loop *loop)
{
  if (!loop->in_team && pool.n_threads < loop->n_workers - 1) {
    pthread_mutex_lock (&pool.lock);
    create_threads (loop->n_workers - 1);
    pthread_mutex_unlock (&pool.lock);
  }
  atomic_store (&pool.loop, loop);
  raise_generation (loop->in_team);
}

static void
close_loop (void)
{
  atomic_store (&pool.loop, NULL);
  for (int i = 0; i < SPINS && atomic_load (&pool.joined) > 0; i++)
    relax ();
  if (atomic_load (&pool.joined) == 0)
    return;
  pthread_mutex_lock (&pool.lock);
  atomic_store (&pool.closing, 1);
  while (atomic_load (&pool.joined) > 0)
    pthread_cond_wait (&pool.left, &pool.lock);
  atomic_store (&pool.closing, 0);
  pthread_mutex_unlock (&pool.lock);
}

/* On the threads that wait, and this one. */
static void
share (Loop *loop)
{
  loop->in_team = leads;
  open_loop (loop);
  work (loop, 0);
  close_loop ();
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
  Loop loop;
  Distribute distribute = NULL;
  int n = inside ? 1 : workers (&distribute);

  n = n > max_workers ? max_workers : n;
  n = n > n_items ? n_items : n;
  loop.fn = fn;
  loop.data = data;
  loop.n_items = n_items;
  begin (&loop, n < 1 ? 1 : n);
  if (leads && !inside && n > 1) {
    share (&loop);
    return;
  }
  if (n <= 1 || pthread_mutex_trylock (&pool.owner)) {
    work (&loop, 0);
    return;
  }
  if (distribute)
    distribute (n, host_part, &loop);
  else
    share (&loop);
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

/* ---- a host's team ----------------------------------------------------- */

typedef struct {
  void (*body) (void *data);
  void *data;
  pthread_t leader;
  unsigned seen; /* the team's generation before it began */
  atomic_int next_seat;
} Team;

static void
team_part (int i, int n, void *data)
{
  Team *team = data;

  (void) i;
  (void) n;
  if (!pthread_equal (pthread_self (), team->leader)) {
    seat = atomic_fetch_add (&team->next_seat, 1);
    serve (team->seen, 1);
    return;
  }
  if (!team->body)
    return; /* a host that has one thread do several parts */
  leads = 1;
  team->body (team->data);
  leads = 0;
  team->body = NULL;
  atomic_store (&pool.dismissed, 1);
  raise_generation (1);
}

void
rw_parallel_team (void (*body) (void *data), void *data)
{
  Team team = {
    .body = body, .data = data, .leader = pthread_self (), .next_seat = 1
  };
  Distribute distribute = NULL;
  const int n = inside ? 1 : workers (&distribute);

  if (!distribute || n <= 1 || leads || pthread_mutex_trylock (&pool.owner)) {
    body (data);
    return;
  }
  atomic_store (&pool.dismissed, 0);
  team.seen = atomic_load (&pool.gates[1].generation);
  distribute (n, team_part, &team);
  pthread_mutex_unlock (&pool.owner);
}
