/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Ctrl-C and the like.  A command that works looks up now and then and ends by
 * itself; a thread that does nothing else ends the process where that takes
 * too long, as in the midst of a large picture that is being packed.  Neither
 * leaves a temporary file.
 */
#include "cli/cli.h"

#include "io/temporary.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
  GRACE_MS = 400, /* for ending by itself */
  SHELL_BASE = 128
};

static volatile sig_atomic_t interrupted, count;
static gboolean saves; /* takes the time that it needs */
static sem_t arrived;

/* The first is noted, the second one ends the process at once; should that
 * fail, the third finds the default action. */
static void
note_interrupt (int number)
{
  const int code = errno;

  if (interrupted == 0)
    interrupted = number;
  count = count + 1;
  if (count > 2)
    signal (number, SIG_DFL);
  sem_post (&arrived);
  errno = code;
}

/* TRUE: another one came meanwhile. */
static gboolean
wait_for_another (void)
{
  struct timespec end;

  clock_gettime (CLOCK_REALTIME, &end);
  end.tv_nsec += GRACE_MS * 1000000L;
  end.tv_sec += end.tv_nsec / 1000000000L;
  end.tv_nsec %= 1000000000L;
  for (;;) {
    const int status =
        saves ? sem_wait (&arrived) : sem_timedwait (&arrived, &end);
    if (status == 0 || errno != EINTR)
      return status == 0;
  }
}

/* What was told so far is printed, unless that would have to wait. */
static void
flush_output (void)
{
  struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

  if (poll (&output, 1, 0) == 1 && (output.revents & POLLOUT) != 0 &&
      ftrylockfile (stdout) == 0) {
    fflush (stdout);
    funlockfile (stdout);
  }
}

static void *
watch (void *data)
{
  while (sem_wait (&arrived) != 0)
    ;
  const gboolean again = wait_for_another ();

  rw_temporary_abandon ();
  flush_output ();
  rw_cli_print_error (
      again ? "stopped at once; what was not yet written is not there"
            : "stopped; what was not yet written is not there, run the same "
              "command again");
  _exit (rw_cli_get_interrupt_status ());
}

static void
start_watching (void)
{
  sigset_t all, before;
  pthread_t thread;

  sem_init (&arrived, 0, 0);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  if (pthread_create (&thread, NULL, watch, NULL) == 0)
    pthread_detach (thread);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

static void catch (gboolean with_saving)
{
  static gboolean caught;
  struct sigaction action = { .sa_handler = note_interrupt,
                              .sa_flags = SA_RESTART };
  struct sigaction before;

  saves = with_saving;
  if (caught)
    return;
  caught = TRUE;
  start_watching ();
  sigemptyset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  /* a terminal that closes, except for a command that nohup started */
  sigaction (SIGHUP, NULL, &before);
  if (before.sa_handler != SIG_IGN)
    sigaction (SIGHUP, &action, NULL);
}

void
rw_cli_catch_interrupt (void)
{
  catch (FALSE);
}

void
rw_cli_catch_interrupt_to_save (void)
{
  catch (TRUE);
}

gboolean
rw_cli_is_interrupted (void)
{
  return interrupted != 0;
}

int
rw_cli_get_interrupt_status (void)
{
  return SHELL_BASE + (interrupted != 0 ? interrupted : SIGINT);
}
