/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * TIFF read by libtiff: grey, RGB and palette, of integers of 1 to 16 bits and
 * floats of 16 and 32, in strips or tiles.
 *
 *   strips:           one row after the other
 *   tiles, or planes  a band of rows at once, as high as a tile or a strip
 *   of their own:
 */
#include "base/alloc.h"
#include "io/exif.h"
#include "io/formats.h"
#include "io/tiff-private.h"

#include <string.h>

enum {
  MAX_PAGES = 1000,
  WORK_BYTES = 512 << 10,
  XMP = 700,
  IPTC = 33723,
  PHOTOSHOP = 34377,
  ICC = 34675,
  LAYERS = 37724,
};

typedef struct {
  RwRowReader base;
  RwTiffFile file;
  TIFF *tiff;
  guint16 samples, bits, format, photometric, planes, compression;
  guint16 *map[3];      /* of a palette; libtiff's */
  gboolean is_wide_map; /* has 16 bits */
  gboolean min_is_white;
  guint64 first;                   /* offset of the first directory */
  guint32 tile_width, band_height; /* 0: read row by row */
  gsize line_bytes;                /* of a row as libtiff gives it */
  guint8 *line, *band, *piece;     /* a row; a band; a tile or strip */
  gsize piece_bytes;
  int band_first, band_rows; /* rows that are in band */
} Reader;

static gboolean
fail (const Reader *reader, GError **error)
{
  const char *reason = reader->file.message;
  g_autofree char *told =
      g_utf8_make_valid (reason[0] ? reason : "it ends too early", -1);

  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: TIFF could not be read (%s), expected a whole file; get "
               "the picture again",
               reader->base.path, told);
  return FALSE;
}

static gboolean
refuse (const Reader *reader,
        GError **error,
        const char *found,
        const char *expected)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is a TIFF %s, expected %s; convert it first",
               reader->base.path, found, expected);
  return FALSE;
}

/* ---- header ------------------------------------------------------------ */

static const char *
name_photometric (int photometric)
{
  switch (photometric) {
  case PHOTOMETRIC_SEPARATED:
    return "in CMYK";
  case PHOTOMETRIC_CIELAB:
  case PHOTOMETRIC_ICCLAB:
  case PHOTOMETRIC_ITULAB:
    return "in Lab";
  case PHOTOMETRIC_YCBCR:
    return "in YCbCr";
  case PHOTOMETRIC_CFA:
    return "of raw sensor values";
  default:
    return "of another colour space";
  }
}

/* Several pages are several pictures; smaller copies are none of their own. */
static gboolean
check_pages (Reader *reader, GError **error)
{
  int n_pages = 0, n_copies = 0, n = 0;

  reader->first = TIFFCurrentDirOffset (reader->tiff);
  do {
    guint32 kind = 0;
    TIFFGetFieldDefaulted (reader->tiff, TIFFTAG_SUBFILETYPE, &kind);
    if (n > 0 && (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0)
      n_copies++;
    else
      n_pages++;
  } while (++n < MAX_PAGES && TIFFReadDirectory (reader->tiff));
  reader->file.message[0] = '\0';
  if (n_pages > 1) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: has %d%s pages, expected one; split it, with tiffsplit "
                 "say, and mend each of them",
                 reader->base.path, n_pages, n == MAX_PAGES ? " or more" : "");
    return FALSE;
  }
  if (n_copies > 0)
    rw_row_reader_note (&reader->base, "the smaller copies of it in the file");
  return n == 1 || TIFFSetDirectory (reader->tiff, 0) || fail (reader, error);
}

static gboolean
check_samples (Reader *reader, GError **error)
{
  const gboolean real = reader->format == SAMPLEFORMAT_IEEEFP;
  const int bits = reader->bits;
  g_autofree char *found = NULL;

  if (reader->format == SAMPLEFORMAT_VOID)
    reader->format = SAMPLEFORMAT_UINT;
  if (real ? bits == 16 || bits == 32
           : reader->format == SAMPLEFORMAT_UINT &&
                 (bits == 8 || bits == 16 ||
                  ((bits == 1 || bits == 2 || bits == 4) &&
                   reader->samples == 1)))
    return TRUE;
  found = g_strdup_printf ("of %d bit %s samples", bits,
                           real                                  ? "float"
                           : reader->format == SAMPLEFORMAT_INT  ? "signed"
                           : reader->format != SAMPLEFORMAT_UINT ? "complex"
                                                                 : "integer");
  return refuse (reader, error, found, "8 or 16 bits, or floats of 16 or 32");
}

static gboolean
check_colour (Reader *reader, GError **error)
{
  const int photometric = reader->photometric;

  if (photometric == PHOTOMETRIC_YCBCR &&
      reader->compression == COMPRESSION_JPEG) {
    TIFFSetField (reader->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    reader->photometric = PHOTOMETRIC_RGB;
    return TRUE;
  }
  if (photometric != PHOTOMETRIC_RGB &&
      photometric != PHOTOMETRIC_MINISBLACK &&
      photometric != PHOTOMETRIC_MINISWHITE &&
      photometric != PHOTOMETRIC_PALETTE)
    return refuse (reader, error, name_photometric (photometric),
                   "grey or RGB");
  reader->min_is_white = photometric == PHOTOMETRIC_MINISWHITE;
  if (photometric != PHOTOMETRIC_PALETTE)
    return TRUE;
  if (reader->samples != 1 || reader->bits > 8 ||
      reader->format != SAMPLEFORMAT_UINT ||
      !TIFFGetField (reader->tiff, TIFFTAG_COLORMAP, &reader->map[0],
                     &reader->map[1], &reader->map[2]))
    return refuse (reader, error, "with a strange palette",
                   "one of up to 256 colours");
  for (int i = 0; i < 1 << reader->bits; i++)
    for (int c = 0; c < 3; c++) {
      const int value = reader->map[c][i];
      if (value % 257 != 0 && value % 256 != 0)
        reader->is_wide_map = TRUE;
    }
  return TRUE;
}

/* Alpha is the only channel beside colours. */
static gboolean
check_channels (Reader *reader, GError **error)
{
  RwPicture *picture = reader->base.picture;
  RwTiffKind *kind = &rw_row_reader_get_more (&reader->base)->tiff;
  const int colours = reader->photometric == PHOTOMETRIC_RGB ? 3 : 1;
  const int extra = reader->samples - colours;
  guint16 n = 0, *kinds = NULL;

  if (extra != 0 && extra != 1) {
    g_autofree char *found =
        g_strdup_printf ("of %d channels", reader->samples);
    return refuse (reader, error, found, "grey or RGB, and alpha at most");
  }
  TIFFGetFieldDefaulted (reader->tiff, TIFFTAG_EXTRASAMPLES, &n, &kinds);
  kind->alpha = n > 0 ? kinds[0] : EXTRASAMPLE_UNSPECIFIED;
  picture->premultiplied = extra == 1 && kind->alpha == EXTRASAMPLE_ASSOCALPHA;
  if (picture->premultiplied && reader->min_is_white)
    return refuse (reader, error, "where 0 is white, with alpha",
                   "one where 0 is black");
  picture->channels =
      (reader->photometric == PHOTOMETRIC_PALETTE ? 3 : colours) + extra;
  picture->depth = reader->format == SAMPLEFORMAT_IEEEFP ? 32
                   : reader->photometric == PHOTOMETRIC_PALETTE
                       ? (reader->is_wide_map ? 16 : 8)
                       : MAX (reader->bits, 8);
  return TRUE;
}

static void
keep_kind (Reader *reader)
{
  RwTiffKind *kind = &rw_row_reader_get_more (&reader->base)->tiff;
  guint16 predictor = 0;

  kind->is_tiff = TRUE;
  kind->big_endian = TIFFIsBigEndian (reader->tiff) != 0;
  kind->big = reader->base.class->magic[2] == '+' ||
              reader->base.class->magic[3] == '+';
  kind->min_is_white = reader->min_is_white;
  kind->half = reader->format == SAMPLEFORMAT_IEEEFP && reader->bits == 16;
  kind->bits = reader->bits;
  kind->compression = reader->compression;
  if (TIFFGetField (reader->tiff, TIFFTAG_PREDICTOR, &predictor))
    kind->predictor = predictor;
}

/* How many bytes of samples may come from one of the file, at most. */
static double
get_ratio (int compression)
{
  switch (compression) {
  case COMPRESSION_NONE:
    return 1;
  case COMPRESSION_PACKBITS:
    return 64;
  case COMPRESSION_LZW:
    return 4096;
  case COMPRESSION_DEFLATE:
  case COMPRESSION_ADOBE_DEFLATE:
    return 1032;
  default:
    return 65536;
  }
}

static gboolean
read_header (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;
  guint32 width = 0, height = 0;

  reader->file = (RwTiffFile){ .stream = base->stream, .reads = TRUE };
  reader->tiff = rw_tiff_open (&reader->file, base->path, "rm");
  if (reader->tiff == NULL)
    return fail (reader, error);
  if (!check_pages (reader, error))
    return FALSE;
  TIFF *tiff = reader->tiff;
  TIFFGetField (tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField (tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLESPERPIXEL, &reader->samples);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_BITSPERSAMPLE, &reader->bits);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_SAMPLEFORMAT, &reader->format);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_PLANARCONFIG, &reader->planes);
  TIFFGetFieldDefaulted (tiff, TIFFTAG_COMPRESSION, &reader->compression);
  if (!TIFFGetField (tiff, TIFFTAG_PHOTOMETRIC, &reader->photometric))
    reader->photometric =
        reader->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  if (width < 1 || height < 1 || width > G_MAXINT || height > G_MAXINT)
    return refuse (reader, error, "without pixels", "some");
  if (!TIFFIsCODECConfigured (reader->compression)) {
    g_autofree char *found =
        g_strdup_printf ("of compression %d", reader->compression);
    return refuse (reader, error, found, "LZW, Deflate or none");
  }
  if (!check_samples (reader, error) || !check_colour (reader, error) ||
      !check_channels (reader, error))
    return FALSE;
  keep_kind (reader);
  base->picture->width = (int) width;
  base->picture->height = (int) height;
  base->row_bytes = (double) width * reader->samples * reader->bits / 8 /
                    get_ratio (reader->compression);
  return TRUE;
}

/* ---- what belongs to the picture --------------------------------------- */

static gboolean
read_at (gpointer data, guint64 offset, void *bytes, gsize n)
{
  FILE *stream = data;

  return fseeko (stream, (off_t) offset, SEEK_SET) == 0 &&
         fread (bytes, 1, n, stream) == n;
}

/* The pixels' tags and the layers, which would be those of the old picture. */
static gboolean
skips (int tag)
{
  return rw_tiff_is_structural (tag) && tag != XMP && tag != IPTC &&
         tag != PHOTOSHOP && tag != ICC && tag != RW_EXIF_EXIF &&
         tag != RW_EXIF_GPS;
}

/* Orientation is added again where it says something. */
static gboolean
is_not_for_exif (int tag)
{
  return rw_tiff_is_structural (tag) || tag == RW_EXIF_ORIENTATION;
}

static GBytes *
take (RwExif *exif, int tag, gboolean big_endian)
{
  const RwExifEntry *entry = rw_exif_find (exif->main, tag);

  return entry != NULL ? rw_exif_get_bytes (entry, big_endian) : NULL;
}

static void
keep_density (const Reader *reader)
{
  RwPicture *picture = reader->base.picture;
  RwTiffKind *kind = &picture->more->tiff;
  float x = 0, y = 0;
  guint16 unit = RESUNIT_INCH;

  if (!TIFFGetField (reader->tiff, TIFFTAG_XRESOLUTION, &x) ||
      !TIFFGetField (reader->tiff, TIFFTAG_YRESOLUTION, &y))
    return;
  TIFFGetFieldDefaulted (reader->tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
  kind->x_resolution = x;
  kind->y_resolution = y;
  kind->unit = unit;
  const double per_metre = unit == RESUNIT_INCH         ? 1 / 0.0254
                           : unit == RESUNIT_CENTIMETER ? 100
                                                        : 0;
  if (x > 0 && x < 1e6f && y > 0 && y < 1e6f) {
    picture->density_x = (int) (x * per_metre + 0.5);
    picture->density_y = (int) (y * per_metre + 0.5);
  }
}

static void
keep_primaries (const Reader *reader)
{
  int *p = reader->base.picture->primaries;
  float *white = NULL, *rgb = NULL;

  if (reader->base.picture->icc != NULL ||
      !TIFFGetField (reader->tiff, TIFFTAG_WHITEPOINT, &white) ||
      !TIFFGetField (reader->tiff, TIFFTAG_PRIMARYCHROMATICITIES, &rgb))
    return;
  for (int i = 0; i < 8; i++) {
    const float value = i < 2 ? white[i] : rgb[i - 2];
    if (!(value > 0 && value < 2)) {
      memset (p, 0, 8 * sizeof *p);
      return;
    }
    p[i] = (int) (value * 1e5f + 0.5f);
  }
}

static void
keep_metadata (Reader *reader)
{
  RwMetadata *more = rw_row_reader_get_more (&reader->base);
  const RwTiffKind *kind = &more->tiff;
  RwPicture *picture = reader->base.picture;
  guint16 orientation = 1, n_below = 0;
  void *below;
  guint32 n_layers;

  g_autoptr (RwExif) exif =
      rw_exif_read (read_at, reader->base.stream, reader->base.n_bytes,
                    kind->big_endian, kind->big, reader->first, skips);
  more->xmp = take (exif, XMP, kind->big_endian);
  more->iptc = take (exif, IPTC, kind->big_endian);
  more->photoshop = take (exif, PHOTOSHOP, kind->big_endian);
  picture->icc = take (exif, ICC, kind->big_endian);
  rw_exif_drop (exif, is_not_for_exif);
  TIFFGetFieldDefaulted (reader->tiff, TIFFTAG_ORIENTATION, &orientation);
  if (orientation > 1 && orientation <= 8)
    rw_exif_add_short (exif, RW_EXIF_ORIENTATION, orientation);
  picture->exif = rw_exif_write (exif);
  if (TIFFGetField (reader->tiff, TIFFTAG_SUBIFD, &n_below, &below) &&
      n_below > 0)
    rw_row_reader_note (&reader->base, "the other pictures below it");
  if (TIFFGetField (reader->tiff, LAYERS, &n_layers, &below))
    rw_row_reader_note (&reader->base, "its layers");
  keep_density (reader);
  keep_primaries (reader);
}

/* ---- rows -------------------------------------------------------------- */

static gboolean
goes_in_bands (const Reader *reader)
{
  return TIFFIsTiled (reader->tiff) ||
         (reader->planes == PLANARCONFIG_SEPARATE && reader->samples > 1);
}

/* The largest piece of the file that libtiff holds as it stands there. */
static gsize
get_raw_bytes (const Reader *reader)
{
  const guint32 n = TIFFIsTiled (reader->tiff)
                        ? TIFFNumberOfTiles (reader->tiff)
                        : TIFFNumberOfStrips (reader->tiff);
  guint64 most = 0;

  for (guint32 i = 0; i < n; i++)
    most = MAX (most, TIFFGetStrileByteCount (reader->tiff, i));
  return (gsize) MIN (most, reader->base.n_bytes);
}

/* Bytes of @n pixels of a row of a tile or a strip. */
static gsize
count_row_bytes (const Reader *reader, gsize n)
{
  const gsize samples =
      reader->planes == PLANARCONFIG_SEPARATE ? 1 : reader->samples;

  return (n * samples * reader->bits + 7) / 8;
}

static gboolean
prepare_bands (Reader *reader, GError **error)
{
  const int height = reader->base.picture->height;
  const gsize width = (gsize) reader->base.picture->width;
  guint32 rows = 0;

  if (TIFFIsTiled (reader->tiff)) {
    TIFFGetField (reader->tiff, TIFFTAG_TILEWIDTH, &reader->tile_width);
    TIFFGetField (reader->tiff, TIFFTAG_TILELENGTH, &rows);
    reader->piece_bytes = (gsize) TIFFTileSize (reader->tiff);
  } else {
    reader->tile_width = (guint32) width;
    TIFFGetFieldDefaulted (reader->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    rows = MIN (rows, (guint32) height);
    reader->piece_bytes = (gsize) TIFFStripSize (reader->tiff);
  }
  if (reader->tile_width < 1 || rows < 1 ||
      reader->piece_bytes / rows !=
          count_row_bytes (reader, reader->tile_width) ||
      reader->piece_bytes % rows != 0)
    return refuse (reader, error, "of strange tiles", "whole ones");
  reader->band_height = rows;
  rows = MIN (rows, (guint32) height);
  reader->piece =
      rw_try_alloc (reader->piece_bytes, 1, reader->base.path, error);
  if (reader->piece != NULL)
    reader->band =
        rw_try_alloc (rows, reader->line_bytes, reader->base.path, error);
  reader->base.bytes += reader->piece_bytes + rows * reader->line_bytes;
  return reader->band != NULL;
}

static gboolean
start (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;

  keep_metadata (reader);
  const gsize raw = get_raw_bytes (reader);
  if (!rw_check_alloc (raw, 1, base->path, error))
    return FALSE;
  reader->line_bytes =
      ((gsize) base->picture->width * reader->samples * reader->bits + 7) / 8;
  base->bytes = WORK_BYTES + raw + 2 * reader->line_bytes;
  if (goes_in_bands (reader))
    return prepare_bands (reader, error);
  if ((gsize) TIFFScanlineSize (reader->tiff) != reader->line_bytes)
    return refuse (reader, error, "of strange rows", "whole ones");
  reader->line = rw_try_alloc (reader->line_bytes, 1, base->path, error);
  return reader->line != NULL;
}

/* Puts the piece of plane @plane whose upper left corner is at @x into the
 * band. */
static void
place_piece (Reader *reader, gsize x, int plane, int n_rows)
{
  const gsize width = (gsize) reader->base.picture->width;
  const gsize n = MIN (reader->tile_width, width - x);
  const gsize from_stride = count_row_bytes (reader, reader->tile_width);
  const gsize size = reader->bits / 8, samples = reader->samples;

  for (int y = 0; y < n_rows; y++) {
    const guint8 *from = reader->piece + from_stride * (gsize) y;
    guint8 *to = reader->band + reader->line_bytes * (gsize) y;
    if (reader->planes != PLANARCONFIG_SEPARATE || samples == 1) {
      memcpy (to + x * samples * reader->bits / 8, from,
              (n * samples * reader->bits + 7) / 8);
      continue;
    }
    to += (x * samples + (gsize) plane) * size;
    for (gsize i = 0; i < n; i++, to += samples * size, from += size)
      memcpy (to, from, size);
  }
}

static gboolean
read_band (Reader *reader, int y)
{
  const guint32 width = (guint32) reader->base.picture->width;
  const int n_planes =
      reader->planes == PLANARCONFIG_SEPARATE ? reader->samples : 1;
  const int top = y - y % (int) reader->band_height;
  const int n_rows =
      MIN ((int) reader->band_height, reader->base.picture->height - top);

  for (int plane = 0; plane < n_planes; plane++)
    for (guint32 x = 0; x < width; x += reader->tile_width) {
      tmsize_t got;
      if (TIFFIsTiled (reader->tiff))
        got = TIFFReadTile (reader->tiff, reader->piece, x, (guint32) top, 0,
                            (guint16) plane);
      else
        got = TIFFReadEncodedStrip (
            reader->tiff,
            TIFFComputeStrip (reader->tiff, (guint32) top, (guint16) plane),
            reader->piece, -1);
      if (got < (tmsize_t) ((gsize) n_rows *
                            count_row_bytes (reader, reader->tile_width)))
        return FALSE;
      place_piece (reader, x, plane, n_rows);
      if (reader->tile_width >= width - x)
        break;
    }
  reader->band_first = top;
  reader->band_rows = n_rows;
  return TRUE;
}

/* Row @y as libtiff gives it, or NULL. */
static const guint8 *
get_line (Reader *reader, int y)
{
  if (reader->band == NULL)
    return TIFFReadScanline (reader->tiff, reader->line, (guint32) y, 0) == 1
               ? reader->line
               : NULL;
  if ((y < reader->band_first ||
       y >= reader->band_first + reader->band_rows) &&
      !read_band (reader, y))
    return NULL;
  return reader->band + reader->line_bytes * (gsize) (y - reader->band_first);
}

static int
get_bits (const guint8 *line, gsize i, int bits)
{
  const gsize per_byte = 8 / (gsize) bits;
  const int shift = 8 - bits * (int) (i % per_byte + 1);

  return line[i / per_byte] >> shift & ((1 << bits) - 1);
}

static void
look_up (const Reader *reader, const guint8 *line, void *row)
{
  const gsize width = (gsize) reader->base.picture->width;
  guint8 *to8 = row;
  guint16 *to16 = row;

  for (gsize x = 0; x < width; x++) {
    const int i = get_bits (line, x, reader->bits);
    for (int c = 0; c < 3; c++)
      if (reader->is_wide_map)
        *to16++ = reader->map[c][i];
      else
        *to8++ = (guint8) (reader->map[c][i] >> 8);
  }
}

/* 0 is black in memory. */
static void
invert (const Reader *reader, void *row)
{
  const RwPicture *picture = reader->base.picture;
  const int step = picture->channels;
  guint8 *row8 = row;
  guint16 *row16 = row;
  float *row32 = row;

  for (int i = 0; i < picture->width * step; i += step)
    if (picture->depth == 8)
      row8[i] = 255 - row8[i];
    else if (picture->depth == 16)
      row16[i] = 65535 - row16[i];
    else
      row32[i] = 1 - row32[i];
}

static void
convert (const Reader *reader, const guint8 *line, guint8 *row)
{
  const RwPicture *picture = reader->base.picture;
  const gsize n = (gsize) picture->width * (gsize) picture->channels;
  const int bits = reader->bits;

  if (reader->photometric == PHOTOMETRIC_PALETTE) {
    look_up (reader, line, row);
    return;
  }
  if (bits < 8)
    for (gsize i = 0; i < n; i++)
      row[i] = (guint8) (get_bits (line, i, bits) * 255 / ((1 << bits) - 1));
  else if (bits == 16 && reader->format == SAMPLEFORMAT_IEEEFP)
    for (gsize i = 0; i < n; i++)
      ((float *) row)[i] = rw_tiff_from_half (((const guint16 *) line)[i]);
  else
    memcpy (row, line, reader->line_bytes);
  if (reader->min_is_white)
    invert (reader, row);
}

static gboolean
read_rows (RwRowReader *base, guint8 *rows, int n, GError **error)
{
  Reader *reader = (Reader *) base;
  const gsize stride = rw_picture_get_stride (base->picture);

  for (int y = 0; y < n; y++) {
    const guint8 *line = get_line (reader, base->n_read + y);
    if (line == NULL)
      return fail (reader, error);
    convert (reader, line, rows + stride * (gsize) y);
  }
  return TRUE;
}

static gboolean
finish (RwRowReader *base, GError **error)
{
  return TRUE;
}

static void
clear (RwRowReader *base)
{
  Reader *reader = (Reader *) base;

  if (reader->tiff != NULL)
    TIFFClose (reader->tiff);
  rw_free (reader->line);
  rw_free (reader->band);
  rw_free (reader->piece);
}

#define READER(name, bytes)                                                   \
  const RwRowReaderClass name = {                                             \
    .magic = bytes,                                                           \
    .n_magic = 4,                                                             \
    .size = sizeof (Reader),                                                  \
    .read_header = read_header,                                               \
    .start = start,                                                           \
    .read = read_rows,                                                        \
    .finish = finish,                                                         \
    .clear = clear,                                                           \
  }

READER (rw_tiff_reader, "II*\0");
READER (rw_tiff_reader_big_endian, "MM\0*");
READER (rw_tiff_reader_64, "II+\0");
READER (rw_tiff_reader_64_big_endian, "MM\0+");
