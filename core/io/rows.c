/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files row by row: which format, what is checked for all of them.
 */
#include "io/rows.h"
#include "base/alloc.h"
#include "io/exif.h"
#include "io/formats.h"

#include <string.h>

#if defined RW_HAVE_TIFF && defined RW_HAVE_WEBP
#define MORE ", or a TIFF or WebP"
#elif defined RW_HAVE_TIFF
#define MORE ", or a TIFF"
#elif defined RW_HAVE_WEBP
#define MORE ", or a WebP"
#else
#define MORE ""
#endif

const char *const rw_row_endings[] = { ".png",  ".jpg",  ".jpeg",
#ifdef RW_HAVE_TIFF
                                       ".tif",  ".tiff",
#endif
#ifdef RW_HAVE_WEBP
                                       ".webp",
#endif
                                       NULL };

void
rw_row_keep_note (GPtrArray *notes, const char *format, va_list arguments)
{
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  g_autofree char *note = g_utf8_make_valid (text, -1); /* names in files */

  for (guint i = 0; i < notes->len; i++)
    if (strcmp (g_ptr_array_index (notes, i), note) == 0)
      return;
  g_ptr_array_add (notes, g_steal_pointer (&note));
}

/* ---- reading ----------------------------------------------------------- */

static const RwRowReaderClass *const readers[] = {
  &rw_png_reader,     &rw_jpeg_reader,
#ifdef RW_HAVE_TIFF
  &rw_tiff_reader,    &rw_tiff_reader_big_endian,
  &rw_tiff_reader_64, &rw_tiff_reader_64_big_endian,
#endif
#ifdef RW_HAVE_WEBP
  &rw_webp_reader,
#endif
};

static const RwRowReaderClass *
find_class (FILE *stream)
{
  guint8 magic[8] = { 0 };
  const gsize n = fread (magic, 1, sizeof magic, stream);

  rewind (stream);
  for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
    if (n >= readers[i]->n_magic &&
        memcmp (magic, readers[i]->magic, readers[i]->n_magic) == 0)
      return readers[i];
  return NULL;
}

gboolean
rw_row_reader_knows (const char *path)
{
  gsize n_bytes;
  FILE *stream = rw_file_open (path, &n_bytes, NULL);

  if (stream == NULL)
    return FALSE;
  const gboolean knows = find_class (stream) != NULL;
  fclose (stream);
  return knows;
}

/* By the first bytes, whatever the name says. */
static const RwRowReaderClass *
find_reader (FILE *stream, gsize n_bytes, const char *path, GError **error)
{
  const RwRowReaderClass *class = find_class (stream);

  if (class == NULL)
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: is %s, expected a PNG or JPEG picture" MORE
                 "; convert it first",
                 path, n_bytes == 0 ? "empty" : "of another kind");
  return class;
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
  reader->notes = g_ptr_array_new_with_free_func (g_free);
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

/* Adobe RGB that only EXIF names becomes what gAMA and cHRM say of it in
 * a PNG (Adobe RGB (1998) Color Image Encoding, section 4.3). */
static void
mark_adobe_rgb (RwPicture *picture)
{
  static const int primaries[] = { 31270, 32900, 64000, 33000,
                                   21000, 71000, 15000, 6000 };
  const RwColourSays says = rw_picture_get_colour (picture);

  if (says.cicp != NULL || says.icc != NULL || says.is_srgb ||
      says.gamma > 0 || says.depth == 32 ||
      !rw_exif_block_is_adobe_rgb (picture->exif))
    return;
  picture->gamma = 45471; /* 256 / 563 */
  if (says.primaries == NULL)
    memcpy (picture->primaries, primaries, sizeof primaries);
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
  if (!reader->class->start (reader, error))
    return NULL;
  g_autofree char *note = NULL;
  mark_adobe_rgb (reader->picture);
  const RwColourSays says = rw_picture_get_colour (reader->picture);
  reader->picture->curves = rw_curves_new (&says, &note);
  if (note != NULL)
    rw_row_reader_note (reader, "%s", note);
  return g_steal_pointer (&reader);
}

void
rw_row_reader_free (RwRowReader *reader)
{
  if (reader == NULL)
    return;
  reader->class->clear (reader);
  fclose (reader->stream);
  rw_picture_free (reader->picture);
  g_ptr_array_unref (reader->notes);
  g_free (reader->path);
  g_free (reader);
}

RwMetadata *
rw_row_reader_get_more (RwRowReader *reader)
{
  if (reader->picture->more == NULL)
    reader->picture->more = rw_metadata_new ();
  return reader->picture->more;
}

void
rw_row_reader_note (RwRowReader *reader, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  rw_row_keep_note (reader->notes, format, arguments);
  va_end (arguments);
}

goffset
rw_row_reader_find_rest (RwRowReader *reader, goffset offset)
{
  guint8 part[4096];
  gsize n;

  if (fseeko (reader->stream, offset, SEEK_SET) != 0)
    return -1;
  while ((n = fread (part, 1, sizeof part, reader->stream)) > 0) {
    for (gsize i = 0; i < n; i++)
      if (part[i] != 0)
        return offset + (goffset) i;
    offset += (goffset) n;
  }
  return -1;
}

void
rw_row_reader_note_rest (RwRowReader *reader, goffset offset)
{
  const goffset rest = rw_row_reader_find_rest (reader, offset);

  if (rest >= 0)
    rw_row_reader_note (
        reader,
        "what follows the picture in the file, %" G_GOFFSET_FORMAT " bytes",
        (goffset) reader->n_bytes - rest);
}

gboolean
rw_row_reader_claim (RwRowReader *reader,
                     const char *what,
                     guint64 n,
                     GError **error)
{
  if (n <= RW_METADATA_MAX - reader->n_metadata) {
    reader->n_metadata += (gsize) n;
    return TRUE;
  }
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "%s: %s of %" G_GUINT64_FORMAT
               " bytes is too much, expected at most %zu MiB of all that "
               "describes the picture; take it out with an editor",
               reader->path, what, n, RW_METADATA_MAX >> 20);
  return FALSE;
}

const GPtrArray *
rw_row_reader_get_notes (const RwRowReader *reader)
{
  return reader->notes;
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

/* ---- whole pictures ---------------------------------------------------- */

void
rw_row_add_notes (GPtrArray *notes, const GPtrArray *more)
{
  for (guint i = 0; notes != NULL && i < more->len; i++)
    g_ptr_array_add (notes, g_strdup (g_ptr_array_index (more, i)));
}

RwPicture *
rw_row_load (const char *path, GPtrArray *notes, GError **error)
{
  g_autoptr (RwRowReader) reader = rw_row_reader_new (path, error);
  if (reader == NULL)
    return NULL;
  g_autoptr (RwPicture) picture =
      rw_picture_new_like (reader->picture, reader->picture->height, error);

  if (picture == NULL) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  if (!rw_row_reader_read (reader, picture->data, picture->height, error))
    return NULL;
  rw_row_add_notes (notes, reader->notes);
  return g_steal_pointer (&picture);
}

gboolean
rw_row_save (const RwPicture *picture,
             const char *path,
             const RwRowOptions *options,
             GPtrArray *notes,
             GError **error)
{
  RwRowWriter *writer = rw_row_writer_new (path, picture, options, error);

  if (writer == NULL)
    return FALSE;
  if (!rw_row_writer_write (writer, picture->data, picture->height, error)) {
    rw_row_writer_discard (writer);
    return FALSE;
  }
  rw_row_add_notes (notes, writer->notes);
  return rw_row_writer_commit (writer, error);
}
