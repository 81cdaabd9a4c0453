/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Standard input and output as files of a moment: pictures are read twice and
 * written as a whole, which a pipe does not allow.
 */
#include "apply/apply-spool.h"

#include "cli/cli.h"
#include "io/temporary.h"
#include "reweave.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>
#include <stdio.h>

enum { WAIT_MS = 200 };

static gboolean
fail (const char *what, int code, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: could not be copied (%s), expected a whole picture; is "
               "there room for it?",
               what, g_strerror (code));
  return FALSE;
}

/* Bytes read, 0 at the end, -1 and errno; looks up for Ctrl-C meanwhile. */
static gssize
read_some (int fd, void *buffer, gsize n)
{
  struct pollfd wait = { .fd = fd, .events = POLLIN };

  while (poll (&wait, 1, WAIT_MS) <= 0)
    if (rw_cli_is_interrupted ()) {
      errno = EINTR;
      return -1;
    }
  return read (fd, buffer, n);
}

char *
rw_cli_spool_new (GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *path = NULL;
  const int fd = g_file_open_tmp ("reweave-XXXXXX.png", &path, &reason);

  if (fd >= 0) {
    rw_temporary_add (path);
    g_close (fd, NULL);
  } else
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "-: no file can be made for it (%s); set TMPDIR",
                 reason->message);
  return path;
}

gboolean
rw_cli_spool_read (const char *path, GError **error)
{
  FILE *file = fopen (path, "wb");
  char buffer[65536];
  gssize n = -1;

  if (!file)
    return fail ("standard input", errno, error);
  while ((n = read_some (STDIN_FILENO, buffer, sizeof buffer)) > 0)
    if (fwrite (buffer, 1, (gsize) n, file) != (gsize) n)
      break;
  const int code = errno;
  const gboolean closed = fclose (file) == 0;
  if (n == 0 && closed)
    return TRUE;
  if (!rw_cli_is_interrupted ())
    return fail ("standard input", n == 0 ? errno : code, error);
  g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
               "standard input: stopped before it was read; run the same "
               "command again");
  return FALSE;
}

gboolean
rw_cli_spool_print (const char *path, GError **error)
{
  FILE *file = fopen (path, "rb");
  char buffer[65536];
  gsize n;

  if (!file)
    return fail ("standard output", errno, error);
  /* nothing stays, however long the reader takes */
  rw_temporary_remove (path);
  while ((n = fread (buffer, 1, sizeof buffer, file)) > 0)
    if (fwrite (buffer, 1, n, stdout) != n)
      break;
  const gboolean done =
      !ferror (file) && !ferror (stdout) && fflush (stdout) == 0;
  const int code = errno;
  fclose (file);
  return done || fail ("standard output", code, error);
}

char *
rw_cli_spool_rename (const char *text, const char *path, const char *name)
{
  g_auto (GStrv) parts = path ? g_strsplit (text, path, -1) : NULL;

  return parts ? g_strjoinv (name, parts) : g_strdup (text);
}
