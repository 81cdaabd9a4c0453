/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * WebP written by libwebp, all of it at once, in the picture's own colours;
 * profile, EXIF and XMP go into the container around it.
 */
#include "base/alloc.h"
#include "io/formats.h"

#include <string.h>
#include <webp/encode.h>
#include <webp/mux.h>

enum {
  PIXEL_BYTES = 4,    /* of the picture that libwebp gets */
  ENCODER_BYTES = 36, /* of libwebp 1.2.4 for a pixel; 32 measured, lossless
                         at 1.5 megapixels */
  WORK_BYTES = 2 << 20
};

typedef struct {
  RwRowWriter base;
  WebPConfig config;
  WebPPicture picture;
  guint32 *argb; /* owned; the picture's */
  GBytes *exif, *xmp;
  int n_done; /* rows */
} Writer;

static void
choose (const RwPicture *like, RwPicture *kind)
{
  kind->depth = 8;
  kind->channels = like->channels % 2 == 0 ? 4 : 3;
  kind->premultiplied = FALSE;
}

static gboolean
accepts (const RwPicture *like, const char *path, GError **error)
{
  if (MAX (like->width, like->height) <= WEBP_MAX_DIMENSION)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: the picture has a side above WebP's %d pixels; save it "
               "as .png",
               path, WEBP_MAX_DIMENSION);
  return FALSE;
}

static gboolean
fail (const Writer *writer, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "%s: WebP could not be made (libwebp's error %d); save it as "
               ".png",
               writer->base.path, (int) writer->picture.error_code);
  return FALSE;
}

/* What a WebP file has no place for. */
static void
note_lost (Writer *writer, const RwPicture *like)
{
  const RwMetadata *more = like->more;
  RwRowWriter *base = &writer->base;

  if (like->density_x > 0 && like->exif == NULL)
    rw_row_writer_note (base, "its resolution");
  if (more == NULL)
    return;
  g_autoptr (GBytes) iptc = rw_metadata_get_iptc (more);
  if (iptc != NULL)
    rw_row_writer_note (base, "its IPTC records");
  if (more->texts != NULL)
    rw_row_writer_note (base, "%s", more->texts);
}

static gboolean
start (RwRowWriter *base,
       const RwPicture *like,
       const RwRowOptions *options,
       GError **error)
{
  Writer *writer = (Writer *) base;
  const gsize n = (gsize) like->width * (gsize) like->height;

  if (!WebPConfigInit (&writer->config) || !WebPPictureInit (&writer->picture))
    return fail (writer, error);
  writer->config.lossless = like->more != NULL && like->more->lossless;
  writer->config.exact = 1; /* colour under alpha 0, too */
  writer->config.quality = (float) CLAMP (options->quality, 1, 100);
  if (writer->config.lossless)
    WebPConfigLosslessPreset (&writer->config, 6);
  writer->config.exact = 1;
  base->bytes = n * (PIXEL_BYTES + ENCODER_BYTES) + WORK_BYTES;
  if (!rw_check_alloc (n, PIXEL_BYTES + ENCODER_BYTES, base->path, error))
    return FALSE;
  writer->argb = rw_try_alloc (n, PIXEL_BYTES, base->path, error);
  if (writer->argb == NULL)
    return FALSE;
  writer->picture.use_argb = 1;
  writer->picture.width = like->width;
  writer->picture.height = like->height;
  writer->picture.argb = writer->argb;
  writer->picture.argb_stride = like->width;
  if (like->exif != NULL)
    writer->exif = g_bytes_ref (like->exif);
  if (like->more != NULL && like->more->xmp != NULL)
    writer->xmp = g_bytes_ref (like->more->xmp);
  note_lost (writer, like);
  return TRUE;
}

static gboolean
write_rows (RwRowWriter *base, const guint8 *rows, int n, GError **error)
{
  Writer *writer = (Writer *) base;
  const gsize n_pixels = (gsize) n * (gsize) base->kind.width;
  const int channels = base->kind.channels;
  guint32 *to =
      writer->argb + (gsize) writer->n_done * (gsize) base->kind.width;

  for (gsize i = 0; i < n_pixels; i++, rows += channels)
    to[i] = (channels == 4 ? (guint32) rows[3] << 24 : 0xff000000u) |
            (guint32) rows[0] << 16 | (guint32) rows[1] << 8 | rows[2];
  writer->n_done += n;
  return TRUE;
}

static gboolean
put_chunk (WebPMux *mux, const char *name, GBytes *bytes)
{
  if (bytes == NULL)
    return TRUE;
  const WebPData data = { g_bytes_get_data (bytes, NULL),
                          g_bytes_get_size (bytes) };
  return WebPMuxSetChunk (mux, name, &data, 1) == WEBP_MUX_OK;
}

/* Only the stream when nothing describes it. */
static gboolean
write_container (Writer *writer,
                 const WebPMemoryWriter *stream,
                 GError **error)
{
  const WebPData picture = { stream->mem, stream->size };
  WebPData file = { 0 };
  RwRowWriter *base = &writer->base;

  if (base->profile == NULL && writer->exif == NULL && writer->xmp == NULL)
    return rw_file_writer_write (base->file, stream->mem, stream->size, error);
  WebPMux *mux = WebPMuxNew ();
  const gboolean made = mux != NULL &&
                        WebPMuxSetImage (mux, &picture, 0) == WEBP_MUX_OK &&
                        put_chunk (mux, "ICCP", base->profile) &&
                        put_chunk (mux, "EXIF", writer->exif) &&
                        put_chunk (mux, "XMP ", writer->xmp) &&
                        WebPMuxAssemble (mux, &file) == WEBP_MUX_OK;
  const gboolean done =
      made ? rw_file_writer_write (base->file, file.bytes, file.size, error)
           : fail (writer, error);
  WebPDataClear (&file);
  WebPMuxDelete (mux);
  return done;
}

static gboolean
finish (RwRowWriter *base, GError **error)
{
  Writer *writer = (Writer *) base;
  WebPMemoryWriter stream;

  WebPMemoryWriterInit (&stream);
  writer->picture.writer = WebPMemoryWrite;
  writer->picture.custom_ptr = &stream;
  const gboolean done = WebPEncode (&writer->config, &writer->picture)
                            ? write_container (writer, &stream, error)
                            : fail (writer, error);
  WebPMemoryWriterClear (&stream);
  return done;
}

static void
clear (RwRowWriter *base)
{
  Writer *writer = (Writer *) base;

  WebPPictureFree (&writer->picture); /* what encoding added; not argb */
  rw_free (writer->argb);
  g_clear_pointer (&writer->exif, g_bytes_unref);
  g_clear_pointer (&writer->xmp, g_bytes_unref);
}

const RwRowWriterClass rw_webp_writer = {
  .size = sizeof (Writer),
  .choose = choose,
  .accepts = accepts,
  .start = start,
  .write = write_rows,
  .finish = finish,
  .clear = clear,
  .needs_rgb = TRUE,
};
