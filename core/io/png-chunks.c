/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PNG's chunks (PNG specification, section 5): length, name, bytes, checksum.
 */
#include "io/png-chunks.h"

#include <string.h>
#include <zlib.h>

static const char xmp_keyword[] = "XML:com.adobe.xmp";

const guint8 rw_png_ours[] = "eXIf\0tEXt\0zTXt\0iTXt\0sPLT\0hIST\0bKGD\0tIME\0"
                             "oFFs\0pCAL\0sCAL";

int
rw_png_count_ours (void)
{
  return (int) sizeof rw_png_ours / 5;
}

typedef struct {
  char name[5];
  guint32 size;
  goffset at; /* of the bytes */
} Chunk;

/* FALSE at the end of the file. */
static gboolean
read_head (const RwRowReader *reader, goffset at, Chunk *chunk)
{
  guint32 head[2];

  if (at + 12 > (goffset) reader->n_bytes ||
      fseeko (reader->stream, at, SEEK_SET) != 0 ||
      fread (head, 8, 1, reader->stream) != 1)
    return FALSE;
  chunk->size = GUINT32_FROM_BE (head[0]);
  memcpy (chunk->name, head + 1, 4);
  chunk->name[4] = '\0';
  chunk->at = at + 8;
  return TRUE;
}

static goffset
get_end (const Chunk *chunk)
{
  return chunk->at + (goffset) chunk->size + 4;
}

static gboolean
is (const Chunk *chunk, const char *name)
{
  return strcmp (chunk->name, name) == 0;
}

static gboolean
is_any (const Chunk *chunk, const char *names)
{
  return strstr (names, chunk->name) != NULL;
}

gboolean
rw_png_check_chunks (RwRowReader *reader, GError **error)
{
  Chunk chunk;

  for (goffset at = 8; read_head (reader, at, &chunk); at = get_end (&chunk)) {
    if (is_any (&chunk, "IDAT IEND"))
      break;
    if (chunk.size > RW_METADATA_MAX &&
        !rw_row_reader_claim (reader, chunk.name, chunk.size, error))
      return FALSE;
  }
  rewind (reader->stream);
  return TRUE;
}

/* ---- one chunk --------------------------------------------------------- */

/* Its bytes, if they agree with the checksum; else NULL. (transfer full) */
static GBytes *
read_bytes (const RwRowReader *reader, const Chunk *chunk)
{
  guint8 *data = g_malloc (MAX (chunk->size, 1));
  GBytes *bytes = g_bytes_new_take (data, chunk->size);
  const uLong start = crc32 (0, (const Bytef *) chunk->name, 4);
  guint32 sum;

  if (fread (data, 1, chunk->size, reader->stream) == chunk->size &&
      fread (&sum, 4, 1, reader->stream) == 1 &&
      crc32 (start, data, chunk->size) == GUINT32_FROM_BE (sum))
    return bytes;
  g_bytes_unref (bytes);
  return NULL;
}

/* Of an iTXt's rest, packed; NULL: damaged or above the cap. */
static GBytes *
unpack (const guint8 *data, gsize n)
{
  z_stream stream = { .next_in = (Bytef *) data, .avail_in = (uInt) n };
  GByteArray *made = g_byte_array_new ();
  guint8 part[16384];
  int status = inflateInit (&stream);

  while (status == Z_OK && made->len <= RW_METADATA_MAX) {
    stream.next_out = part;
    stream.avail_out = sizeof part;
    status = inflate (&stream, Z_NO_FLUSH);
    g_byte_array_append (made, part, (guint) (sizeof part - stream.avail_out));
  }
  inflateEnd (&stream);
  GBytes *bytes = g_byte_array_free_to_bytes (made);
  if (status == Z_STREAM_END)
    return bytes;
  g_bytes_unref (bytes);
  return NULL;
}

/* The packet of an iTXt chunk that has one, else NULL. (transfer full) */
static GBytes *
read_xmp (GBytes *bytes)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  const guint8 *end = data + n, *p = data + sizeof xmp_keyword;

  if (n < sizeof xmp_keyword + 4 ||
      memcmp (data, xmp_keyword, sizeof xmp_keyword) != 0)
    return NULL;
  const gboolean packed = p[0] == 1;
  p += 2;
  for (int i = 0; i < 2; i++) { /* language and keyword in it */
    p = memchr (p, 0, (gsize) (end - p));
    if (p == NULL)
      return NULL;
    p++;
  }
  return packed ? unpack (p, (gsize) (end - p))
                : g_bytes_new (p, (gsize) (end - p));
}

GBytes *
rw_png_make_xmp (GBytes *xmp)
{
  GByteArray *made = g_byte_array_new ();
  gsize n;
  const guint8 *data = g_bytes_get_data (xmp, &n);

  g_byte_array_append (made, (const guint8 *) xmp_keyword, sizeof xmp_keyword);
  g_byte_array_append (made, (const guint8 *) "\0\0\0\0", 4);
  g_byte_array_append (made, data, (guint) n);
  return g_byte_array_free_to_bytes (made);
}

static gboolean
is_exif (GBytes *bytes)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);

  return n >= 4 && data[0] == data[1] && (data[0] == 'I' || data[0] == 'M');
}

/* pHYs of an unknown unit is only the pixels' shape. */
static gboolean
is_shape (GBytes *bytes)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);

  return n == 9 && data[8] == 0;
}

static void
copy (GByteArray *chunks, const Chunk *chunk, GBytes *bytes)
{
  const guint32 size = GUINT32_TO_BE (chunk->size);

  g_byte_array_append (chunks, (const guint8 *) &size, 4);
  g_byte_array_append (chunks, (const guint8 *) chunk->name, 4);
  g_byte_array_append (chunks, g_bytes_get_data (bytes, NULL), chunk->size);
}

static void
add_name (GString *names, const Chunk *chunk)
{
  if (!strstr (names->str, chunk->name))
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "",
                            chunk->name);
}

static void
take_hint (RwRowReader *reader,
           const Chunk *chunk,
           GBytes *bytes,
           const RwPngKind *kind,
           GString *names)
{
  RwMetadata *more = rw_row_reader_get_more (reader);
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);

  if (is (chunk, "bKGD") ? rw_png_take_background (more, kind, data, n)
                         : rw_png_take_bits (more, kind, data, n))
    add_name (names, chunk);
  else
    rw_row_reader_note (reader,
                        "its chunk %s, which does not fit its colour type",
                        chunk->name);
}

static void
keep (RwRowReader *reader,
      const Chunk *chunk,
      GBytes *bytes,
      const RwPngKind *kind,
      GByteArray *chunks,
      GString *names)
{
  RwMetadata *more = rw_row_reader_get_more (reader);
  GBytes *xmp = is (chunk, "iTXt") ? read_xmp (bytes) : NULL;

  if (is (chunk, "eXIf")) {
    if (reader->picture->exif == NULL && is_exif (bytes))
      reader->picture->exif = g_bytes_ref (bytes);
  } else if (is (chunk, "cICP") && chunk->size == 4) {
    memcpy (more->cicp, g_bytes_get_data (bytes, NULL), 4);
    more->has_cicp = TRUE;
  } else if (xmp != NULL && more->xmp == NULL)
    more->xmp = g_bytes_ref (xmp);
  else if (is_any (chunk, "bKGD sBIT"))
    take_hint (reader, chunk, bytes, kind, names);
  else if (!is (chunk, "pHYs") || is_shape (bytes)) {
    copy (chunks, chunk, bytes);
    add_name (names, chunk);
  }
  if (xmp != NULL)
    g_bytes_unref (xmp);
}

/* What libpng reads, what is of the pixels, and what is only true of the old
 * ones. */
static gboolean
is_not_ours (const Chunk *chunk)
{
  return is_any (chunk, "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP hIST "
                        "fcTL fdAT acTL dSIG");
}

static gboolean
is_copied (const Chunk *chunk)
{
  return is_any (chunk, "eXIf cICP tEXt zTXt iTXt tIME pHYs sBIT bKGD sPLT "
                        "oFFs pCAL sCAL mDCV mDCv cLLI cLLi") ||
         g_ascii_islower (chunk->name[3]);
}

/* The stream is at the bytes of an acTL, which say how many pictures there
 * are. */
static gboolean
check_animation (RwRowReader *reader, GError **error)
{
  guint32 n = 0;

  if (fread (&n, 4, 1, reader->stream) != 1 || GUINT32_FROM_BE (n) <= 1) {
    rw_row_reader_note (reader, "the animation; its first picture is");
    return TRUE;
  }
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is an animation, expected one picture; take its pictures "
               "out, with apngdis say, and mend each of them",
               reader->path);
  return FALSE;
}

gboolean
rw_png_read_chunks (RwRowReader *reader, const RwPngKind *kind, GError **error)
{
  RwMetadata *more = rw_row_reader_get_more (reader);
  GByteArray *chunks = g_byte_array_new ();
  g_autoptr (GString) names = g_string_new (NULL);
  gboolean whole = FALSE, room = TRUE;
  Chunk chunk;

  for (goffset at = 8; room && !whole && read_head (reader, at, &chunk);
       at = get_end (&chunk)) {
    whole =
        is (&chunk, "IEND") && get_end (&chunk) <= (goffset) reader->n_bytes;
    if (is (&chunk, "acTL"))
      room = check_animation (reader, error);
    if (is (&chunk, "dSIG"))
      rw_row_reader_note (reader, "its digital signature");
    if (is (&chunk, "hIST"))
      rw_row_reader_note (reader, "how often it has each of its palette's "
                                  "colours");
    if (whole)
      rw_row_reader_note_rest (reader, get_end (&chunk));
    if (is_not_ours (&chunk) || get_end (&chunk) > (goffset) reader->n_bytes)
      continue;
    if (!is_copied (&chunk)) {
      rw_row_reader_note (reader, "its chunk %s, which nobody here knows",
                          chunk.name);
      continue;
    }
    room = rw_row_reader_claim (reader, chunk.name, chunk.size, error);
    GBytes *bytes = room ? read_bytes (reader, &chunk) : NULL;
    if (bytes != NULL)
      keep (reader, &chunk, bytes, kind, chunks, names);
    else if (room)
      rw_row_reader_note (reader, "its chunk %s, which is damaged",
                          chunk.name);
    if (bytes != NULL)
      g_bytes_unref (bytes);
  }
  if (chunks->len > 0)
    more->chunks = g_byte_array_free_to_bytes (chunks);
  else
    g_byte_array_unref (chunks);
  if (names->len > 0)
    more->texts = g_strdup_printf ("its PNG chunks %s", names->str);
  return room && whole;
}
