/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The rows of a TIFF that is read:
 *
 *   strips:           one row after the other
 *   tiles, or planes  a band of rows at once, as high as a tile or a strip
 *   of their own:
 */
#include "base/alloc.h"
#include "io/tiff-reader.h"

#include <string.h>

enum { WORK_BYTES = 512 << 10 }; /* of libtiff: chosen */

typedef RwTiffReader Reader;

gboolean
rw_tiff_fail (const Reader *reader, GError **error)
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

gboolean
rw_tiff_refuse (const Reader *reader,
                GError **error,
                const char *found,
                const char *expected)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is a TIFF %s, expected %s; convert it first",
               reader->base.path, found, expected);
  return FALSE;
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
    return rw_tiff_refuse (reader, error, "of strange tiles", "whole ones");
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

gboolean
rw_tiff_rows_start (RwRowReader *base, GError **error)
{
  Reader *reader = (Reader *) base;

  const gsize raw = get_raw_bytes (reader);
  if (!rw_check_alloc (raw, 1, base->path, error))
    return FALSE;
  reader->line_bytes =
      ((gsize) base->picture->width * reader->samples * reader->bits + 7) / 8;
  base->bytes = WORK_BYTES + raw + 2 * reader->line_bytes;
  if (goes_in_bands (reader))
    return prepare_bands (reader, error);
  if ((gsize) TIFFScanlineSize (reader->tiff) != reader->line_bytes)
    return rw_tiff_refuse (reader, error, "of strange rows", "whole ones");
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

gboolean
rw_tiff_rows_read (RwRowReader *base, guint8 *rows, int n, GError **error)
{
  Reader *reader = (Reader *) base;
  const gsize stride = rw_picture_get_stride (base->picture);

  for (int y = 0; y < n; y++) {
    const guint8 *line = get_line (reader, base->n_read + y);
    if (line == NULL)
      return rw_tiff_fail (reader, error);
    convert (reader, line, rows + stride * (gsize) y);
  }
  return TRUE;
}
