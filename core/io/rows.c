/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files row by row: which format, what is checked for all of them.
 */
#include "io/rows.h"
#include "base/alloc.h"
#include "io/formats.h"

#include <string.h>

/* ---- reading ----------------------------------------------------------- */

/* By the first bytes, whatever the name says. */
static const RwRowReaderClass *
find_reader (FILE *stream, gsize n_bytes, const char *path, GError **error)
{
  static const RwRowReaderClass *const classes[] = { &rw_png_reader,
                                                     &rw_jpeg_reader };
  guint8 magic[8] = { 0 };
  const gsize n = fread (magic, 1, sizeof magic, stream);

  rewind (stream);
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (n >= classes[i]->n_magic &&
        memcmp (magic, classes[i]->magic, classes[i]->n_magic) == 0)
      return classes[i];
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: is %s, expected a PNG or JPEG picture; convert it first",
               path, n_bytes == 0 ? "empty" : "of another kind");
  return NULL;
}

RwRowReader *
rw_row_reader_open (const char *path, GError **error)
{
  gsize n_bytes = 0;
  FILE *stream = rw_file_open (path, &n_bytes, error);

  if (stream == NULL)
    return NULL;
  const RwRowReaderClass *class = find_reader (stream, n_bytes, path, error);
  if (class == NULL) {
    fclose (stream);
    return NULL;
  }
  g_autoptr (RwRowReader) reader = g_malloc0 (class->size);
  reader->class = class;
  reader->stream = stream;
  reader->path = g_strdup (path);
  reader->n_bytes = n_bytes;
  reader->picture = g_new0 (RwPicture, 1);
  return class->read_header (reader, error) ? g_steal_pointer (&reader) : NULL;
}

/* Keeps a tiny file from asking for gigabytes. */
static gboolean
check_claim (const RwRowReader *reader, GError **error)
{
  const RwPicture *picture = reader->picture;

  if (reader->row_bytes * picture->height <= (double) reader->n_bytes)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: claims %d x %d pixels, which %zu bytes cannot hold; the "
               "file is damaged, get it again",
               reader->path, picture->width, picture->height, reader->n_bytes);
  return FALSE;
}

RwRowReader *
rw_row_reader_new (const char *path, GError **error)
{
  g_autoptr (RwRowReader) reader = rw_row_reader_open (path, error);

  if (reader == NULL || !check_claim (reader, error))
    return NULL;
  if (!rw_picture_check_size (reader->picture, error)) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  return reader->class->start (reader, error) ? g_steal_pointer (&reader)
                                              : NULL;
}

void
rw_row_reader_free (RwRowReader *reader)
{
  if (reader == NULL)
    return;
  reader->class->clear (reader);
  fclose (reader->stream);
  rw_picture_free (reader->picture);
  g_free (reader->path);
  g_free (reader);
}

const RwPicture *
rw_row_reader_get_picture (const RwRowReader *reader)
{
  return reader->picture;
}

gsize
rw_row_reader_get_bytes (const RwRowReader *reader)
{
  return reader->bytes;
}

gboolean
rw_row_reader_read (RwRowReader *reader, void *rows, int n, GError **error)
{
  g_return_val_if_fail (n >= 0, FALSE);
  g_return_val_if_fail (n <= reader->picture->height - reader->n_read, FALSE);

  if (n == 0)
    return TRUE;
  if (!reader->class->read (reader, rows, n, error))
    return FALSE;
  reader->n_read += n;
  return reader->n_read < reader->picture->height ||
         reader->class->finish (reader, error);
}

/* ---- writing ----------------------------------------------------------- */

static const RwRowWriterClass *
find_writer (const char *path, GError **error)
{
  g_autofree char *name = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (name, ".png"))
    return &rw_png_writer;
  if (g_str_has_suffix (name, ".jpg") || g_str_has_suffix (name, ".jpeg"))
    return &rw_jpeg_writer;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its ending names no format that can be written, expected "
               ".png, .jpg or .jpeg; choose one of these",
               path);
  return NULL;
}

RwRowWriter *
rw_row_writer_new (const char *path,
                   const RwPicture *like,
                   const RwRowOptions *options,
                   GError **error)
{
  const RwRowWriterClass *class = find_writer (path, error);

  if (class == NULL || !class->accepts (like, path, error))
    return NULL;
  RwFileWriter *file = rw_file_writer_new (path, error);
  if (file == NULL)
    return NULL;
  RwRowWriter *writer = g_malloc0 (class->size);
  writer->class = class;
  writer->file = file;
  writer->path = g_strdup (path);
  writer->kind = (RwPicture){ .width = like->width,
                              .height = like->height,
                              .channels = like->channels,
                              .depth = like->depth };
  if (class->start (writer, like, options, error))
    return writer;
  rw_row_writer_discard (writer);
  return NULL;
}

gsize
rw_row_writer_get_bytes (const RwRowWriter *writer)
{
  return writer->bytes;
}

gboolean
rw_row_writer_needs_check (const RwRowWriter *writer)
{
  return writer->class->opaque && writer->kind.channels % 2 == 0;
}

gboolean
rw_row_writer_check (const RwRowWriter *writer,
                     const void *rows,
                     int n,
                     GError **error)
{
  const RwPicture part = { .data = (void *) rows,
                           .width = writer->kind.width,
                           .height = n,
                           .channels = writer->kind.channels,
                           .depth = writer->kind.depth };

  if (!rw_row_writer_needs_check (writer) || rw_picture_is_opaque (&part))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: the picture has transparent pixels, this format has "
               "none; save it as .png",
               writer->path);
  return FALSE;
}

gboolean
rw_row_writer_write (RwRowWriter *writer,
                     const void *rows,
                     int n,
                     GError **error)
{
  g_return_val_if_fail (n >= 0, FALSE);
  g_return_val_if_fail (n <= writer->kind.height - writer->n_written, FALSE);

  writer->n_written += n;
  return rw_row_writer_check (writer, rows, n, error) &&
         writer->class->write (writer, rows, n, error);
}

static void
free_writer (RwRowWriter *writer)
{
  writer->class->clear (writer);
  g_free (writer->path);
  g_free (writer);
}

gboolean
rw_row_writer_commit (RwRowWriter *writer, GError **error)
{
  g_return_val_if_fail (writer->n_written == writer->kind.height, FALSE);

  if (!writer->class->finish (writer, error)) {
    rw_row_writer_discard (writer);
    return FALSE;
  }
  const gboolean done = rw_file_writer_commit (writer->file, error);
  free_writer (writer);
  return done;
}

void
rw_row_writer_discard (RwRowWriter *writer)
{
  if (writer == NULL)
    return;
  rw_file_writer_discard (writer->file);
  free_writer (writer);
}
