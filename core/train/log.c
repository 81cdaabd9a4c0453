/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * OUT.log.csv.
 */
#include "train/log.h"

#include "reweave.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char header[] = "step,loss,learning_rate,gradient_norm,"
                             "validation_psnr,training_psnr\n";

struct RwTrainLog {
  char *path;
  FILE *stream; /* at the end of the last row */
};

static gboolean
fail (const RwTrainLog *log, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: could not be written (%s), expected room and permission "
               "for the training's log; make room and go on with --resume",
               log->path, g_strerror (errno));
  return FALSE;
}

/* ---- cutting ------------------------------------------------------------ */

/* Where the rows of steps up to @limit end; -1 when the first line is not the
 * header.  A row cut short by a kill ends them. */
static off_t
find_end (FILE *stream, guint64 limit)
{
  char *line = NULL;
  size_t n_alloc = 0;
  ssize_t n = getline (&line, &n_alloc, stream);
  off_t end = n;
  guint64 last = 0;

  if (n < 0)
    end = 0;
  else if (strcmp (line, header) != 0)
    end = -1;
  while (end > 0 && (n = getline (&line, &n_alloc, stream)) > 0) {
    char *comma = NULL;
    const guint64 step = g_ascii_strtoull (line, &comma, 10);
    if (line[n - 1] != '\n' || *comma != ',' || step <= last || step > limit)
      break;
    last = step;
    end += n;
  }
  free (line);
  return end;
}

static gboolean
write_header (RwTrainLog *log, GError **error)
{
  if (fputs (header, log->stream) >= 0 && fflush (log->stream) == 0)
    return TRUE;
  return fail (log, error);
}

gboolean
rw_train_log_rewind (RwTrainLog *log, guint64 step, GError **error)
{
  rewind (log->stream);
  const off_t end = step > 0 ? find_end (log->stream, step) : 0;
  if (end < 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: its first line is another one than this reweave writes, "
                 "expected the log of this training; move it away",
                 log->path);
    return FALSE;
  }
  if (fseeko (log->stream, end, SEEK_SET) != 0 ||
      ftruncate (fileno (log->stream), end) != 0)
    return fail (log, error);
  return end > 0 || write_header (log, error);
}

/* ---- opening ------------------------------------------------------------ */

RwTrainLog *
rw_train_log_open (const char *path, guint64 step, GError **error)
{
  RwTrainLog *log = g_new0 (RwTrainLog, 1);
  const int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

  log->path = g_strdup (path);
  log->stream = fd >= 0 ? fdopen (fd, "r+") : NULL;
  if (log->stream == NULL)
    fail (log, error);
  if (log->stream != NULL && rw_train_log_rewind (log, step, error))
    return log;
  rw_train_log_free (log);
  return NULL;
}

void
rw_train_log_free (RwTrainLog *log)
{
  if (log == NULL)
    return;
  if (log->stream != NULL)
    fclose (log->stream);
  g_free (log->path);
  g_free (log);
}

/* ---- rows --------------------------------------------------------------- */

/* Nothing for what is not finite. */
static void
append (GString *row, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (row, ',');
  if (isfinite (value))
    g_string_append (row, g_ascii_formatd (text, sizeof text, "%.7g", value));
}

gboolean
rw_train_log_add (RwTrainLog *log, const RwTrainReport *report, GError **error)
{
  g_autoptr (GString) row = g_string_new (NULL);

  g_string_printf (row, "%" G_GUINT64_FORMAT, report->step);
  append (row, report->loss);
  append (row, report->learning_rate);
  append (row, report->gradient_norm);
  append (row, report->validated ? report->score : NAN);
  append (row, report->validated ? report->training_psnr : NAN);
  g_string_append_c (row, '\n');
  if (fputs (row->str, log->stream) >= 0 && fflush (log->stream) == 0)
    return TRUE;
  return fail (log, error);
}

gboolean
rw_train_log_sync (RwTrainLog *log, GError **error)
{
  return fdatasync (fileno (log->stream)) == 0 || errno == EINVAL ||
         fail (log, error);
}
