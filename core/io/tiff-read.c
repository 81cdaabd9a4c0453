/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * TIFF read by libtiff: grey, RGB and palette, of integers of 1 to 16 bits and
 * floats of 16 and 32, in strips or tiles.
 Its rows are read by io/tiff-rows.c.
 */
#include "base/alloc.h"
#include "io/exif.h"
#include "io/formats.h"
#include "io/tiff-reader.h"

#include <string.h>

enum {
  MAX_PAGES = 1000,
  XMP = 700,
  IPTC = 33723,
  PHOTOSHOP = 34377,
  ICC = 34675,
  LAYERS = 37724,
};

typedef RwTiffReader Reader;

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
  return n == 1 || TIFFSetDirectory (reader->tiff, 0) ||
         rw_tiff_fail (reader, error);
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
  return rw_tiff_refuse (reader, error, found,
                         "8 or 16 bits, or floats of 16 or 32");
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
    return rw_tiff_refuse (reader, error, name_photometric (photometric),
                           "grey or RGB");
  reader->min_is_white = photometric == PHOTOMETRIC_MINISWHITE;
  if (photometric != PHOTOMETRIC_PALETTE)
    return TRUE;
  if (reader->samples != 1 || reader->bits > 8 ||
      reader->format != SAMPLEFORMAT_UINT ||
      !TIFFGetField (reader->tiff, TIFFTAG_COLORMAP, &reader->map[0],
                     &reader->map[1], &reader->map[2]))
    return rw_tiff_refuse (reader, error, "with a strange palette",
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
    return rw_tiff_refuse (reader, error, found,
                           "grey or RGB, and alpha at most");
  }
  TIFFGetFieldDefaulted (reader->tiff, TIFFTAG_EXTRASAMPLES, &n, &kinds);
  kind->alpha = n > 0 ? kinds[0] : EXTRASAMPLE_UNSPECIFIED;
  picture->premultiplied = extra == 1 && kind->alpha == EXTRASAMPLE_ASSOCALPHA;
  if (picture->premultiplied && reader->min_is_white)
    return rw_tiff_refuse (reader, error, "where 0 is white, with alpha",
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
  kind->tiled = TIFFIsTiled (reader->tiff) != 0;
  kind->planar =
      reader->samples > 1 && reader->planes == PLANARCONFIG_SEPARATE;
  kind->compression = reader->compression;
  if (TIFFGetField (reader->tiff, TIFFTAG_PREDICTOR, &predictor))
    kind->predictor = predictor;
}

static void
note_widening (Reader *reader)
{
  if (reader->photometric == PHOTOMETRIC_PALETTE)
    rw_row_reader_note (&reader->base, "its palette, which became RGB");
  else if (reader->bits < 8)
    rw_row_reader_note (&reader->base, "%d bit%s a sample, which became 8",
                        reader->bits, reader->bits == 1 ? "" : "s");
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
    return rw_tiff_fail (reader, error);
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
    return rw_tiff_refuse (reader, error, "without pixels", "some");
  if (!TIFFIsCODECConfigured (reader->compression)) {
    g_autofree char *found =
        g_strdup_printf ("of compression %d", reader->compression);
    return rw_tiff_refuse (reader, error, found, "LZW, Deflate or none");
  }
  if (!check_samples (reader, error) || !check_colour (reader, error) ||
      !check_channels (reader, error))
    return FALSE;
  keep_kind (reader);
  note_widening (reader);
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
  if (TIFFGetField (reader->tiff, TIFFTAG_TRANSFERFUNCTION, &below, &below,
                    &below) &&
      picture->icc == NULL)
    rw_row_reader_note (
        &reader->base, "its tone curve, in mending: it is a TransferFunction, "
                       "values were taken as they are");
  keep_density (reader);
  keep_primaries (reader);
}

static gboolean
start (RwRowReader *base, GError **error)
{
  keep_metadata ((Reader *) base);
  return rw_tiff_rows_start (base, error);
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
    .read = rw_tiff_rows_read,                                                \
    .finish = finish,                                                         \
    .clear = clear,                                                           \
  }

READER (rw_tiff_reader, "II*\0");
READER (rw_tiff_reader_big_endian, "MM\0*");
READER (rw_tiff_reader_64, "II+\0");
READER (rw_tiff_reader_64_big_endian, "MM\0+");
