/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * WebP read by libwebp, all of it at once: RGB or RGBA of 8 bits; profile,
 * EXIF and XMP are kept.
 */
#include "base/alloc.h"
#include "io/formats.h"

#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

enum {
  HEAD = 12,            /* RIFF, length, WEBP */
  MAX_FILE = 512 << 20, /* is held; 268 megapixels are the format's most */
  PIXEL_BYTES = 8,      /* of libwebp's own: 4 of a lossless file, and alpha */
  WORK_BYTES = 1 << 20
};

typedef struct {
  RwRowReader base;
  GBytes *file;
  RwPicture *whole;
} Reader;

static gboolean
fail (const Reader *reader, const char *reason, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: WebP could not be read (%s), expected a whole file; get "
               "the picture again",
               reader->base.path, reason);
  return FALSE;
}

/* Whether the container is whole and the file's first bytes are its. */
static gboolean
check_container (const Reader *reader, GError **error)
{
  gsize n;
  const guint8 *p = g_bytes_get_data (reader->file, &n);

  if (n < HEAD || memcmp (p + 8, "WEBP", 4) != 0)
    return fail (reader, "it is another RIFF file", error);
  const guint32 length = p[4] | p[5] << 8 | p[6] << 16 | (guint32) p[7] << 24;
  if ((guint64) length + 8 > n)
    return fail (reader, "it ends too early", error);
  return TRUE;
}

static gboolean
read_header (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;
  RwPicture *picture = base->picture;
  WebPBitstreamFeatures features;
  gsize n;

  reader->file = rw_file_read (base->path, MAX_FILE, error);
  if (reader->file == NULL || !check_container (reader, error))
    return FALSE;
  const guint8 *data = g_bytes_get_data (reader->file, &n);
  if (WebPGetFeatures (data, n, &features) != VP8_STATUS_OK ||
      features.width < 1 || features.height < 1)
    return fail (reader, "its head is damaged", error);
  if (features.has_animation) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: is an animation, expected one picture; take its "
                 "pictures out, with webpmux say, and mend each of them",
                 base->path);
    return FALSE;
  }
  picture->width = features.width;
  picture->height = features.height;
  picture->channels = features.has_alpha ? 4 : 3;
  picture->depth = 8;
  rw_row_reader_get_more (base)->lossless = features.format == 2;
  return TRUE;
}

static gboolean
take_chunk (Reader *reader,
            WebPDemuxer *demuxer,
            const char *name,
            GBytes **bytes,
            GError **error)
{
  WebPChunkIterator chunk;

  if (WebPDemuxGetChunk (demuxer, name, 1, &chunk)) {
    const gboolean room =
        rw_row_reader_claim (&reader->base, name, chunk.chunk.size, error);
    if (room && chunk.chunk.size > 0)
      *bytes = g_bytes_new (chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator (&chunk);
    return room;
  }
  return TRUE;
}

/* Some programs put JPEG's prefix before the block. */
static void
strip_prefix (RwPicture *picture)
{
  gsize n;

  if (picture->exif == NULL)
    return;
  const char *data = g_bytes_get_data (picture->exif, &n);
  if (n > 6 && memcmp (data, "Exif\0\0", 6) == 0) {
    GBytes *rest = g_bytes_new (data + 6, n - 6);
    g_bytes_unref (picture->exif);
    picture->exif = rest;
  }
}

static gboolean
start (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;
  RwPicture *picture = base->picture;
  RwMetadata *more = rw_row_reader_get_more (base);
  const WebPData data = { g_bytes_get_data (reader->file, NULL),
                          g_bytes_get_size (reader->file) };
  WebPDemuxer *demuxer = WebPDemux (&data);

  if (demuxer == NULL)
    return fail (reader, "its container is damaged", error);
  const gboolean room =
      take_chunk (reader, demuxer, "ICCP", &picture->icc, error) &&
      take_chunk (reader, demuxer, "EXIF", &picture->exif, error) &&
      take_chunk (reader, demuxer, "XMP ", &more->xmp, error);
  WebPDemuxDelete (demuxer);
  strip_prefix (picture);
  base->bytes = data.size + WORK_BYTES +
                (rw_picture_get_stride (picture) +
                 PIXEL_BYTES * (gsize) picture->width) *
                    (gsize) picture->height;
  return room;
}

static gboolean
decode (Reader *reader, GError **error)
{
  const RwPicture *kind = reader->base.picture;
  const gsize stride = rw_picture_get_stride (kind);
  WebPDecoderConfig config;
  gsize n;
  const guint8 *data = g_bytes_get_data (reader->file, &n);

  if (!rw_check_alloc ((gsize) kind->width * (gsize) kind->height, PIXEL_BYTES,
                       reader->base.path, error))
    return FALSE;
  reader->whole =
      rw_picture_new (kind->width, kind->height, kind->channels, 8, error);
  if (reader->whole == NULL || !WebPInitDecoderConfig (&config)) {
    g_prefix_error (error, "%s: ", reader->base.path);
    return FALSE;
  }
  config.output.colorspace = kind->channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = reader->whole->data;
  config.output.u.RGBA.stride = (int) stride;
  config.output.u.RGBA.size = stride * (gsize) kind->height;
  const VP8StatusCode status = WebPDecode (data, n, &config);
  WebPFreeDecBuffer (&config.output);
  if (status == VP8_STATUS_OK)
    return TRUE;
  if (status == VP8_STATUS_OUT_OF_MEMORY) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: %d x %d pixels do not fit into memory; make it smaller",
                 reader->base.path, kind->width, kind->height);
    return FALSE;
  }
  return fail (reader, "its pixels are damaged", error);
}

static gboolean
read_rows (RwRowReader *base, guint8 *rows, int n, GError **error)
{
  Reader *reader = (Reader *) base;
  const gsize stride = rw_picture_get_stride (base->picture);

  if (reader->whole == NULL && !decode (reader, error))
    return FALSE;
  memcpy (rows, (guint8 *) reader->whole->data + stride * (gsize) base->n_read,
          stride * (gsize) n);
  return TRUE;
}

static gboolean
finish (RwRowReader *base, GError **error)
{
  const guint8 *p = g_bytes_get_data (((Reader *) base)->file, NULL);
  const guint32 length = p[4] | p[5] << 8 | p[6] << 16 | (guint32) p[7] << 24;

  rw_row_reader_note_rest (base, 8 + (goffset) length);
  return TRUE;
}

static void
clear (RwRowReader *base)
{
  Reader *reader = (Reader *) base;

  g_clear_pointer (&reader->file, g_bytes_unref);
  rw_picture_free (reader->whole);
}

const RwRowReaderClass rw_webp_reader = {
  .magic = "RIFF",
  .n_magic = 4,
  .size = sizeof (Reader),
  .read_header = read_header,
  .start = start,
  .read = read_rows,
  .finish = finish,
  .clear = clear,
};
