/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * JPEG's segments: EXIF 2.32 section 4.7.2, XMP part 3 section 1.1.3, ICC.1
 * annex B.4, CIPA DC-007 (several pictures), Adobe's resource blocks.
 */
#include "io/jpeg-markers.h"

#include "io/exif.h"

#include <string.h>

enum { SOS = 0xda, EOI = 0xd9, MAX_SEGMENT = 65533 };

static const char xmp_prefix[] = "http://ns.adobe.com/xap/1.0/";
static const char blocks_prefix[] = "Photoshop 3.0";

gboolean
rw_jpeg_check_segments (RwRowReader *reader, GError **error)
{
  guint8 head[2];
  gboolean room = TRUE;
  int code = 0;

  for (goffset at = 2; room && code != SOS && code != EOI;) {
    if (fseeko (reader->stream, at, SEEK_SET) != 0 ||
        fread (head, 2, 1, reader->stream) != 1 || head[0] != 0xff)
      break; /* libjpeg will say what is wrong */
    code = head[1];
    at += code == 0xff ? 1 : 2;
    if (code == 0xff || code == 1 || (code >= 0xd0 && code <= EOI))
      continue;
    if (fread (head, 2, 1, reader->stream) != 1)
      break;
    const guint size = (guint) head[0] << 8 | head[1];
    at += size;
    if ((code >= JPEG_APP0 && code <= JPEG_APP0 + 15) || code == JPEG_COM)
      room = rw_row_reader_claim (reader, "metadata", size, error);
    if (size < 2)
      break;
  }
  rewind (reader->stream);
  return room;
}

int
rw_jpeg_get_density (int unit, int n)
{
  /* pixels per inch, per centimetre */
  const double per_metre = unit == 1 ? 1 / 0.0254 : unit == 2 ? 100 : 0;

  return (int) (n * per_metre + 0.5);
}

void
rw_jpeg_save_markers (j_decompress_ptr cinfo)
{
  for (int i = 0; i < 16; i++)
    jpeg_save_markers (cinfo, JPEG_APP0 + i, 0xffff);
  jpeg_save_markers (cinfo, JPEG_COM, 0xffff);
}

/* ---- reading ----------------------------------------------------------- */

static gboolean
begins (jpeg_saved_marker_ptr marker, int app, const char *prefix, gsize n)
{
  return marker->marker == JPEG_APP0 + app && marker->data_length >= n &&
         memcmp (marker->data, prefix, n) == 0;
}

static GBytes *
cut (jpeg_saved_marker_ptr marker, gsize n)
{
  return g_bytes_new (marker->data + n, marker->data_length - n);
}

/* A segment as it stands: code, length of what follows, bytes. */
static void
copy (GByteArray *to, GString *names, jpeg_saved_marker_ptr marker)
{
  const guint8 head[] = { marker->marker, (guint8) (marker->data_length >> 8),
                          (guint8) marker->data_length };
  g_autofree char *name =
      marker->marker == JPEG_COM
          ? g_strdup ("COM")
          : g_strdup_printf ("APP%d", marker->marker - JPEG_APP0);

  g_byte_array_append (to, head, sizeof head);
  g_byte_array_append (to, marker->data, marker->data_length);
  if (strstr (names->str, name) == NULL)
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", name);
}

/* JFIF has its own thumbnail, in its header or in a segment of its own. */
static gboolean
is_jfif (jpeg_saved_marker_ptr marker, gboolean *has_thumbnail)
{
  enum { WIDTH = 12, HEIGHT };
  const gboolean is_header = begins (marker, 0, "JFIF", 5);
  const gboolean is_more = begins (marker, 0, "JFXX", 5);

  *has_thumbnail |=
      is_more || (is_header && marker->data_length > HEIGHT &&
                  marker->data[WIDTH] > 0 && marker->data[HEIGHT] > 0);
  return is_header || is_more;
}

/* How many of the index's pictures belong to one view (CIPA DC-007, section
 * 5.2.3.3: the kind is in the lower 24 bits of an entry's first number). */
static int
count_views (GBytes *index)
{
  enum { ENTRIES = 0xb002, ENTRY_BYTES = 16, VIEW = 0x02 };
  g_autoptr (RwExif) found = rw_exif_parse (index);
  const RwExifEntry *entries =
      found != NULL ? rw_exif_find (found->main, ENTRIES) : NULL;
  const gboolean big_endian =
      *(const guint8 *) g_bytes_get_data (index, NULL) == 'M';
  int n = 0;

  for (gsize at = 0; entries != NULL && at + ENTRY_BYTES <= entries->n_bytes;
       at += ENTRY_BYTES)
    n += entries->data[at + (big_endian ? 1 : 2)] == VIEW;
  return n;
}

gboolean
rw_jpeg_check_pictures (const RwRowReader *reader,
                        j_decompress_ptr cinfo,
                        GError **error)
{
  for (jpeg_saved_marker_ptr marker = cinfo->marker_list; marker != NULL;
       marker = marker->next) {
    if (!begins (marker, 2, "MPF", 4) || marker->data_length <= 4)
      continue;
    g_autoptr (GBytes) index = cut (marker, 4);
    const int n = count_views (index);
    if (n > 1) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "%s: holds %d pictures of one view, expected one picture; "
                   "take them apart, with exiftool say, and mend each of them",
                   reader->path, n);
      return FALSE;
    }
  }
  return TRUE;
}

int
rw_jpeg_count_markers (j_decompress_ptr cinfo)
{
  int n = 0;

  for (jpeg_saved_marker_ptr marker = cinfo->marker_list; marker != NULL;
       marker = marker->next)
    n++;
  return n;
}

void
rw_jpeg_keep_markers (RwRowReader *reader, j_decompress_ptr cinfo)
{
  RwMetadata *more = rw_row_reader_get_more (reader);
  RwPicture *picture = reader->picture;
  const gsize n_exif = sizeof rw_jpeg_exif_prefix;
  GByteArray *markers = g_byte_array_new (), *blocks = g_byte_array_new ();
  g_autoptr (GString) names = g_string_new (NULL);
  gboolean has_thumbnail = FALSE;

  for (jpeg_saved_marker_ptr marker = cinfo->marker_list; marker != NULL;
       marker = marker->next)
    if (begins (marker, 1, rw_jpeg_exif_prefix, n_exif)) {
      if (picture->exif == NULL && marker->data_length > n_exif)
        picture->exif = cut (marker, n_exif);
    } else if (begins (marker, 1, xmp_prefix, sizeof xmp_prefix)) {
      if (more->xmp == NULL)
        more->xmp = cut (marker, sizeof xmp_prefix);
    } else if (begins (marker, 13, blocks_prefix, sizeof blocks_prefix))
      g_byte_array_append (blocks, marker->data + sizeof blocks_prefix,
                           marker->data_length - sizeof blocks_prefix);
    else if (begins (marker, 2, "MPF", 4))
      rw_row_reader_note (reader, "the other pictures in the file");
    else if (!begins (marker, 2, "ICC_PROFILE", 12) &&
             !begins (marker, 14, "Adobe", 5) &&
             !is_jfif (marker, &has_thumbnail))
      copy (markers, names, marker);
  if (has_thumbnail)
    rw_row_reader_note (reader, "its JFIF thumbnail");
  if (blocks->len > 0)
    more->photoshop = g_byte_array_free_to_bytes (blocks);
  else
    g_byte_array_unref (blocks);
  if (markers->len > 0)
    more->markers = g_byte_array_free_to_bytes (markers);
  else
    g_byte_array_unref (markers);
  if (names->len > 0)
    more->texts = g_strdup_printf ("its JPEG segments %s", names->str);
}

/* ---- writing ----------------------------------------------------------- */

/* FALSE: it is too long for a segment. */
static gboolean
put (j_compress_ptr cinfo,
     int app,
     const char *prefix,
     gsize n_prefix,
     const guint8 *data,
     gsize n)
{
  if (n > MAX_SEGMENT - n_prefix)
    return FALSE;
  jpeg_write_m_header (cinfo, JPEG_APP0 + app, (guint) (n_prefix + n));
  for (gsize i = 0; i < n_prefix; i++)
    jpeg_write_m_byte (cinfo, prefix[i]);
  for (gsize i = 0; i < n; i++)
    jpeg_write_m_byte (cinfo, data[i]);
  return TRUE;
}

/* As many segments as it takes. */
static void
put_blocks (j_compress_ptr cinfo, const guint8 *data, gsize n)
{
  for (gsize at = 0; at < n;) {
    const gsize part = MIN (n - at, MAX_SEGMENT - sizeof blocks_prefix);
    put (cinfo, 13, blocks_prefix, sizeof blocks_prefix, data + at, part);
    at += part;
  }
}

static void
put_copies (j_compress_ptr cinfo, const guint8 *data, gsize n)
{
  for (gsize at = 0; at + 3 <= n;) {
    const guint size = (guint) data[at + 1] << 8 | data[at + 2];
    jpeg_write_marker (cinfo, data[at], data + at + 3, size);
    at += 3 + size;
  }
}

void
rw_jpeg_put_markers (RwRowWriter *writer,
                     j_compress_ptr cinfo,
                     const RwPicture *like)
{
  const RwMetadata *more = like->more;
  gsize n = 0;
  const guint8 *data =
      like->exif != NULL ? g_bytes_get_data (like->exif, &n) : NULL;

  if (data != NULL && !put (cinfo, 1, rw_jpeg_exif_prefix,
                            sizeof rw_jpeg_exif_prefix, data, n))
    rw_row_writer_note (writer, "its EXIF block, which is above 64 KiB");
  if (more != NULL && more->xmp != NULL) {
    data = g_bytes_get_data (more->xmp, &n);
    if (!put (cinfo, 1, xmp_prefix, sizeof xmp_prefix, data, n))
      rw_row_writer_note (writer, "its XMP packet, which is above 64 KiB");
  }
  if (more != NULL && writer->blocks != NULL) {
    data = g_bytes_get_data (writer->blocks, &n);
    put_blocks (cinfo, data, n);
  }
  if (writer->profile != NULL) {
    data = g_bytes_get_data (writer->profile, &n);
    jpeg_write_icc_profile (cinfo, data, (guint) n);
  }
  if (more != NULL && more->markers != NULL) {
    data = g_bytes_get_data (more->markers, &n);
    put_copies (cinfo, data, n);
  } else if (more != NULL && more->texts != NULL)
    rw_row_writer_note (writer, "%s", more->texts);
}
