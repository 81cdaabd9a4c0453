/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files row by row: which format is written, what it keeps, and rows in the
 * depth and the colours that it has.
 */
#include "base/alloc.h"
#include "io/formats.h"
#include "io/renew.h"
#include "io/rows.h"

#include <string.h>

enum { MAKE_BYTES = 1 << 20 }; /* of rows that are made for a writer */

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
  g_autofree char *endings = g_strjoinv (", ", (char **) rw_row_endings);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its ending names no format that can be written, expected "
               "one of %s; choose one of these",
               path, endings);
  return NULL;
}

void
rw_row_writer_note (RwRowWriter *writer, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  rw_row_keep_note (writer->notes, format, arguments);
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
  RwPicture renewed = *like;
  if (options->before != NULL) {
    renewed.exif = NULL;
    renewed.more = NULL;
    rw_picture_renew (&renewed, options->before, writer->notes);
  }
  choose_kind (writer, &renewed);
  const gboolean good = class->start (writer, &renewed, options, error) &&
                        prepare_making (writer, error);
  if (options->before != NULL) {
    g_clear_pointer (&renewed.exif, g_bytes_unref);
    rw_metadata_unref (renewed.more);
  }
  if (good)
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
