/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Writing .rwi files.
 */
#include "base/alloc.h"
#include "codec/rwi-chunks.h"
#include "reweave.h"

#include <string.h>
#include <zlib.h>

/* Of heads, tables and what deflate may add: an array that has this does not
 * grow. */
#define SOME_BYTES ((gsize) 64 << 10)

guint32
rw_rwi_checksum (guint32 before, const guint8 *bytes, gsize n)
{
  return (guint32) crc32_z (before, bytes, n);
}

/* ---- numbers ------------------------------------------------------------ */

/* The @n lowest bytes, the lowest first. */
static void
put (GByteArray *out, guint64 value, int n)
{
  for (; n > 0; n--, value >>= 8) {
    const guint8 byte = value & 255;
    g_byte_array_append (out, &byte, 1);
  }
}

static void
put_chunk (GByteArray *out, const char *type, const guint8 *bytes, gsize n)
{
  guint32 sum = rw_rwi_checksum (0, (const guint8 *) type, 4);

  sum = rw_rwi_checksum (sum, bytes, n);
  put (out, n, 4);
  g_byte_array_append (out, (const guint8 *) type, 4);
  g_byte_array_append (out, bytes, (guint) n);
  put (out, sum, 4);
}

/* ---- chunks ------------------------------------------------------------- */

static void
put_head (GByteArray *out, const RwPicture *picture, const RwRwiCoding *coding)
{
  g_autoptr (GByteArray) head = g_byte_array_new ();
  const RwMetadata *more = picture->more;
  const gboolean has_cicp = more != NULL && more->has_cicp;
  const gsize n_name = strlen (coding->name);

  put (head, coding->n_rounds > 0 ? RW_RWI_VERSION_ROUNDS : RW_RWI_VERSION, 2);
  put (head,
       (picture->channels < 3 ? RW_RWI_GREY : 0u) |
           (picture->channels % 2 == 0 ? RW_RWI_ALPHA : 0u),
       1);
  put (head, picture->depth == 8 ? 8 : 16, 1);
  put (head, (guint) picture->width, 4);
  put (head, (guint) picture->height, 4);
  put (head, (guint) coding->rate, 4);
  put (head, (guint) coding->n_channels, 2);
  put (head, (guint) coding->scale, 1);
  put (head, (guint) coding->n_rates, 1);
  put (head, RW_CODEC_BAND_ROWS, 1);
  put (head, (guint) picture->srgb, 1);
  put (head, has_cicp, 1);
  put (head, 0, 1);
  for (int i = 0; i < 4; i++)
    put (head, has_cicp ? more->cicp[i] : 0u, 1);
  put (head, (guint) picture->gamma, 4);
  for (int i = 0; i < 8; i++)
    put (head, (guint) picture->primaries[i], 4);
  put (head, (guint) picture->density_x, 4);
  put (head, (guint) picture->density_y, 4);
  g_byte_array_append (head, coding->digest, RW_RWI_DIGEST_BYTES);
  g_assert (head->len == RW_RWI_HEAD_BYTES);
  g_byte_array_append (head, (const guint8 *) coding->name, (guint) n_name);
  put_chunk (out, "HEAD", head->data, head->len);
}

/* A length and what deflate makes of it. */
static void
put_packed (GByteArray *out, const char *type, GBytes *bytes)
{
  if (bytes == NULL)
    return;
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  uLongf n_packed = compressBound (n);
  g_autofree guint8 *packed = g_malloc (n_packed + 4);

  compress2 (packed + 4, &n_packed, data, n, Z_BEST_COMPRESSION);
  for (int i = 0; i < 4; i++)
    packed[i] = (guint8) (n >> (8 * i));
  put_chunk (out, type, packed, n_packed + 4);
}

/* The @i-th stream of the file: the first of each band, then the second ones,
 * while those of a band lie behind each other in @bands. */
static GBytes *
get_stream (const GPtrArray *bands, guint n_streams, guint i)
{
  const guint n_bands = bands->len / n_streams;

  return bands->pdata[i % n_bands * n_streams + i / n_bands];
}

static void
put_bands (GByteArray *out, const GPtrArray *bands, guint n_streams)
{
  g_autoptr (GByteArray) table = g_byte_array_new ();
  gsize n, sum = 0;

  for (guint i = 0; i < bands->len; i++) {
    const guint8 *data =
        g_bytes_get_data (get_stream (bands, n_streams, i), &n);
    put (table, n, 4);
    put (table, rw_rwi_checksum (0, data, n), 4);
    sum += n;
  }
  put_chunk (out, "BAND", table->data, table->len);
  put (out, sum, 4);
  g_byte_array_append (out, (const guint8 *) "DATA", 4);
  for (guint i = 0; i < bands->len; i++) {
    const guint8 *data =
        g_bytes_get_data (get_stream (bands, n_streams, i), &n);
    g_byte_array_append (out, data, (guint) n);
  }
}

/* ---- all ---------------------------------------------------------------- */

static void G_GNUC_PRINTF (2, 3)
    note (GPtrArray *notes, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (notes != NULL)
    g_ptr_array_add (notes, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static gsize
get_size (GBytes *bytes)
{
  return bytes != NULL ? g_bytes_get_size (bytes) : 0;
}

static gsize
count_streams (const GPtrArray *bands)
{
  gsize sum = 0;

  for (guint i = 0; i < bands->len; i++)
    sum += g_bytes_get_size (g_ptr_array_index (bands, i));
  return sum;
}

/* GByteArrays end at 4 GiB. */
static gboolean
check_size (const GPtrArray *bands, gsize n_described, GError **error)
{
  if (n_described + count_streams (bands) <= RW_RWI_MAX_BYTES - (1 << 20))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "the file might be above %zu bytes; make the picture smaller",
               RW_RWI_MAX_BYTES);
  return FALSE;
}

GBytes *
rw_rwi_write (const RwPicture *picture,
              const RwRwiCoding *coding,
              const GByteArray *alpha,
              const GPtrArray *bands,
              GPtrArray *notes,
              GError **error)
{
  const RwMetadata *more = picture->more;
  g_autoptr (GBytes) iptc = more != NULL ? rw_metadata_get_iptc (more) : NULL;
  GBytes *xmp = more != NULL ? more->xmp : NULL;
  const gsize n_described = get_size (picture->icc) +
                            get_size (picture->exif) + get_size (xmp) +
                            get_size (iptc) + (alpha != NULL ? alpha->len : 0);

  if (!check_size (bands, n_described, error))
    return NULL;
  g_autoptr (GByteArray) out = g_byte_array_sized_new (
      (guint) (n_described + count_streams (bands) + SOME_BYTES));
  g_byte_array_append (out, (const guint8 *) RW_RWI_MAGIC, RW_RWI_MAGIC_BYTES);
  put_head (out, picture, coding);
  put_packed (out, "iccp", picture->icc);
  put_packed (out, "exif", picture->exif);
  put_packed (out, "xmpp", xmp);
  put_packed (out, "iptc", iptc);
  if (alpha != NULL)
    put_chunk (out, "alph", alpha->data, alpha->len);
  put_bands (out, bands, (guint) rw_rwi_count_streams (coding));
  if (picture->depth == 32)
    note (notes, "floats, it has 16 bits a sample");
  if (more != NULL && more->texts != NULL)
    note (notes, "%s", more->texts);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
