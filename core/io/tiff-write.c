/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * TIFF written by libtiff, row by row in strips, as much as may be like the
 * TIFF that the picture came from.
 *
 *   [head][EXIF directory][GPS directory][strips][main directory]
 */
#include "base/alloc.h"
#include "io/exif.h"
#include "io/formats.h"
#include "io/tiff-private.h"

#include <errno.h>
#include <string.h>

enum { STRIP_BYTES = 256 << 10, WORK_BYTES = 2 << 20 };

/* Above this, offsets of 32 bits may not do: compression can add some. */
#define CLASSIC_BYTES ((gsize) 4000 << 20)

typedef struct {
  RwRowWriter base;
  RwTiffFile file;
  TIFF *tiff;
  RwTiffKind like;
  guint8 *line; /* a row for libtiff, which may change it */
  int n_done;   /* rows */
} Writer;

static gboolean
fail (const Writer *writer, GError **error)
{
  const char *reason = writer->file.code != 0 ? g_strerror (writer->file.code)
                                              : writer->file.message;

  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: could not be written (%s), what was there before is "
               "untouched; make room and try again",
               writer->base.path, reason);
  return FALSE;
}

/* ---- tags -------------------------------------------------------------- */

static double
get_rational (const RwExifEntry *entry, gsize i)
{
  guint32 pair[2];
  gint32 numbers[2];

  memcpy (pair, entry->data + 8 * i, 8);
  memcpy (numbers, pair, 8);
  if (pair[1] == 0)
    return 0;
  return entry->type == 10 ? (double) numbers[0] / numbers[1]
                           : (double) pair[0] / pair[1];
}

/* A tag that libtiff does not know, as it stands. */
static void
put_unknown (Writer *writer, const RwExifEntry *entry)
{
  static char name[] = "copied";
  const TIFFFieldInfo info = { entry->tag,
                               TIFF_VARIABLE2,
                               TIFF_VARIABLE2,
                               (TIFFDataType) entry->type,
                               FIELD_CUSTOM,
                               1,
                               1,
                               name };

  if (entry->type == TIFF_IFD || entry->type == TIFF_IFD8 ||
      TIFFMergeFieldInfo (writer->tiff, &info, 1) != 0)
    return;
  if (entry->type != TIFF_RATIONAL && entry->type != TIFF_SRATIONAL) {
    TIFFSetField (writer->tiff, entry->tag, (guint32) entry->count,
                  entry->data);
    return;
  }
  g_autofree float *values = g_new (float, entry->count);
  for (gsize i = 0; i < entry->count; i++)
    values[i] = (float) get_rational (entry, i);
  TIFFSetField (writer->tiff, entry->tag, (guint32) entry->count, values);
}

static void
put_known (Writer *writer, const RwExifEntry *entry, const TIFFField *field)
{
  const TIFFDataType type = TIFFFieldDataType (field);
  guint16 number16;
  guint32 number32;

  if (type == TIFF_ASCII && entry->type == TIFF_ASCII &&
      !TIFFFieldPassCount (field))
    TIFFSetField (writer->tiff, entry->tag, (const char *) entry->data);
  else if (TIFFFieldPassCount (field) && (int) type == entry->type &&
           type != TIFF_RATIONAL && type != TIFF_SRATIONAL) {
    if (TIFFFieldWriteCount (field) == TIFF_VARIABLE2)
      TIFFSetField (writer->tiff, entry->tag, (guint32) entry->count,
                    entry->data);
    else if (entry->count <= G_MAXUINT16)
      TIFFSetField (writer->tiff, entry->tag, (int) entry->count, entry->data);
  } else if (TIFFFieldPassCount (field) || entry->count != 1)
    return;
  else if (type == TIFF_RATIONAL && entry->type == TIFF_RATIONAL)
    TIFFSetField (writer->tiff, entry->tag, get_rational (entry, 0));
  else if (type == TIFF_SHORT && entry->type == TIFF_SHORT) {
    memcpy (&number16, entry->data, 2);
    TIFFSetField (writer->tiff, entry->tag, (int) number16);
  } else if (type == TIFF_LONG && entry->type == TIFF_LONG) {
    memcpy (&number32, entry->data, 4);
    TIFFSetField (writer->tiff, entry->tag, number32);
  }
}

/* Writes a directory at the end of the file and lets @tag point to it. */
static gboolean
put_directory (Writer *writer,
               int tag,
               GPtrArray *directory,
               GPtrArray *interop)
{
  FILE *stream = writer->file.stream;

  if (directory == NULL || directory->len == 0)
    return TRUE;
  if (fseeko (stream, 0, SEEK_END) != 0)
    return FALSE;
  guint64 offset = (guint64) ftello (stream);
  if (offset % 2 != 0 && fputc (0, stream) != EOF)
    offset++;
  g_autoptr (GBytes) bytes = rw_exif_write_directory (
      directory, interop, writer->like.big_endian, writer->like.big, offset);
  const gsize n = g_bytes_get_size (bytes);
  if (fwrite (g_bytes_get_data (bytes, NULL), 1, n, stream) != n) {
    writer->file.code = errno;
    return FALSE;
  }
  return TIFFSetField (writer->tiff, (guint32) tag, offset) == 1;
}

static gboolean
put_exif (Writer *writer, GBytes *block)
{
  g_autoptr (RwExif) exif = block == NULL ? NULL : rw_exif_parse (block);

  if (block != NULL && exif == NULL)
    rw_row_writer_note (&writer->base, "its EXIF block, which is damaged");
  if (exif == NULL)
    return TRUE;
  TIFFSetField (writer->tiff, TIFFTAG_ORIENTATION,
                rw_exif_get_orientation (exif));
  for (guint i = 0; exif->main != NULL && i < exif->main->len; i++) {
    const RwExifEntry *entry = g_ptr_array_index (exif->main, i);
    if (entry->tag == RW_EXIF_ORIENTATION ||
        rw_tiff_is_structural (entry->tag))
      continue;
    const TIFFField *field =
        TIFFFindField (writer->tiff, entry->tag, TIFF_ANY);
    if (field != NULL)
      put_known (writer, entry, field);
    else
      put_unknown (writer, entry);
  }
  return put_directory (writer, RW_EXIF_EXIF, exif->exif, exif->interop) &&
         put_directory (writer, RW_EXIF_GPS, exif->gps, NULL);
}

static void
put_bytes (Writer *writer, int tag, GBytes *bytes)
{
  gsize n;

  if (bytes == NULL)
    return;
  const void *data = g_bytes_get_data (bytes, &n);
  TIFFSetField (writer->tiff, (guint32) tag, (guint32) n, data);
}

/* libtiff has it as numbers of 32 bits, which it may swap. */
static void
put_iptc (Writer *writer, GBytes *bytes)
{
  const TIFFField *field =
      TIFFFindField (writer->tiff, TIFFTAG_RICHTIFFIPTC, TIFF_ANY);
  gsize n;

  if (bytes == NULL || field == NULL)
    return;
  if (TIFFFieldDataType (field) != TIFF_LONG) {
    put_bytes (writer, TIFFTAG_RICHTIFFIPTC, bytes);
    return;
  }
  const void *data = g_bytes_get_data (bytes, &n);
  const gsize n_longs = (n + 3) / 4;
  g_autofree guint32 *longs = g_new0 (guint32, n_longs);
  memcpy (longs, data, n);
  if (TIFFIsByteSwapped (writer->tiff))
    TIFFSwabArrayOfLong (longs, (tmsize_t) n_longs);
  TIFFSetField (writer->tiff, TIFFTAG_RICHTIFFIPTC, (guint32) n_longs, longs);
}

static void
put_density (Writer *writer, const RwPicture *like)
{
  const RwTiffKind *kind = &writer->like;

  if (kind->x_resolution > 0 && kind->y_resolution > 0) {
    TIFFSetField (writer->tiff, TIFFTAG_XRESOLUTION, kind->x_resolution);
    TIFFSetField (writer->tiff, TIFFTAG_YRESOLUTION, kind->y_resolution);
    TIFFSetField (writer->tiff, TIFFTAG_RESOLUTIONUNIT, kind->unit);
  } else if (like->density_x > 0 && like->density_y > 0) {
    TIFFSetField (writer->tiff, TIFFTAG_XRESOLUTION, like->density_x / 100.0);
    TIFFSetField (writer->tiff, TIFFTAG_YRESOLUTION, like->density_y / 100.0);
    TIFFSetField (writer->tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER);
  }
}

static gboolean
put_metadata (Writer *writer, const RwPicture *like)
{
  const RwMetadata *more = like->more;

  put_density (writer, like);
  put_bytes (writer, TIFFTAG_ICCPROFILE, writer->base.profile);
  if (more != NULL) {
    g_autoptr (GBytes) iptc = rw_metadata_get_iptc (more);
    put_bytes (writer, TIFFTAG_XMLPACKET, more->xmp);
    put_bytes (writer, TIFFTAG_PHOTOSHOP, more->photoshop);
    put_iptc (writer, iptc);
    if (more->texts != NULL)
      rw_row_writer_note (&writer->base, "%s", more->texts);
  }
  return put_exif (writer, like->exif);
}

/* ---- pixels ------------------------------------------------------------ */

/* What is lossy or only for one bit becomes Deflate. */
static int
choose_compression (Writer *writer)
{
  const int was = writer->like.compression;
  const char *name = was == COMPRESSION_JPEG ? "JPEG" : "its";

  switch (was) {
  case 0:
    return COMPRESSION_NONE;
  case COMPRESSION_NONE:
  case COMPRESSION_PACKBITS:
  case COMPRESSION_LZW:
  case COMPRESSION_DEFLATE:
  case COMPRESSION_ADOBE_DEFLATE:
  case COMPRESSION_ZSTD:
  case COMPRESSION_LZMA:
    if (TIFFIsCODECConfigured ((guint16) was))
      return was;
    break;
  default:
    break;
  }
  rw_row_writer_note (&writer->base, "%s compression, which became Deflate",
                      name);
  return COMPRESSION_ADOBE_DEFLATE;
}

static void
put_kind (Writer *writer)
{
  const RwPicture *kind = &writer->base.kind;
  const RwTiffKind *like = &writer->like;
  TIFF *tiff = writer->tiff;
  const gboolean real = kind->depth == 32;
  const int compression = choose_compression (writer);
  const gsize stride = rw_picture_get_stride (kind);

  TIFFSetField (tiff, TIFFTAG_IMAGEWIDTH, kind->width);
  TIFFSetField (tiff, TIFFTAG_IMAGELENGTH, kind->height);
  TIFFSetField (tiff, TIFFTAG_SAMPLESPERPIXEL, kind->channels);
  TIFFSetField (tiff, TIFFTAG_BITSPERSAMPLE,
                real && like->half ? 16 : kind->depth);
  TIFFSetField (tiff, TIFFTAG_SAMPLEFORMAT,
                real ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  TIFFSetField (tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField (tiff, TIFFTAG_PHOTOMETRIC,
                kind->channels >= 3  ? PHOTOMETRIC_RGB
                : like->min_is_white ? PHOTOMETRIC_MINISWHITE
                                     : PHOTOMETRIC_MINISBLACK);
  TIFFSetField (tiff, TIFFTAG_COMPRESSION, compression);
  if (like->predictor > 1 &&
      (compression == COMPRESSION_LZW || compression == COMPRESSION_DEFLATE ||
       compression == COMPRESSION_ADOBE_DEFLATE))
    TIFFSetField (tiff, TIFFTAG_PREDICTOR,
                  like->predictor == PREDICTOR_FLOATINGPOINT && !real
                      ? PREDICTOR_HORIZONTAL
                      : like->predictor);
  if (kind->channels % 2 == 0) {
    const guint16 alpha = kind->premultiplied ? EXTRASAMPLE_ASSOCALPHA
                          : like->is_tiff && like->alpha == 0
                              ? EXTRASAMPLE_UNSPECIFIED
                              : EXTRASAMPLE_UNASSALPHA;
    TIFFSetField (tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
  }
  TIFFSetField (
      tiff, TIFFTAG_ROWSPERSTRIP,
      (guint32) CLAMP (STRIP_BYTES / stride, 1, (gsize) kind->height));
  if (like->tiled)
    rw_row_writer_note (&writer->base, "its tiles, which became strips");
  if (like->planar)
    rw_row_writer_note (&writer->base,
                        "its separate planes, which became pixels");
}

static gboolean
accepts (const RwPicture *like, const char *path, GError **error)
{
  return TRUE;
}

static gboolean
start (RwRowWriter *base,
       const RwPicture *like,
       const RwRowOptions *options,
       GError **error)
{
  Writer *writer = (Writer *) base;
  const gsize stride = rw_picture_get_stride (&base->kind);

  if (like->more != NULL)
    writer->like = like->more->tiff;
  if (stride * (gsize) like->height > CLASSIC_BYTES)
    writer->like.big = TRUE;
  const char mode[] = { 'w', writer->like.big_endian ? 'b' : 'l',
                        writer->like.big ? '8' : '\0', '\0' };
  writer->file =
      (RwTiffFile){ .stream = rw_file_writer_get_stream (base->file) };
  writer->line = rw_try_alloc (stride, 1, base->path, error);
  if (writer->line == NULL)
    return FALSE;
  writer->tiff = rw_tiff_open (&writer->file, base->path, mode);
  if (writer->tiff == NULL)
    return fail (writer, error);
  base->bytes = WORK_BYTES + 3 * stride;
  put_kind (writer);
  return put_metadata (writer, like) || fail (writer, error);
}

static void
convert_row (const Writer *writer, const guint8 *row)
{
  const RwPicture *kind = &writer->base.kind;
  const gsize stride = rw_picture_get_stride (kind);
  const int n = kind->width * kind->channels, step = kind->channels;
  guint8 *line8 = writer->line;
  guint16 *line16 = (guint16 *) writer->line;
  float *line32 = (float *) writer->line;

  memcpy (writer->line, row, stride);
  if (writer->like.min_is_white && step < 3)
    for (int i = 0; i < n; i += step) {
      if (kind->depth == 8)
        line8[i] = 255 - line8[i];
      else if (kind->depth == 16)
        line16[i] = 65535 - line16[i];
      else
        line32[i] = 1 - line32[i];
    }
  if (writer->like.half && kind->depth == 32)
    for (int i = 0; i < n; i++) {
      float value;
      memcpy (&value, writer->line + 4 * (gsize) i, sizeof value);
      const guint16 half = rw_tiff_to_half (value);
      memcpy (writer->line + 2 * (gsize) i, &half, sizeof half);
    }
}

static gboolean
write_rows (RwRowWriter *base, const guint8 *rows, int n, GError **error)
{
  Writer *writer = (Writer *) base;
  const gsize stride = rw_picture_get_stride (&base->kind);

  for (int y = 0; y < n; y++) {
    convert_row (writer, rows + stride * (gsize) y);
    if (TIFFWriteScanline (writer->tiff, writer->line,
                           (guint32) writer->n_done, 0) != 1)
      return fail (writer, error);
    writer->n_done++;
  }
  return TRUE;
}

static gboolean
finish (RwRowWriter *base, GError **error)
{
  Writer *writer = (Writer *) base;

  return (TIFFFlushData (writer->tiff) == 1 &&
          TIFFWriteDirectory (writer->tiff) == 1 && writer->file.code == 0) ||
         fail (writer, error);
}

/* Without a last try to write. */
static void
clear (RwRowWriter *base)
{
  Writer *writer = (Writer *) base;

  if (writer->tiff != NULL)
    TIFFCleanup (writer->tiff);
  rw_free (writer->line);
}

const RwRowWriterClass rw_tiff_writer = {
  .size = sizeof (Writer),
  .accepts = accepts,
  .start = start,
  .write = write_rows,
  .finish = finish,
  .clear = clear,
};
