/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PNG written by libpng, with all that belongs to the picture; its pixels are
 * packed by io/png-pack.c.  See io/png-read.c for what libpng's longjmp asks
 * of the code.
 */
#include "io/formats.h"
#include "io/png-chunks.h"
#include "io/png-pack.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

enum { WORK_BYTES = 512 << 10 }; /* of libpng; 20 KiB measured */

typedef struct {
  RwRowWriter base;
  png_structp png;
  png_infop info;
  RwPngPacker *packer;
  GError *error;     /* of ours, when it was not libpng that failed */
  char message[128]; /* libpng's */
} Writer;

static void
on_error (png_structp png, png_const_charp message)
{
  Writer *writer = png_get_error_ptr (png);

  g_strlcpy (writer->message, message, sizeof writer->message);
  png_longjmp (png, 1);
}

static void
on_warning (png_structp png, png_const_charp message)
{
}

static gboolean
fail (Writer *writer, GError **error)
{
  if (writer->error != NULL)
    g_propagate_error (error, g_steal_pointer (&writer->error));
  else
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: PNG could not be written (%s); save it as .jpg",
                 writer->base.path, writer->message);
  return FALSE;
}

static void
on_write (png_structp png, png_bytep data, size_t n)
{
  Writer *writer = png_get_io_ptr (png);

  if (!rw_file_writer_write (writer->base.file, data, n, &writer->error))
    png_error (png, "write error");
}

static void
on_flush (png_structp png)
{
}

static void
put_blocks (Writer *writer, const RwPicture *like)
{
  GBytes *icc = writer->base.profile;
  gsize n;

  if (icc != NULL) {
    const void *data = g_bytes_get_data (icc, &n);
    png_set_iCCP (writer->png, writer->info, "ICC profile", 0, data,
                  (png_uint_32) n);
    if (!png_get_valid (writer->png, writer->info, PNG_INFO_iCCP))
      rw_row_writer_note (&writer->base,
                          "its colour profile, which is not sound");
  }
  if (like->exif != NULL) {
    const void *data = g_bytes_get_data (like->exif, &n);
    png_set_eXIf_1 (writer->png, writer->info, (png_uint_32) n,
                    (png_bytep) data);
  }
}

static void
put_colour (const Writer *writer, const RwPicture *like)
{
  const gboolean is_light = writer->base.from.curves != NULL;
  const int *p = like->primaries;

  if (like->gamma > 0 && !is_light)
    png_set_gAMA_fixed (writer->png, writer->info, like->gamma);
  if (p[1] > 0)
    png_set_cHRM_fixed (writer->png, writer->info, p[0], p[1], p[2], p[3],
                        p[4], p[5], p[6], p[7]);
  if (like->srgb > 0 && like->icc == NULL)
    png_set_sRGB (writer->png, writer->info, like->srgb - 1);
  if (like->density_x > 0 && like->density_y > 0)
    png_set_pHYs (writer->png, writer->info, (png_uint_32) like->density_x,
                  (png_uint_32) like->density_y, PNG_RESOLUTION_METER);
}

static gboolean
write_info (Writer *writer, const RwPicture *like)
{
  const RwPicture *kind = &writer->base.kind;
  static const int types[] = { 0, PNG_COLOR_TYPE_GRAY,
                               PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                               PNG_COLOR_TYPE_RGB_ALPHA };

  if (setjmp (png_jmpbuf (writer->png)))
    return FALSE;
  png_set_write_fn (writer->png, writer, on_write, on_flush);
  /* A profile that libpng finds fault with is left out with a warning. */
  png_set_benign_errors (writer->png, 1);
  png_set_IHDR (writer->png, writer->info, (png_uint_32) like->width,
                (png_uint_32) like->height, kind->depth, types[kind->channels],
                PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  put_blocks (writer, like);
  put_colour (writer, like);
  png_write_info (writer->png, writer->info);
  return TRUE;
}

static gboolean
accepts (const RwPicture *like, const char *path, GError **error)
{
  return TRUE;
}

static void
choose (const RwPicture *like, RwPicture *kind)
{
  kind->depth = MIN (like->depth, 16);
  kind->premultiplied = FALSE;
}

/* All that libpng does not need to know of. */
static gboolean
write_chunk (Writer *writer, const char *name, const guint8 *bytes, gsize n)
{
  if (setjmp (png_jmpbuf (writer->png)))
    return FALSE;
  png_write_chunk (writer->png, (png_const_bytep) name, bytes, n);
  return TRUE;
}

/* In numbers of the new file's kind. */
static gboolean
write_hints (Writer *writer, const RwMetadata *more)
{
  const RwPicture *kind = &writer->base.kind;
  guint8 bytes[6];

  if (more->bits[0] != 0) {
    const gsize n = rw_png_put_bits (more, kind->channels, kind->depth, bytes);
    if (!write_chunk (writer, "sBIT", bytes, n))
      return FALSE;
  }
  if (!more->has_background)
    return TRUE;
  const gsize n =
      writer->base.from.curves == NULL
          ? rw_png_put_background (more, kind->channels, kind->depth, bytes)
          : 0; /* it was in the old colours */
  if (n == 0)
    rw_row_writer_note (&writer->base, "its background colour");
  return n == 0 || write_chunk (writer, "bKGD", bytes, n);
}

/* What libpng does not know or would change. */
static gboolean
write_more (Writer *writer, const RwMetadata *more)
{
  gsize n = 0;
  const guint8 *chunks =
      more->chunks != NULL ? g_bytes_get_data (more->chunks, &n) : NULL;

  if (more->has_cicp && !write_chunk (writer, "cICP", more->cicp, 4))
    return FALSE;
  if (more->xmp != NULL) {
    g_autoptr (GBytes) text = rw_png_make_xmp (more->xmp);
    if (!write_chunk (writer, "iTXt", g_bytes_get_data (text, NULL),
                      g_bytes_get_size (text)))
      return FALSE;
  }
  for (gsize at = 0; at + 8 <= n;) {
    guint32 size;
    memcpy (&size, chunks + at, 4);
    size = GUINT32_FROM_BE (size);
    const char name[5] = { (char) chunks[at + 4], (char) chunks[at + 5],
                           (char) chunks[at + 6], (char) chunks[at + 7] };
    if (!write_chunk (writer, name, chunks + at + 8, size))
      return FALSE;
    at += 8 + size;
  }
  if (!write_hints (writer, more))
    return FALSE;
  g_autoptr (GBytes) iptc = rw_metadata_get_iptc (more);
  if (iptc != NULL)
    rw_row_writer_note (&writer->base, "its IPTC records");
  if (more->texts != NULL && more->chunks == NULL && more->markers != NULL)
    rw_row_writer_note (&writer->base, "%s", more->texts);
  return TRUE;
}

static gboolean
write_pixels (gpointer data, const guint8 *bytes, gsize n, GError **error)
{
  Writer *writer = data;

  return write_chunk (writer, "IDAT", bytes, n) || fail (writer, error);
}

static gboolean
start (RwRowWriter *base,
       const RwPicture *like,
       const RwRowOptions *options,
       GError **error)
{
  Writer *writer = (Writer *) base;

  writer->packer =
      rw_png_packer_new (&base->kind, write_pixels, writer, error);
  if (writer->packer == NULL) {
    g_prefix_error (error, "%s: ", base->path);
    return FALSE;
  }
  base->bytes = WORK_BYTES + rw_png_packer_get_bytes (writer->packer);
  writer->png = png_create_write_struct (PNG_LIBPNG_VER_STRING, writer,
                                         on_error, on_warning);
  if (writer->png != NULL)
    writer->info = png_create_info_struct (writer->png);
  return (writer->info != NULL && write_info (writer, like) &&
          (like->more == NULL || write_more (writer, like->more))) ||
         fail (writer, error);
}

static gboolean
write_some (RwRowWriter *base, const guint8 *rows, int n, GError **error)
{
  return rw_png_packer_add (((Writer *) base)->packer, rows, n, error);
}

static gboolean
finish (RwRowWriter *base, GError **error)
{
  Writer *writer = (Writer *) base;

  return write_chunk (writer, "IEND", NULL, 0) || fail (writer, error);
}

static void
clear (RwRowWriter *base)
{
  Writer *writer = (Writer *) base;

  rw_png_packer_free (writer->packer);
  png_destroy_write_struct (&writer->png, &writer->info);
  g_clear_error (&writer->error);
}

const RwRowWriterClass rw_png_writer = {
  .size = sizeof (Writer),
  .choose = choose,
  .accepts = accepts,
  .start = start,
  .write = write_some,
  .finish = finish,
  .clear = clear,
  .holds_colour = TRUE,
};
