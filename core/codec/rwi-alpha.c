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

struct RwRwiAlphaPacker {
  gsize n, step; /* bytes of a row, of a sample */
  z_stream stream;
  guint8 *rows, *row, *above, *filtered, *scratch;
  GByteArray *out;
};

RwRwiAlphaPacker *
rw_rwi_alpha_packer_new (const RwPicture *kind, GError **error)
{
  const gsize n = get_row_bytes (kind);
  RwRwiAlphaPacker *packer = g_new0 (RwRwiAlphaPacker, 1);

  packer->n = n;
  packer->step = get_step (kind);
  packer->rows =
      rw_try_alloc (n + 1, 3 + RW_PNG_FILTERS, "rows of alpha", error);
  if (packer->rows == NULL) {
    g_free (packer);
    return NULL;
  }
  if (deflateInit (&packer->stream, Z_BEST_COMPRESSION) != Z_OK) {
    rw_check_alloc (G_MAXSIZE, 1, "zlib's window", error);
    rw_free (packer->rows);
    g_free (packer);
    return NULL;
  }
  packer->row = packer->rows;
  packer->above = packer->row + n;
  packer->filtered = packer->above + n;
  packer->scratch = packer->filtered + n + 1;
  packer->out = g_byte_array_new ();
  return packer;
}

void
rw_rwi_alpha_packer_free (RwRwiAlphaPacker *packer)
{
  if (packer == NULL)
    return;
  deflateEnd (&packer->stream);
  g_byte_array_unref (packer->out);
  rw_free (packer->rows);
  g_free (packer);
}

void
rw_rwi_alpha_packer_add (RwRwiAlphaPacker *packer,
                         const RwPicture *rows,
                         int y)
{
  guint8 *next = packer->above;

  get_row (rows, y, packer->row);
  rw_png_filter (packer->filtered, packer->row, packer->above, packer->n,
                 packer->step, packer->scratch);
  deflate_part (&packer->stream, packer->filtered, packer->n + 1, Z_NO_FLUSH,
                packer->out);
  packer->above = packer->row;
  packer->row = next;
}

GByteArray *
rw_rwi_alpha_packer_get (RwRwiAlphaPacker *packer)
{
  deflate_part (&packer->stream, NULL, 0, Z_FINISH, packer->out);
  return g_byte_array_ref (packer->out);
}

GByteArray *
rw_rwi_pack_alpha (const RwPicture *picture, GError **error)
{
  RwRwiAlphaPacker *packer = rw_rwi_alpha_packer_new (picture, error);

  if (packer == NULL)
    return NULL;
  for (int y = 0; y < picture->height; y++)
    rw_rwi_alpha_packer_add (packer, picture, y);
  GByteArray *out = rw_rwi_alpha_packer_get (packer);
  rw_rwi_alpha_packer_free (packer);
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

struct RwRwiAlpha {
  gsize n, step; /* bytes of a row, of a sample */
  z_stream stream;
  guint8 *rows, *row, *above; /* with the filter's number */
};

RwRwiAlpha *
rw_rwi_alpha_new (const guint8 *bytes, gsize n, const RwPicture *kind)
{
  RwRwiAlpha *alpha = g_new0 (RwRwiAlpha, 1);

  alpha->n = get_row_bytes (kind);
  alpha->step = get_step (kind);
  alpha->rows = g_try_malloc0 (2 * (alpha->n + 1));
  alpha->stream.next_in = (guint8 *) bytes;
  alpha->stream.avail_in = (uInt) n;
  if (alpha->rows == NULL || n > G_MAXUINT ||
      inflateInit (&alpha->stream) != Z_OK) {
    g_free (alpha->rows);
    g_free (alpha);
    return NULL;
  }
  alpha->row = alpha->rows;
  alpha->above = alpha->rows + alpha->n + 1;
  return alpha;
}

void
rw_rwi_alpha_free (RwRwiAlpha *alpha)
{
  if (alpha == NULL)
    return;
  inflateEnd (&alpha->stream);
  g_free (alpha->rows);
  g_free (alpha);
}

gboolean
rw_rwi_alpha_read (RwRwiAlpha *alpha, RwPicture *rows, int y)
{
  guint8 *row = alpha->row;

  if (!inflate_row (&alpha->stream, row, alpha->n + 1) ||
      !unfilter (row[0], row + 1, alpha->above + 1, alpha->n, alpha->step))
    return FALSE;
  if (rows != NULL)
    set_row (rows, y, row + 1);
  alpha->row = alpha->above;
  alpha->above = row;
  return TRUE;
}

gboolean
rw_rwi_unpack_alpha (const guint8 *bytes, gsize n_bytes, RwPicture *picture)
{
  RwRwiAlpha *alpha = rw_rwi_alpha_new (bytes, n_bytes, picture);
  gboolean good = alpha != NULL;

  for (int y = 0; good && y < picture->height; y++)
    good = rw_rwi_alpha_read (alpha, picture, y);
  rw_rwi_alpha_free (alpha);
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
