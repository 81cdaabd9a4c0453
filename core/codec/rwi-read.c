/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Reading .rwi files: nothing is taken on trust, and what is damaged is told
 * apart from what is not.
 */
#include "base/alloc.h"
#include "codec/rwi-chunks.h"
#include "layers/rounds.h"
#include "reweave.h"

#include <string.h>
#include <zlib.h>

/* Deflate makes at most this many bytes of one. */
#define DEFLATE_MAX 1032

typedef struct {
  RwRwi *file;
  const char *name; /* of the file */
  const guint8 *at, *end;
  gboolean has_bands, has_data;
  gsize n_metadata; /* bytes so far */
  GError **error;
} Reader;

typedef struct {
  char type[5];
  const guint8 *bytes;
  gsize n;
  gboolean good; /* its checksum */
} Chunk;

static gboolean G_GNUC_PRINTF (3, 4)
    fail (const Reader *reader, RwErrorCode code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  g_set_error (reader->error, RW_ERROR, code, "%s: %s", reader->name, what);
  return FALSE;
}

static void G_GNUC_PRINTF (2, 3)
    note_damage (RwRwi *file, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (file->damage, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* ---- numbers ------------------------------------------------------------ */

static guint32
take (const guint8 **at, int n)
{
  guint32 value = 0;

  for (int i = 0; i < n; i++)
    value |= (guint32) * (*at)++ << (8 * i);
  return value;
}

/* ---- the head ----------------------------------------------------------- */

/* Of colours: no number of them decides on memory. */
static void
take_colour (RwPicture *picture, const guint8 **at)
{
  picture->srgb = (int) take (at, 1);
  picture->more->has_cicp = take (at, 1) == 1;
  take (at, 1);
  for (int i = 0; i < 4; i++)
    picture->more->cicp[i] = (guint8) take (at, 1);
  picture->gamma = (int) take (at, 4);
  for (int i = 0; i < 8; i++)
    picture->primaries[i] = (int) take (at, 4);
  picture->density_x = (int) take (at, 4);
  picture->density_y = (int) take (at, 4);
  if (picture->srgb > 4)
    picture->srgb = 0;
  if (picture->gamma < 0 || picture->gamma > 10000000)
    picture->gamma = 0;
  for (int i = 0; i < 8; i++)
    if (picture->primaries[i] < 0 || picture->primaries[i] > 200000)
      picture->primaries[0] = -1;
  if (picture->primaries[0] < 0)
    memset (picture->primaries, 0, sizeof picture->primaries);
  picture->density_x = MAX (picture->density_x, 0);
  picture->density_y = MAX (picture->density_y, 0);
}

static gboolean
check_head (const Reader *reader, int depth, int band_rows)
{
  const RwRwiCoding *coding = &reader->file->coding;
  const RwPicture *picture = reader->file->picture;

  if (picture->width < 1 || picture->height < 1 ||
      picture->width > RW_PICTURE_MAX_SIDE ||
      picture->height > RW_PICTURE_MAX_SIDE)
    return fail (reader, RW_ERROR_FORMAT,
                 "says that it has %u x %u pixels, expected sides of 1 to %d; "
                 "the file is damaged, get it again",
                 (guint) picture->width, (guint) picture->height,
                 RW_PICTURE_MAX_SIDE);
  if ((depth == 8 || depth == 16) && band_rows == RW_CODEC_BAND_ROWS &&
      coding->n_channels >= 1 && coding->n_channels <= RW_CODEC_MAX_CHANNELS &&
      coding->scale >= 1 && coding->n_rates >= 1 &&
      coding->n_rates <= RW_CODEC_MAX_RATES && coding->rate >= 0 &&
      coding->rate <= (coding->n_rates - 1) * RW_RWI_RATE_STEPS &&
      (coding->n_rounds == 0 || (coding->n_channels % coding->n_rounds == 0 &&
                                 coding->n_rounds <= RW_ROUNDS_MAX)))
    return TRUE;
  return fail (reader, RW_ERROR_FORMAT,
               "says that it has %d bits a sample, bands of %d rows, %d "
               "channels, a scale of %d, and rate %d of %d, which cannot be; "
               "the file is damaged, get it again",
               depth, band_rows, coding->n_channels, coding->scale,
               coding->rate, coding->n_rates);
}

static gboolean
take_name (const Reader *reader, const guint8 *at, gsize n)
{
  RwRwiCoding *coding = &reader->file->coding;

  if (n > RW_RWI_MAX_NAME || memchr (at, 0, n) != NULL ||
      !g_utf8_validate ((const char *) at, (gssize) n, NULL))
    return fail (reader, RW_ERROR_FORMAT,
                 "has a name of weights of %zu bytes that is no text; the "
                 "file is damaged, get it again",
                 n);
  memcpy (coding->name, at, n);
  coding->name[n] = '\0';
  return TRUE;
}

static gboolean
take_head (Reader *reader, const Chunk *chunk)
{
  RwRwiCoding *coding = &reader->file->coding;
  RwPicture *picture = reader->file->picture;
  const guint8 *at = chunk->bytes;
  const int version = chunk->n >= 2 ? (int) take (&at, 2) : 0;

  if (version > RW_RWI_VERSION_ROUNDS)
    return fail (reader, RW_ERROR_MISMATCH,
                 "is of version %d of such files, expected at most %d; use a "
                 "reweave "
                 "as new as the file",
                 version, RW_RWI_VERSION_ROUNDS);
  if (version < 1 || chunk->n < RW_RWI_HEAD_BYTES)
    return fail (reader, RW_ERROR_FORMAT,
                 "has a head of %zu bytes, expected %d or more; the file is "
                 "damaged, get it again",
                 chunk->n, RW_RWI_HEAD_BYTES);
  const guint32 flags = take (&at, 1);
  const int depth = (int) take (&at, 1);
  picture->width = (int) take (&at, 4);
  picture->height = (int) take (&at, 4);
  picture->channels =
      (flags & RW_RWI_GREY ? 1 : 3) + (flags & RW_RWI_ALPHA ? 1 : 0);
  picture->depth = depth;
  coding->rate = (int) take (&at, 4);
  coding->n_channels = (int) take (&at, 2);
  coding->scale = (int) take (&at, 1);
  coding->n_rates = (int) take (&at, 1);
  coding->n_rounds = version == RW_RWI_VERSION_ROUNDS ? coding->n_rates : 0;
  const int band_rows = (int) take (&at, 1);
  picture->more = rw_metadata_new ();
  take_colour (picture, &at);
  memcpy (coding->digest, at, RW_RWI_DIGEST_BYTES);
  return check_head (reader, depth, band_rows) &&
         take_name (reader, chunk->bytes + RW_RWI_HEAD_BYTES,
                    chunk->n - RW_RWI_HEAD_BYTES);
}

/* ---- what describes the picture ----------------------------------------- */

/* What was packed, or NULL. (transfer full) */
static GBytes *
unpack (Reader *reader, const Chunk *chunk)
{
  const guint8 *at = chunk->bytes;

  if (!chunk->good || chunk->n < 4)
    return NULL;
  const gsize n = take (&at, 4);
  if (n > RW_METADATA_MAX - reader->n_metadata ||
      n / DEFLATE_MAX > chunk->n - 4)
    return NULL;
  uLongf n_made = n;
  g_autofree guint8 *made = g_malloc (MAX (n, 1));
  if (uncompress (made, &n_made, at, chunk->n - 4) != Z_OK || n_made != n)
    return NULL;
  reader->n_metadata += n;
  return g_bytes_new_take (g_steal_pointer (&made), n);
}

static gboolean
take_description (Reader *reader, const Chunk *chunk)
{
  RwPicture *picture = reader->file->picture;
  const struct {
    const char *type, *what;
    GBytes **bytes;
  } kinds[] = {
    { "iccp", "colour profile", &picture->icc },
    { "exif", "EXIF block", &picture->exif },
    { "xmpp", "XMP packet", &picture->more->xmp },
    { "iptc", "IPTC records", &picture->more->iptc },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (strcmp (chunk->type, kinds[i].type) != 0 || *kinds[i].bytes != NULL)
      continue;
    *kinds[i].bytes = unpack (reader, chunk);
    if (*kinds[i].bytes == NULL)
      note_damage (reader->file, "its %s", kinds[i].what);
    return TRUE;
  }
  /* one of a later version can be done without */
  if (!chunk->good) {
    g_autofree char *type = g_strescape (chunk->type, NULL);
    note_damage (reader->file, "its part \"%s\"", type);
  }
  return TRUE;
}

static gboolean
take_alpha (Reader *reader, const Chunk *chunk)
{
  RwRwi *file = reader->file;
  const RwPicture *picture = file->picture;
  const double wanted = (double) picture->height *
                        ((double) picture->width * picture->depth / 8 + 1);

  if (picture->channels % 2 != 0 || file->alpha != NULL)
    return TRUE;
  if (!chunk->good || wanted / DEFLATE_MAX > (double) chunk->n + 64)
    return TRUE; /* told at the end, as if it were not there */
  file->alpha = chunk->bytes;
  file->n_alpha = chunk->n;
  return TRUE;
}

/* ---- bands -------------------------------------------------------------- */

static gboolean
take_table (Reader *reader, const Chunk *chunk)
{
  RwRwi *file = reader->file;
  const int rows = rw_rwi_count_latents (&file->coding, file->picture->height);
  const int n_bands = rw_codec_count_bands (rows);
  const int n_streams = rw_rwi_count_streams (&file->coding);
  const int n = n_bands * n_streams;
  const guint8 *at = chunk->bytes;

  if (reader->has_bands || chunk->n != (gsize) n * RW_RWI_BAND_BYTES)
    return fail (reader, RW_ERROR_FORMAT,
                 "has a table of bands of %zu bytes, expected %zu; the file "
                 "is damaged, get it again",
                 chunk->n, (gsize) n * RW_RWI_BAND_BYTES);
  file->n_bands = n_bands;
  file->n_streams = file->n_wanted = n_streams;
  file->streams = g_new0 (RwCodecStream, (gsize) n);
  for (int i = 0; i < n; i++, at += 4)
    file->streams[i].n_bytes = take (&at, 4);
  reader->has_bands = TRUE;
  return TRUE;
}

/* Whether stream @i, with this checksum, is what it was, and long enough for its
 * latents. */
static gboolean
check_stream (const RwRwi *file, int i, guint32 checksum)
{
  const RwRwiCoding *coding = &file->coding;
  const RwCodecStream *stream = &file->streams[i];
  const int rows = rw_rwi_count_latents (coding, file->picture->height);
  const gsize n_latents =
      (gsize) rw_rwi_count_latents (coding, file->picture->width) *
      (gsize) MIN (RW_CODEC_BAND_ROWS,
                   rows - i % file->n_bands * RW_CODEC_BAND_ROWS) *
      (gsize) (coding->n_channels / MAX (coding->n_rounds, 1));

  return stream->n_bytes >= rw_codec_get_least_bytes (n_latents) &&
         rw_rwi_checksum (0, stream->bytes, stream->n_bytes) == checksum;
}

/* The rest of the file. */
static void
take_data (Reader *reader, const guint8 *table, const guint8 *data)
{
  RwRwi *file = reader->file;

  for (int i = 0; i < file->n_bands * file->n_streams; i++) {
    const guint8 *at = table + (gsize) i * RW_RWI_BAND_BYTES + 4;
    const guint32 checksum = take (&at, 4);
    RwCodecStream *stream = &file->streams[i];
    const gsize n = stream->n_bytes;

    stream->bytes = data;
    if (n > (gsize) (reader->end - data)) {
      stream->n_bytes = 0;
      stream->damaged = TRUE;
      data = reader->end;
      continue;
    }
    stream->damaged = !check_stream (file, i, checksum);
    data += n;
  }
  reader->has_data = TRUE;
}

/* ---- chunks ------------------------------------------------------------- */

/* FALSE: there is none as a whole.  That of the data need not be one. */
static gboolean
take_chunk (Reader *reader, Chunk *chunk)
{
  const guint8 *at = reader->at;

  if (reader->end - at < RW_RWI_CHUNK_HEAD)
    return FALSE;
  chunk->n = take (&at, 4);
  memcpy (chunk->type, at, 4);
  chunk->type[4] = '\0';
  at += 4;
  chunk->bytes = at;
  if (strcmp (chunk->type, "DATA") == 0)
    return TRUE;
  if (chunk->n > (gsize) (reader->end - at) ||
      (gsize) (reader->end - at) - chunk->n < RW_RWI_CHUNK_TAIL)
    return FALSE;
  at += chunk->n;
  const guint32 told = take (&at, 4);
  chunk->good = told == rw_rwi_checksum (0, chunk->bytes - 4, chunk->n + 4);
  reader->at = at;
  return TRUE;
}

static gboolean
is_needed (const Chunk *chunk)
{
  return g_ascii_isupper (chunk->type[0]);
}

static gboolean
take_other (Reader *reader, const Chunk *chunk)
{
  if (strcmp (chunk->type, "alph") == 0)
    return take_alpha (reader, chunk);
  if (!is_needed (chunk))
    return take_description (reader, chunk);
  return fail (reader, RW_ERROR_MISMATCH,
               "has a part \"%s\", of which this reweave knows nothing; use "
               "one as new as the file",
               chunk->type);
}

static gboolean
fail_damaged (const Reader *reader, const Chunk *chunk)
{
  g_autofree char *type = g_strescape (chunk->type, NULL);

  return fail (reader, RW_ERROR_FORMAT,
               "its part \"%s\" is damaged, and without it nothing can be "
               "made of the rest; get the file again",
               type);
}

/* Everything behind the head. */
static gboolean
take_rest (Reader *reader)
{
  const guint8 *table = NULL;
  Chunk chunk;

  while (!reader->has_data && take_chunk (reader, &chunk)) {
    if (strcmp (chunk.type, "DATA") == 0) {
      if (table != NULL)
        take_data (reader, table, chunk.bytes);
      break;
    }
    if (is_needed (&chunk) && !chunk.good)
      return fail_damaged (reader, &chunk);
    if (strcmp (chunk.type, "BAND") != 0) {
      if (!take_other (reader, &chunk))
        return FALSE;
      continue;
    }
    if (!take_table (reader, &chunk))
      return FALSE;
    table = chunk.bytes;
  }
  return reader->has_data ||
         fail (reader, RW_ERROR_FORMAT,
               "ends before its picture begins; get the file again");
}

/* ---- files -------------------------------------------------------------- */

static void
finish (RwRwi *file)
{
  RwPicture *picture = file->picture;
  const RwColourSays says = rw_picture_get_colour (picture);

  picture->curves = rw_curves_new (&says, NULL);
  if (picture->channels % 2 == 0 && file->alpha == NULL)
    note_damage (file, "its alpha");
}

RwRwi *
rw_rwi_parse (GBytes *bytes, const char *name, GError **error)
{
  g_autoptr (RwRwi) file = g_new0 (RwRwi, 1);
  Reader reader = { .file = file, .name = name, .error = error };
  gsize n;
  Chunk chunk;

  file->bytes = g_bytes_ref (bytes);
  file->picture = g_new0 (RwPicture, 1);
  file->damage = g_ptr_array_new_with_free_func (g_free);
  reader.at = g_bytes_get_data (bytes, &n);
  if (n < RW_RWI_MAGIC_BYTES ||
      memcmp (reader.at, RW_RWI_MAGIC, RW_RWI_MAGIC_BYTES) != 0) {
    fail (&reader, RW_ERROR_FORMAT,
          "is no picture that reweave encoded, expected a file made by "
          "\"reweave encode\"");
    return NULL;
  }
  reader.end = reader.at + n;
  reader.at += RW_RWI_MAGIC_BYTES;
  if (!take_chunk (&reader, &chunk) || strcmp (chunk.type, "HEAD") != 0) {
    fail (&reader, RW_ERROR_FORMAT,
          "ends or is damaged in its head; get the file again");
    return NULL;
  }
  if (!chunk.good) {
    fail_damaged (&reader, &chunk);
    return NULL;
  }
  if (!take_head (&reader, &chunk) || !take_rest (&reader))
    return NULL;
  finish (file);
  return g_steal_pointer (&file);
}
