/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files row by row: which format, what is checked for all of them.
 */
#include "io/rows.h"
#include "base/alloc.h"
#include "io/formats.h"

#include <string.h>

enum { MAKE_BYTES = 1 << 20 }; /* of rows that are made for a writer */

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

static void
add_note (GPtrArray *notes, const char *format, va_list arguments)
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
  add_note (reader->notes, format, arguments);
  va_end (arguments);
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

/* ---- writing ----------------------------------------------------------- */

static const RwRowWriterClass *
find_writer (const char *path, GError **error)
{
  g_autofree char *name = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (name, ".png"))
    return &rw_png_writer;
  if (g_str_has_suffix (name, ".jpg") || g_str_has_suffix (name, ".jpeg"))
    return &rw_jpeg_writer;
#ifdef RW_HAVE_TIFF
  if (g_str_has_suffix (name, ".tif") || g_str_has_suffix (name, ".tiff"))
    return &rw_tiff_writer;
#endif
#ifdef RW_HAVE_WEBP
  if (g_str_has_suffix (name, ".webp"))
    return &rw_webp_writer;
#endif
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its ending names no format that can be written, expected "
               ".png, .jpg or .jpeg; choose one of these",
               path);
  return NULL;
}

void
rw_row_writer_note (RwRowWriter *writer, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  add_note (writer->notes, format, arguments);
  va_end (arguments);
}

const GPtrArray *
rw_row_writer_get_notes (const RwRowWriter *writer)
{
  return writer->notes;
}

/* Whether the file can hold the profile: libpng is strict, RGB files cannot
 * have one of grey. */
static gboolean
suits (const RwRowWriterClass *class, GBytes *icc, const RwPicture *kind)
{
  char space[5];

  if (!class->holds_colour && !class->needs_rgb)
    return TRUE;
  return rw_colour_get_space (icc, space) &&
         strcmp (space, kind->channels < 3 ? "GRAY" : "RGB ") == 0;
}

/* Takes the picture's own profile along.  FALSE: its values have to be coded
 * by the sRGB curve, as there is no room for it. */
static gboolean
choose_profile (RwRowWriter *writer, const RwPicture *like)
{
  if (suits (writer->class, like->icc, &writer->kind)) {
    writer->profile = g_bytes_ref (like->icc);
    return TRUE;
  }
  rw_row_writer_note (writer, like->curves != NULL
                                  ? "its colour profile, which does not go "
                                    "with its channels: values became sRGB"
                                  : "its colour profile, which does not go "
                                    "with its channels");
  return FALSE;
}

/* Makes a profile of what the picture says without one.  FALSE: as above. */
static gboolean
make_profile (RwRowWriter *writer, const RwPicture *like)
{
  RwColourSays says = rw_picture_get_colour (like);

  /* floats without a word are light, integers sRGB */
  if (like->depth == 32 && like->gamma == 0 && writer->kind.depth < 32)
    return FALSE;
  if (writer->class->holds_colour || !rw_colour_says_more (&says))
    return TRUE;
  says.grey = writer->kind.channels < 3;
  writer->profile = rw_colour_make_profile (&says);
  if (writer->profile == NULL)
    rw_row_writer_note (writer, says.cicp != NULL
                                    ? "cICP, which says how its colours are "
                                      "coded"
                                    : "its primaries and gamma: values "
                                      "became sRGB");
  return writer->profile != NULL;
}

static void
choose_colour (RwRowWriter *writer, const RwPicture *like)
{
  const gboolean keeps = like->icc != NULL ? choose_profile (writer, like)
                                           : make_profile (writer, like);

  if (like->icc != NULL && like->more != NULL && like->more->has_cicp &&
      !writer->class->holds_colour)
    rw_row_writer_note (writer, "cICP, which says how its colours are coded");
  if (!keeps)
    writer->from.curves = rw_curves_ref (like->curves);
}

static void
choose_kind (RwRowWriter *writer, const RwPicture *like)
{
  RwPicture *kind = &writer->kind, *from = &writer->from;

  *from = (RwPicture){ .width = like->width,
                       .height = like->height,
                       .channels = like->channels,
                       .depth = like->depth,
                       .premultiplied = like->premultiplied };
  *kind = *from;
  if (writer->class->choose != NULL)
    writer->class->choose (like, kind);
  choose_colour (writer, like);
  if (from->depth == 32 && kind->depth < 32)
    rw_row_writer_note (writer,
                        "floating point: samples became integers of "
                        "%d bits, what is below 0 or above 1 is cut",
                        kind->depth);
  else if (from->depth > kind->depth)
    rw_row_writer_note (writer, "%d bits a sample, which became %d",
                        from->depth, kind->depth);
}

static gboolean
needs_making (const RwRowWriter *writer)
{
  const RwPicture *from = &writer->from, *kind = &writer->kind;

  return from->depth != kind->depth || from->channels != kind->channels ||
         from->premultiplied != kind->premultiplied || from->curves != NULL;
}

/* Rows are made a few at once. */
static gboolean
prepare_making (RwRowWriter *writer, GError **error)
{
  const RwPicture *kind = &writer->kind;

  if (!needs_making (writer))
    return TRUE;
  const gsize row =
      rw_picture_get_stride (kind) + 4 * sizeof (float) * (gsize) kind->width;
  const int n = (int) CLAMP (MAKE_BYTES / row, 1, (gsize) kind->height);

  writer->made =
      rw_picture_new (kind->width, n, kind->channels, kind->depth, error);
  if (writer->made == NULL)
    return FALSE;
  writer->made->premultiplied = kind->premultiplied;
  writer->rgba = rw_try_alloc ((gsize) n * (gsize) kind->width,
                               4 * sizeof (float), writer->path, error);
  return writer->rgba != NULL;
}

static void
free_writer (RwRowWriter *writer)
{
  writer->class->clear (writer);
  rw_picture_free (writer->made);
  rw_free (writer->rgba);
  rw_curves_unref (writer->from.curves);
  g_clear_pointer (&writer->profile, g_bytes_unref);
  g_ptr_array_unref (writer->notes);
  g_free (writer->path);
  g_free (writer);
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
  writer->notes = g_ptr_array_new_with_free_func (g_free);
  choose_kind (writer, like);
  if (class->start (writer, like, options, error) &&
      prepare_making (writer, error))
    return writer;
  rw_row_writer_discard (writer);
  return NULL;
}

gsize
rw_row_writer_get_bytes (const RwRowWriter *writer)
{
  const RwPicture *made = writer->made;

  return writer->bytes +
         (made == NULL ? 0
                       : (gsize) made->height *
                             (rw_picture_get_stride (made) +
                              4 * sizeof (float) * (gsize) made->width));
}

gboolean
rw_row_writer_needs_check (const RwRowWriter *writer)
{
  return writer->class->opaque && writer->from.channels % 2 == 0;
}

gboolean
rw_row_writer_check (const RwRowWriter *writer,
                     const void *rows,
                     int n,
                     GError **error)
{
  RwPicture part = writer->from;

  part.data = (void *) rows;
  part.height = n;
  if (!rw_row_writer_needs_check (writer) || rw_picture_is_opaque (&part))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: the picture has transparent pixels, this format has "
               "none; save it as .png",
               writer->path);
  return FALSE;
}

static gboolean
write_made (RwRowWriter *writer, const void *rows, int n, GError **error)
{
  const gsize stride = rw_picture_get_stride (&writer->from);
  RwPicture from = writer->from;

  for (int y = 0; y < n; y += writer->made->height) {
    const int part = MIN (writer->made->height, n - y);
    const RwRect rect = { 0, 0, from.width, part };
    from.data = (guint8 *) rows + stride * (gsize) y;
    from.height = part;
    rw_picture_get_rgba (&from, &rect, writer->rgba);
    rw_picture_set_rgba (writer->made, &rect, writer->rgba,
                         4 * (gsize) from.width);
    if (!writer->class->write (writer, writer->made->data, part, error))
      return FALSE;
  }
  return TRUE;
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
  if (!rw_row_writer_check (writer, rows, n, error))
    return FALSE;
  return writer->made != NULL ? write_made (writer, rows, n, error)
                              : writer->class->write (writer, rows, n, error);
}

gboolean
rw_row_writer_commit (RwRowWriter *writer, GError **error)
{
  g_return_val_if_fail (writer->n_written == writer->kind.height, FALSE);

  if (!writer->class->finish (writer, error)) {
    rw_row_writer_discard (writer);
    return FALSE;
  }
  RwFileWriter *file = writer->file;
  free_writer (writer); /* may still look at the file */
  return rw_file_writer_commit (file, error);
}

void
rw_row_writer_discard (RwRowWriter *writer)
{
  if (writer == NULL)
    return;
  RwFileWriter *file = writer->file;
  free_writer (writer); /* may still look at the file */
  rw_file_writer_discard (file);
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
