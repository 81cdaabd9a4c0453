/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Processes that measure the same net in another library.
 */
#include "bench/bench-rival.h"

#include "reweave.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define SCRIPT "tools/dev/bench-pytorch.py"
/* The system's own, which has the system's python3-torch. */
#define SYSTEM_PYTHON "/usr/bin/python3"
#define ONEDNN "bench-onednn"

struct RwBenchRival {
  const char *name, *hint; /* of errors */
  GPid pid;
  FILE *to, *from;
};

static void
fail (const char *name, const char *why, const char *hint, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: %s, expected a library to measure against; %s", name, why,
               hint);
}

static RwBenchRival *
start (const char *name,
       const char *hint,
       const char *const *argv,
       int n_threads,
       GError **error)
{
  g_autofree char *count = g_strdup_printf ("%d", n_threads);
  g_auto (GStrv) environment =
      g_environ_setenv (g_get_environ (), "OMP_NUM_THREADS", count, TRUE);
  g_autoptr (GError) failure = NULL;
  GPid pid;
  int in, out;

  if (!g_spawn_async_with_pipes (
          NULL, (char **) argv, environment,
          G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
          &in, &out, NULL, &failure)) {
    fail (name, failure->message, hint, error);
    return NULL;
  }
  RwBenchRival *rival = g_new (RwBenchRival, 1);
  *rival =
      (RwBenchRival){ name, hint, pid, fdopen (in, "w"), fdopen (out, "r") };
  return rival;
}

RwBenchRival *
rw_bench_rival_new_torch (const RwBenchTorch *torch,
                          const char *values,
                          GError **error)
{
  g_autofree char *size =
      g_strdup_printf ("%dx%d", torch->width, torch->height);
  g_autofree char *batch = g_strdup_printf ("%d", torch->batch);
  g_autofree char *side = g_strdup_printf ("%d", torch->patch);
  g_autofree char *count = g_strdup_printf ("%d", torch->n_threads);
  const gboolean system = g_file_test (SYSTEM_PYTHON, G_FILE_TEST_EXISTS);
  const char *argv[] = { system ? SYSTEM_PYTHON : "python3",
                         SCRIPT,
                         "--net",
                         torch->net,
                         "--size",
                         size,
                         "--batch",
                         batch,
                         "--patch",
                         side,
                         "--loss",
                         torch->loss,
                         "--optimiser",
                         torch->optimiser,
                         "--threads",
                         count,
                         "--values",
                         values,
                         NULL };
  const char *hint =
      "install python3-torch and run this in reweave's source folder";

  if (!g_file_test (SCRIPT, G_FILE_TEST_IS_REGULAR)) {
    fail (SCRIPT, "is not here", hint, error);
    return NULL;
  }
  return start (SCRIPT, hint, argv, torch->n_threads, error);
}

/* Beside this program, as in the build folder, or installed. */
static char *
find_onednn (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self ? self : "");
  g_autofree char *beside = g_build_filename (folder, ONEDNN, NULL);
  char *path = g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE)
                   ? g_steal_pointer (&beside)
                   : g_build_filename (RW_LIBEXEC, ONEDNN, NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    g_clear_pointer (&path, g_free);
  return path;
}

RwBenchRival *
rw_bench_rival_new_onednn (
    const char *net, int width, int height, int n_threads, GError **error)
{
  g_autofree char *path = find_onednn ();
  g_autofree char *columns = g_strdup_printf ("%d", width);
  g_autofree char *rows = g_strdup_printf ("%d", height);
  const char *argv[] = { path, net, columns, rows, NULL };
  const char *hint = "install libdnnl-dev 2.x and build reweave again";

  if (!path) {
    fail (ONEDNN, "is not part of this build", hint, error);
    return NULL;
  }
  return start (ONEDNN, hint, argv, n_threads, error);
}

void
rw_bench_rival_free (RwBenchRival *rival)
{
  if (!rival)
    return;
  fclose (rival->to); /* it ends at the end of its input */
  fclose (rival->from);
  waitpid (rival->pid, NULL, 0);
  g_spawn_close_pid (rival->pid);
  g_free (rival);
}

static gboolean
parse (const char *text, double *values, int n)
{
  for (int i = 0; i < n; i++) {
    char *end;
    values[i] = g_ascii_strtod (text, &end);
    if (end == text)
      return FALSE;
    text = end;
  }
  return TRUE;
}

gboolean
rw_bench_rival_ask (RwBenchRival *rival,
                    const char *question,
                    double *values,
                    int n,
                    GError **error)
{
  char *line = NULL;
  size_t size = 0;
  gboolean ok =
      fprintf (rival->to, "%s\n", question) > 0 && fflush (rival->to) == 0;

  ok = getline (&line, &size, rival->from) > 0 && ok;
  if (line && line[0] == '!')
    g_set_error (error, RW_ERROR, RW_ERROR_IO, "%s: %s", rival->name,
                 g_strstrip (line + 1));
  else if (!ok || !parse (line, values, n))
    fail (rival->name, "gave no figure", rival->hint, error);
  else {
    free (line);
    return TRUE;
  }
  free (line);
  return FALSE;
}
