/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The same net in PyTorch, in a process of its own.
 */
#include "bench-torch.h"

#include "reweave.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRIPT "tools/dev/bench-pytorch.py"
/* The system's own, which has the system's python3-torch. */
#define SYSTEM_PYTHON "/usr/bin/python3"

struct RwBenchTorch {
  GPid pid;
  FILE *to, *from;
};

static void
fail (GError **error, const char *why)
{
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: %s, expected PyTorch to measure against; install "
               "python3-torch and run this in reweave's source folder",
               SCRIPT, why);
}

RwBenchTorch *
rw_bench_torch_new (const char *net,
                    int width,
                    int height,
                    int batch,
                    int patch,
                    int n_threads,
                    GError **error)
{
  g_autofree char *size = g_strdup_printf ("%dx%d", width, height);
  g_autofree char *batches = g_strdup_printf ("%d", batch);
  g_autofree char *side = g_strdup_printf ("%d", patch);
  g_autofree char *count = g_strdup_printf ("%d", n_threads);
  const gboolean system = g_file_test (SYSTEM_PYTHON, G_FILE_TEST_EXISTS);
  const char *argv[] = { system ? SYSTEM_PYTHON : "python3",
                         SCRIPT,
                         "--net",
                         net,
                         "--size",
                         size,
                         "--batch",
                         batches,
                         "--patch",
                         side,
                         "--threads",
                         count,
                         NULL };
  g_autoptr (GError) failure = NULL;
  GPid pid;
  int in, out;

  if (!g_file_test (SCRIPT, G_FILE_TEST_IS_REGULAR)) {
    fail (error, "is not here");
    return NULL;
  }
  if (!g_spawn_async_with_pipes (
          NULL, (char **) argv, NULL,
          G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
          &in, &out, NULL, &failure)) {
    fail (error, failure->message);
    return NULL;
  }
  RwBenchTorch *torch = g_new (RwBenchTorch, 1);
  *torch = (RwBenchTorch){ pid, fdopen (in, "w"), fdopen (out, "r") };
  return torch;
}

void
rw_bench_torch_free (RwBenchTorch *torch)
{
  if (!torch)
    return;
  fclose (torch->to); /* the script ends at the end of its input */
  fclose (torch->from);
  waitpid (torch->pid, NULL, 0);
  g_spawn_close_pid (torch->pid);
  g_free (torch);
}

gboolean
rw_bench_torch_measure (RwBenchTorch *torch,
                        const char *what,
                        double *seconds,
                        GError **error)
{
  if (fprintf (torch->to, "%s\n", what) > 0 && fflush (torch->to) == 0 &&
      fscanf (torch->from, "%lf", seconds) == 1)
    return TRUE;
  fail (error, "gave no figure");
  return FALSE;
}
