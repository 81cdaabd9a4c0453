/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The parallel-for: every item once, workers never shared, nesting, a host's
 * parallel-for, many short calls, several callers.  Run it under
 * ThreadSanitizer too: -Db_sanitize=thread.
 */
#include "base/parallel.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MAX_ITEMS = 1000, MAX_WORKERS = 64 };

typedef struct {
  atomic_int seen[MAX_ITEMS];
  atomic_int busy[MAX_WORKERS];
  int plain[MAX_ITEMS]; /* written by the item, read after the call */
  int n_workers;
} Count;

static void
count_item (int item, int worker, void *data)
{
  Count *c = data;
  g_assert_cmpint (worker, >=, 0);
  g_assert_cmpint (worker, <, c->n_workers);
  g_assert_cmpint (atomic_fetch_add (&c->busy[worker], 1), ==, 0);
  atomic_fetch_add (&c->seen[item], 1);
  c->plain[item] = item + 1;
  atomic_fetch_sub (&c->busy[worker], 1);
}

static void
count (int n_items)
{
  Count *c = g_new0 (Count, 1);
  c->n_workers = rw_parallel_get_workers ();
  g_assert_cmpint (c->n_workers, <=, MAX_WORKERS);
  rw_parallel_for (n_items, count_item, c);
  for (int i = 0; i < MAX_ITEMS; i++) {
    g_assert_cmpint (atomic_load (&c->seen[i]), ==, i < n_items);
    g_assert_cmpint (c->plain[i], ==, i < n_items ? i + 1 : 0);
  }
  g_free (c);
}

static void
test_every_item_once (void)
{
  static const int threads[] = { 1, 2, 3, 7, 16, 1 };
  static const int items[] = { 0, 1, 2, 3, 7, 8, 100, MAX_ITEMS };
  for (guint t = 0; t < G_N_ELEMENTS (threads); t++) {
    rw_parallel_set_threads (threads[t]);
    g_assert_cmpint (rw_parallel_get_workers (), ==, threads[t]);
    for (guint i = 0; i < G_N_ELEMENTS (items); i++)
      count (items[i]);
  }
  rw_parallel_set_threads (0);
  g_assert_cmpint (rw_parallel_get_workers (), >=, 1);
}

/* Starting and stopping costs must not show in correctness: 20 000 calls of
 * two items, and thread counts that change between calls. */
static void
test_many_calls (void)
{
  for (int i = 0; i < 20000; i++) {
    if (i % 1000 == 0)
      rw_parallel_set_threads (1 + i / 1000 % 4);
    int sum[2] = { 0, 0 };
    Count c = { .n_workers = rw_parallel_get_workers () };
    rw_parallel_for (2, count_item, &c);
    sum[0] = c.plain[0];
    sum[1] = c.plain[1];
    g_assert_cmpint (sum[0] + sum[1], ==, 3);
  }
  rw_parallel_set_threads (0);
}

/* ---- nesting ----------------------------------------------------------- */

typedef struct {
  atomic_int total;
  pthread_t thread;
} Inner;

static void
inner_item (int item, int worker, void *data)
{
  Inner *inner = data;
  g_assert_cmpint (worker, ==, 0);
  g_assert_true (pthread_equal (pthread_self (), inner->thread));
  atomic_fetch_add (&inner->total, item);
}

static void
outer_item (int item, int worker, void *data)
{
  Inner inner = { 0, pthread_self () };
  g_assert_cmpint (rw_parallel_get_workers (), ==, 1);
  rw_parallel_for (11, inner_item, &inner);
  g_assert_cmpint (atomic_load (&inner.total), ==, 55);
  atomic_fetch_add ((atomic_int *) data, 1);
}

static void
test_nested_is_serial (void)
{
  for (int threads = 1; threads <= 4; threads++) {
    atomic_int outer = 0;
    rw_parallel_set_threads (threads);
    rw_parallel_for (50, outer_item, &outer);
    g_assert_cmpint (atomic_load (&outer), ==, 50);
    g_assert_cmpint (rw_parallel_get_workers (), ==, threads);
  }
  rw_parallel_set_threads (0);
}

/* ---- a host's parallel-for --------------------------------------------- */

typedef struct {
  void (*fn) (int i, int n, void *data);
  void *data;
  int i, n;
} HostJob;

static atomic_int host_calls;

static void *
host_thread (void *data)
{
  HostJob *job = data;
  job->fn (job->i, job->n, job->data);
  return NULL;
}

/* Uses fewer threads than allowed, as GEGL may. */
static void
host_distribute (int max_n, void (*fn) (int i, int n, void *), void *data)
{
  const int n = MIN (max_n, 3);
  pthread_t threads[3];
  HostJob jobs[3];

  atomic_fetch_add (&host_calls, 1);
  for (int i = 0; i < n; i++) {
    jobs[i] = (HostJob){ fn, data, i, n };
    g_assert_cmpint (pthread_create (&threads[i], NULL, host_thread, &jobs[i]),
                     ==, 0);
  }
  for (int i = 0; i < n; i++)
    pthread_join (threads[i], NULL);
}

/* One call after the other, in the calling thread: also a valid host. */
static void
serial_distribute (int max_n, void (*fn) (int i, int n, void *), void *data)
{
  atomic_fetch_add (&host_calls, 1);
  for (int i = 0; i < max_n; i++)
    fn (i, max_n, data);
}

static void
test_host (void)
{
  rw_parallel_set_distribute (host_distribute, 5);
  g_assert_cmpint (rw_parallel_get_workers (), ==, 5);
  for (int i = 0; i < 30; i++)
    count (100 + i);
  atomic_int outer = 0;
  rw_parallel_for (20, outer_item, &outer);
  g_assert_cmpint (atomic_load (&outer), ==, 20);
  g_assert_cmpint (atomic_load (&host_calls), >=, 31);

  rw_parallel_set_distribute (serial_distribute, 4);
  count (100);
  const int calls = atomic_load (&host_calls);
  rw_parallel_set_distribute (NULL, 0);
  count (100);
  g_assert_cmpint (atomic_load (&host_calls), ==, calls);
}

/* ---- a host's team ----------------------------------------------------- */

static int slow_host; /* its threads come 20 ms late */

static void *
late_host_thread (void *data)
{
  if (slow_host)
    g_usleep (20000);
  return host_thread (data);
}

/* As GEGL: the last part on the calling thread. */
static void
team_distribute (int max_n, void (*fn) (int i, int n, void *), void *data)
{
  pthread_t threads[3];
  HostJob jobs[3];
  const int n = MIN (max_n, 4);

  atomic_fetch_add (&host_calls, 1);
  for (int i = 0; i < n - 1; i++) {
    jobs[i] = (HostJob){ fn, data, i, n };
    g_assert_cmpint (
        pthread_create (&threads[i], NULL, late_host_thread, &jobs[i]), ==, 0);
  }
  fn (n - 1, n, data);
  for (int i = 0; i < n - 1; i++)
    pthread_join (threads[i], NULL);
}

typedef struct {
  pthread_t caller;
  int runs;
} TeamBody;

static void
team_body (void *data)
{
  TeamBody *body = data;
  atomic_int outer = 0;

  g_assert_true (pthread_equal (pthread_self (), body->caller));
  for (int i = 0; i < 100; i++)
    count (i);
  rw_parallel_for (20, outer_item, &outer);
  g_assert_cmpint (atomic_load (&outer), ==, 20);
  body->runs++;
}

static void
check_team (void)
{
  TeamBody body = { .caller = pthread_self () };
  const int calls = atomic_load (&host_calls);

  for (int i = 0; i < 10; i++)
    rw_parallel_team (team_body, &body);
  g_assert_cmpint (body.runs, ==, 10);
  g_assert_cmpint (atomic_load (&host_calls), <=, calls + 10);
  count (100);
}

static void
test_team (void)
{
  check_team ();
  rw_parallel_set_distribute (team_distribute, 4);
  check_team ();
  slow_host = 1;
  check_team ();
  slow_host = 0;
  rw_parallel_set_distribute (serial_distribute, 4);
  check_team ();
  rw_parallel_set_distribute (NULL, 0);
  check_team ();
}

/* Loops with pauses that are longer than threads spin.  A host of one thread
 * has none to wake. */
static void
paused_body (void *data)
{
  for (int i = 0; i < 100; i++) {
    count (100);
    g_usleep (2000);
  }
}

/* Threads of our own that were started before the host came sleep through its
 * team's loops: the only switches are the pauses'. */
static void
test_team_wakes_no_others (void)
{
  struct rusage before, after;

  rw_parallel_set_threads (4);
  count (100);
  g_usleep (50000); /* they sleep now */
  rw_parallel_set_distribute (serial_distribute, 4);
  getrusage (RUSAGE_SELF, &before);
  rw_parallel_team (paused_body, NULL);
  getrusage (RUSAGE_SELF, &after);
  g_assert_cmpint (after.ru_nvcsw - before.ru_nvcsw, <, 200);
  rw_parallel_set_distribute (NULL, 0);
  count (100);
  rw_parallel_set_threads (0);
}

/* ---- several callers at once ------------------------------------------- */

static void *
caller (void *data)
{
  for (int i = 0; i < 300; i++) {
    atomic_int outer = 0;
    rw_parallel_for (4, outer_item, &outer);
    g_assert_cmpint (atomic_load (&outer), ==, 4);
  }
  return NULL;
}

static void
test_callers (void)
{
  pthread_t threads[3];
  rw_parallel_set_threads (3);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (pthread_create (&threads[i], NULL, caller, NULL), ==, 0);
  for (int i = 0; i < 3; i++)
    pthread_join (threads[i], NULL);
  rw_parallel_set_threads (0);
}

/* REWEAVE_THREADS caps the default. */
static void
test_environment (void)
{
  if (g_test_subprocess ()) {
    g_assert_cmpint (rw_parallel_get_workers (), ==, 1);
    count (100);
    return;
  }
  g_autofree char *old = g_strdup (g_getenv ("REWEAVE_THREADS"));
  g_setenv ("REWEAVE_THREADS", "1", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  if (old)
    g_setenv ("REWEAVE_THREADS", old, TRUE);
  else
    g_unsetenv ("REWEAVE_THREADS");
  g_test_trap_assert_passed ();
}

/* Nonsense is said once, and caps nothing. */
static void
test_environment_nonsense (void)
{
  static const char *const wrong[] = { "many", "2x", "-3", "2.5" };

  if (g_test_subprocess ()) {
    const long online = sysconf (_SC_NPROCESSORS_ONLN);
    g_assert_cmpint (rw_parallel_get_workers (), ==, MIN (online, 256));
    rw_parallel_set_threads (0);
    return;
  }
  g_autofree char *old = g_strdup (g_getenv ("REWEAVE_THREADS"));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree char *sentence = g_strdup_printf (
        "reweave: REWEAVE_THREADS: found \"%s\", expected a whole number of "
        "threads; using one for each processor\n",
        wrong[i]);
    g_setenv ("REWEAVE_THREADS", wrong[i], TRUE);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    g_test_trap_assert_stderr (sentence);
  }
  if (old)
    g_setenv ("REWEAVE_THREADS", old, TRUE);
  else
    g_unsetenv ("REWEAVE_THREADS");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parallel/every-item-once", test_every_item_once);
  g_test_add_func ("/parallel/many-calls", test_many_calls);
  g_test_add_func ("/parallel/nested-is-serial", test_nested_is_serial);
  g_test_add_func ("/parallel/host", test_host);
  g_test_add_func ("/parallel/team", test_team);
  g_test_add_func ("/parallel/team-wakes-no-others",
                   test_team_wakes_no_others);
  g_test_add_func ("/parallel/callers", test_callers);
  g_test_add_func ("/parallel/environment", test_environment);
  g_test_add_func ("/parallel/nonsense", test_environment_nonsense);
  return g_test_run ();
}
