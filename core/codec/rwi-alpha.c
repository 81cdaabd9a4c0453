/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Alpha in a file: what the IDAT chunks of a grey PNG hold, rows filtered and
 * deflated.
 */
#include "base/alloc.h"
#include "codec/rwi.h"
#include "io/png-filter.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PART = 65536 };

/* Bytes of a sample; floats become 16 bits. */
static gsize
get_step (const RwPicture *picture)
{
  return picture->depth == 8 ? 1 : 2;
}

/* Bytes of a row, without its filter's number. */
static gsize
get_row_bytes (const RwPicture *picture)
{
  return (gsize) picture->width * get_step (picture);
}

static guint
get_alpha (const RwPicture *picture, gsize i)
{
  if (picture->depth != 32)
    return rw_picture_get_sample (picture, i);
  const float alpha = ((const float *) picture->data)[i];
  return alpha > 0 ? (guint) (MIN (alpha, 1.0f) * 65535.0f + 0.5f) : 0;
}

/* Alpha of row @y as PNG has samples, the high byte first. */
static void
get_row (const RwPicture *picture, int y, guint8 *row)
{
  const gsize n = (gsize) picture->width, step = (gsize) picture->channels;
  const gsize first = (gsize) y * n * step + step - 1;

  for (gsize x = 0; x < n; x++) {
    const guint sample = get_alpha (picture, first + x * step);
    if (picture->depth == 8)
      row[x] = (guint8) sample;
    else {
      row[2 * x] = (guint8) (sample >> 8);
      row[2 * x + 1] = (guint8) sample;
    }
  }
}

static void
set_row (RwPicture *picture, int y, const guint8 *row)
{
  const gsize n = (gsize) picture->width, step = (gsize) picture->channels;
  const gsize first = (gsize) y * n * step + step - 1;

  for (gsize x = 0; x < n; x++)
    if (picture->depth == 8)
      ((guint8 *) picture->data)[first + x * step] = row[x];
    else
      ((guint16 *) picture->data)[first + x * step] =
          (guint16) (row[2 * x] << 8 | row[2 * x + 1]);
}

/* ---- packing ------------------------------------------------------------ */

static void
deflate_part (
    z_stream *stream, const guint8 *bytes, gsize n, int flush, GByteArray *out)
{
  guint8 part[PART];

  stream->next_in = (guint8 *) bytes;
  stream->avail_in = (uInt) n;
  do {
    stream->next_out = part;
    stream->avail_out = sizeof part;
    deflate (stream, flush);
    g_byte_array_append (out, part, sizeof part - stream->avail_out);
  } while (stream->avail_out == 0);
}

GByteArray *
rw_rwi_pack_alpha (const RwPicture *picture, GError **error)
{
  const gsize n = get_row_bytes (picture), step = get_step (picture);
  z_stream stream = { 0 };
  rw_autofree guint8 *rows =
      rw_try_alloc (n + 1, 3 + RW_PNG_FILTERS, "rows of alpha", error);

  if (rows == NULL)
    return NULL;
  if (deflateInit (&stream, Z_BEST_COMPRESSION) != Z_OK) {
    rw_check_alloc (G_MAXSIZE, 1, "zlib's window", error);
    return NULL;
  }
  guint8 *row = rows, *above = row + n, *filtered = above + n;
  guint8 *scratch = filtered + n + 1;
  GByteArray *out = g_byte_array_new ();
  for (int y = 0; y < picture->height; y++) {
    guint8 *next = above;
    get_row (picture, y, row);
    rw_png_filter (filtered, row, above, n, step, scratch);
    deflate_part (&stream, filtered, n + 1, Z_NO_FLUSH, out);
    above = row;
    row = next;
  }
  deflate_part (&stream, NULL, 0, Z_FINISH, out);
  deflateEnd (&stream);
  return out;
}

/* ---- unpacking ---------------------------------------------------------- */

/* a: left, b: above, c: above left */
static int
paeth (int a, int b, int c)
{
  const int to_a = abs (b - c), to_b = abs (a - c), to_c = abs (a + b - 2 * c);

  return to_a <= to_b && to_a <= to_c ? a : to_b <= to_c ? b : c;
}

/* In place; FALSE: there is no such filter. */
static gboolean
unfilter (int filter, guint8 *row, const guint8 *above, gsize n, gsize step)
{
  for (gsize i = 0; i < n; i++) {
    const int a = i >= step ? row[i - step] : 0;
    const int b = above[i];
    const int c = i >= step ? above[i - step] : 0;
    const int guesses[] = { 0, a, b, (a + b) / 2, paeth (a, b, c) };
    if (filter >= (int) G_N_ELEMENTS (guesses))
      return FALSE;
    row[i] = (guint8) (row[i] + guesses[filter]);
  }
  return TRUE;
}

static gboolean
inflate_row (z_stream *stream, guint8 *row, gsize n)
{
  stream->next_out = row;
  stream->avail_out = (uInt) n;
  while (stream->avail_out > 0) {
    const int result = inflate (stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END)
      return stream->avail_out == 0;
    if (result != Z_OK)
      return FALSE;
  }
  return TRUE;
}

gboolean
rw_rwi_unpack_alpha (const guint8 *bytes, gsize n_bytes, RwPicture *picture)
{
  const gsize n = get_row_bytes (picture), step = get_step (picture);
  z_stream stream = { .next_in = (guint8 *) bytes,
                      .avail_in = (uInt) n_bytes };
  g_autofree guint8 *rows = g_try_malloc0 (2 * (n + 1));
  gboolean good = TRUE;

  if (rows == NULL || n_bytes > G_MAXUINT || inflateInit (&stream) != Z_OK)
    return FALSE;
  guint8 *row = rows, *above = rows + n + 1;
  for (int y = 0; good && y < picture->height; y++) {
    guint8 *next = above;
    good = inflate_row (&stream, row, n + 1) &&
           unfilter (row[0], row + 1, above + 1, n, step);
    if (good)
      set_row (picture, y, row + 1);
    above = row;
    row = next;
  }
  inflateEnd (&stream);
  return good;
}

void
rw_rwi_clear_alpha (RwPicture *picture)
{
  const gsize n = get_row_bytes (picture);
  g_autofree guint8 *row = g_malloc (n);

  memset (row, 255, n);
  for (int y = 0; y < picture->height; y++)
    set_row (picture, y, row);
}
