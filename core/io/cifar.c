/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Batch files of CIFAR-10's binary version.
 */
#include "io/cifar.h"

#include "io/files.h"
#include "reweave.h"

enum {
  N_PIXELS = RW_CIFAR_SIDE * RW_CIFAR_SIDE,
  N_RECORD = 1 + 3 * N_PIXELS,
  MAX_RECORDS = 1000000,
  N_LABELS = 10
};

gboolean
rw_cifar_count (const char *path, int *n, GError **error)
{
  gsize n_bytes = 0;
  FILE *stream = rw_file_open (path, &n_bytes, error);

  if (stream == NULL)
    return FALSE;
  fclose (stream);
  if (n_bytes == 0 || n_bytes % N_RECORD != 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: has %zu bytes, expected a multiple of %d, one label and "
                 "32 x 32 pixels of RGB each; is it a batch of CIFAR-10's "
                 "binary version, and whole?",
                 path, n_bytes, N_RECORD);
    return FALSE;
  }
  if (n_bytes / N_RECORD > MAX_RECORDS) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: has %zu pictures, expected at most %d; cut it into "
                 "several files",
                 path, n_bytes / N_RECORD, MAX_RECORDS);
    return FALSE;
  }
  *n = (int) (n_bytes / N_RECORD);
  return TRUE;
}

static gboolean
read_record (const char *path, int record, guint8 *bytes, GError **error)
{
  gsize n_bytes = 0;
  FILE *stream = rw_file_open (path, &n_bytes, error);

  if (stream == NULL)
    return FALSE;
  const gboolean whole =
      fseek (stream, (long) record * N_RECORD, SEEK_SET) == 0 &&
      fread (bytes, 1, N_RECORD, stream) == N_RECORD;
  fclose (stream);
  if (!whole)
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: picture %d could not be read, expected %d bytes there; "
                 "get the file again",
                 path, record, N_RECORD);
  return whole;
}

RwPicture *
rw_cifar_read (const char *path, int record, GError **error)
{
  guint8 bytes[N_RECORD];

  if (!read_record (path, record, bytes, error))
    return NULL;
  if (bytes[0] >= N_LABELS) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: picture %d has the label %d, expected 0..9; the file is "
                 "damaged or another one, get it again",
                 path, record, bytes[0]);
    return NULL;
  }
  RwPicture *picture =
      rw_picture_new (RW_CIFAR_SIDE, RW_CIFAR_SIDE, 3, 8, error);
  if (picture == NULL)
    return NULL;
  guint8 *out = picture->data;
  for (int i = 0; i < N_PIXELS; i++)
    for (int c = 0; c < 3; c++)
      *out++ = bytes[1 + c * N_PIXELS + i];
  return picture;
}
