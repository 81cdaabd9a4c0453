/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Standard input and output as files of a moment: pictures are read twice and
 * written as a whole, which a pipe does not allow.
 */
#include "apply/apply-spool.h"

#include "reweave.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

/* Copies all of @from; FALSE with an error that names @what. */
static gboolean
copy_stream (FILE *from, FILE *to, const char *what, GError **error)
{
  char buffer[65536];
  gsize n;

  while ((n = fread (buffer, 1, sizeof buffer, from)) > 0)
    if (fwrite (buffer, 1, n, to) != n)
      break;
  if (!ferror (from) && !ferror (to) && fflush (to) == 0)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: could not be copied (%s), expected a whole picture; is "
               "there room for it?",
               what, g_strerror (errno));
  return FALSE;
}

char *
rw_cli_spool_new (GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *path = NULL;
  const int fd = g_file_open_tmp ("reweave-XXXXXX.png", &path, &reason);

  if (fd >= 0)
    g_close (fd, NULL);
  else
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "-: no file can be made for it (%s); set TMPDIR",
                 reason->message);
  return path;
}

gboolean
rw_cli_spool_read (const char *path, GError **error)
{
  FILE *file = fopen (path, "wb");
  const gboolean done =
      file && copy_stream (stdin, file, "standard input", error);

  if (file)
    fclose (file);
  return done;
}

gboolean
rw_cli_spool_print (const char *path, GError **error)
{
  FILE *file = fopen (path, "rb");
  const gboolean done =
      file && copy_stream (file, stdout, "standard output", error);

  if (file)
    fclose (file);
  return done;
}
