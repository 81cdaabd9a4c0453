/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What describes a picture, made true of the one that came of it.
 */
#include "io/renew.h"

#include <math.h>
#include <string.h>

typedef struct {
  int width, height; /* new ones */
  double scale;
  gboolean dropped; /* a thumbnail */
} Change;

static GBytes *
take_array (GByteArray *array)
{
  return g_byte_array_free_to_bytes (array);
}

static guint32
get_long (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 |
         p[3];
}

static void
put_long (guint8 *p, double value)
{
  const gint64 whole = llround (CLAMP (value, G_MININT32, G_MAXUINT32));

  for (int i = 0; i < 4; i++)
    p[i] = (guint8) ((guint64) whole >> (8 * (3 - i)));
}

/* ---- Photoshop's resource blocks --------------------------------------- */

enum { RESOLUTION = 0x03ed, OLD_THUMBNAIL = 0x0409, THUMBNAIL = 0x040c };

static GBytes *
renew_blocks (GBytes *blocks, Change *change)
{
  gsize n;
  const guint8 *p = g_bytes_get_data (blocks, &n);
  GByteArray *made = g_byte_array_new ();
  gsize at = 0;

  while (at + 12 <= n && memcmp (p + at, "8BIM", 4) == 0) {
    const int number = p[at + 4] << 8 | p[at + 5];
    gsize body = at + 7 + p[at + 6];
    body += (body - at) % 2;
    if (body + 4 > n)
      break;
    const gsize size = get_long (p + body);
    body += 4;
    if (size > n - body)
      break;
    const gsize next = MIN (body + size + size % 2, n);
    if (number == OLD_THUMBNAIL || number == THUMBNAIL)
      change->dropped = TRUE;
    else {
      const guint to = made->len;
      g_byte_array_append (made, p + at, (guint) (next - at));
      guint8 *own = made->data + to + (body - at);
      for (gsize k = 0; number == RESOLUTION && size >= 16 && k < 16; k += 8)
        put_long (own + k, get_long (own + k) * change->scale);
    }
    at = next;
  }
  g_byte_array_append (made, p + at, (guint) (n - at));
  if (made->len > 0)
    return take_array (made);
  g_byte_array_unref (made);
  return NULL;
}

/* ---- PNG's chunks ------------------------------------------------------ */

/* sCAL: a unit, and the width and the height of a pixel as texts. */
static void
add_scale (GByteArray *made, const guint8 *data, gsize n, double scale)
{
  g_autofree char *text = g_strndup ((const char *) data + 1, n - 1);
  const gsize first = strlen (text) + 1;
  g_autofree char *second =
      first + 1 < n
          ? g_strndup ((const char *) data + 1 + first, n - 1 - first)
          : g_strdup ("");
  char sides[2][G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (sides[0], sizeof sides[0], "%.9g",
                   g_ascii_strtod (text, NULL) / scale);
  g_ascii_formatd (sides[1], sizeof sides[1], "%.9g",
                   g_ascii_strtod (second, NULL) / scale);
  g_byte_array_append (made, data, 1);
  g_byte_array_append (made, (const guint8 *) sides[0],
                       (guint) strlen (sides[0]) + 1);
  g_byte_array_append (made, (const guint8 *) sides[1],
                       (guint) strlen (sides[1]));
}

/* oFFs: a place on the page, in pixels or not. */
static void
add_offset (GByteArray *made, const guint8 *data, gsize n, double scale)
{
  g_autofree guint8 *own = g_memdup2 (data, n);

  for (gsize i = 0; own[8] == 0 && i < 8; i += 4)
    put_long (own + i, CLAMP ((gint32) get_long (own + i) * scale, -G_MAXINT32,
                              G_MAXINT32));
  g_byte_array_append (made, own, (guint) n);
}

/* tIME: when the picture was changed last, which is now. */
static void
add_time (GByteArray *made)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  const int year = g_date_time_get_year (now);
  const guint8 time[] = { (guint8) (year >> 8),
                          (guint8) year,
                          (guint8) g_date_time_get_month (now),
                          (guint8) g_date_time_get_day_of_month (now),
                          (guint8) g_date_time_get_hour (now),
                          (guint8) g_date_time_get_minute (now),
                          (guint8) g_date_time_get_second (now) };

  g_byte_array_append (made, time, sizeof time);
}

/* Each is its length, its name and its bytes. */
static GBytes *
renew_chunks (GBytes *chunks, const Change *change)
{
  gsize n;
  const guint8 *p = g_bytes_get_data (chunks, &n);
  GByteArray *made = g_byte_array_new ();

  for (gsize at = 0; at + 8 <= n;) {
    const gsize size = get_long (p + at);
    const guint begin = made->len;
    const gboolean larger = change->scale > 1;
    g_byte_array_append (made, p + at, 8);
    if (memcmp (p + at + 4, "tIME", 4) == 0)
      add_time (made);
    else if (larger && memcmp (p + at + 4, "sCAL", 4) == 0 && size > 3)
      add_scale (made, p + at + 8, size, change->scale);
    else if (larger && memcmp (p + at + 4, "oFFs", 4) == 0 && size == 9)
      add_offset (made, p + at + 8, size, change->scale);
    else
      g_byte_array_append (made, p + at + 8, (guint) size);
    put_long (made->data + begin, made->len - begin - 8);
    at += 8 + size;
  }
  return take_array (made);
}

/* ---- XMP --------------------------------------------------------------- */

/* Takes @text and returns it with what @evaluate makes of each match. */
static char *
replace (char *text,
         const char *pattern,
         GRegexEvalCallback evaluate,
         gpointer data)
{
  g_autoptr (GRegex) regex =
      g_regex_new (pattern, G_REGEX_RAW | G_REGEX_DOTALL, 0, NULL);
  char *made = regex == NULL ? NULL
                             : g_regex_replace_eval (regex, text, -1, 0, 0,
                                                     evaluate, data, NULL);

  if (made == NULL)
    return text;
  g_free (text);
  return made;
}

/* The properties @names, as attributes or as elements. */
static char *
replace_values (char *text,
                const char *names,
                const char *value,
                GRegexEvalCallback evaluate,
                gpointer data)
{
  g_autofree char *pattern = g_strdup_printf (
      "((?:%s)(?:\\s*=\\s*[\"']|\\s*>))\\s*(%s)", names, value);

  return replace (text, pattern, evaluate, data);
}

static gboolean
put_number (const GMatchInfo *match, GString *result, gpointer data)
{
  g_autofree char *head = g_match_info_fetch (match, 1);

  g_string_append_printf (result, "%s%d", head, *(const int *) data);
  return FALSE;
}

/* "300/1" */
static gboolean
put_ratio (const GMatchInfo *match, GString *result, gpointer data)
{
  g_autofree char *head = g_match_info_fetch (match, 1);
  g_autofree char *ratio = g_match_info_fetch (match, 2);
  char *rest;
  const double above = g_ascii_strtod (ratio, &rest) * *(const double *) data;

  g_string_append_printf (result, "%s%.0f%s", head, above, rest);
  return FALSE;
}

static gboolean
drop (const GMatchInfo *match, GString *result, gpointer data)
{
  ((Change *) data)->dropped = TRUE;
  return FALSE;
}

/* XMP of another coding than UTF-8 has zeros in it and is left as it is. */
static GBytes *
renew_xmp (GBytes *xmp, Change *change)
{
  gsize n;
  const char *data = g_bytes_get_data (xmp, &n);

  if (n == 0 || memchr (data, 0, n) != NULL)
    return g_bytes_ref (xmp);
  char *text =
      replace (g_strndup (data, n),
               "<(x[am]p:Thumbnails)\\b[^>]*>.*?</\\1\\s*>", drop, change);
  if (change->scale > 1) {
    text = replace_values (text, "tiff:ImageWidth|exif:PixelXDimension",
                           "\\d+", put_number, &change->width);
    text = replace_values (text, "tiff:ImageLength|exif:PixelYDimension",
                           "\\d+", put_number, &change->height);
    text = replace_values (text, "(?:tiff:|exif:FocalPlane)[XY]Resolution",
                           "\\d+(?:/\\d+)?", put_ratio, &change->scale);
  }
  return g_bytes_new_take (text, strlen (text));
}

/* ---- all --------------------------------------------------------------- */

static void
swap (GBytes **bytes, GBytes *renewed)
{
  g_clear_pointer (bytes, g_bytes_unref);
  *bytes = renewed;
}

static int
multiply (int value, double scale, int most)
{
  return value * scale <= most ? (int) lround (value * scale) : 0;
}

static void
renew_metadata (RwMetadata *more, Change *change)
{
  if (more->xmp != NULL)
    swap (&more->xmp, renew_xmp (more->xmp, change));
  if (more->photoshop != NULL)
    swap (&more->photoshop, renew_blocks (more->photoshop, change));
  if (more->chunks != NULL)
    swap (&more->chunks, renew_chunks (more->chunks, change));
  if (change->scale <= 1)
    return;
  if (more->jfif_unit != 0) {
    more->jfif_x = multiply (more->jfif_x, change->scale, G_MAXUINT16);
    more->jfif_y = multiply (more->jfif_y, change->scale, G_MAXUINT16);
  }
  if (more->tiff.unit > 1) { /* 1: only the pixels' shape */
    more->tiff.x_resolution *= change->scale;
    more->tiff.y_resolution *= change->scale;
  }
}

void
rw_picture_renew (RwPicture *picture, const RwPicture *from, GPtrArray *notes)
{
  Change change = { .width = picture->width,
                    .height = picture->height,
                    .scale = (double) picture->width / from->width };
  gboolean dropped = FALSE;

  swap (&picture->exif,
        from->exif == NULL
            ? NULL
            : rw_exif_renew (from->exif, picture->width, picture->height,
                             change.scale, &dropped));
  RwMetadata *more = from->more != NULL ? rw_metadata_copy (from->more) : NULL;
  rw_metadata_unref (picture->more);
  picture->more = more;
  if (more != NULL)
    renew_metadata (more, &change);
  picture->density_x = multiply (from->density_x, change.scale, G_MAXINT);
  picture->density_y = multiply (from->density_y, change.scale, G_MAXINT);
  if (dropped || change.dropped)
    g_ptr_array_add (notes, g_strdup ("its thumbnail, which shows what it was "
                                      "before"));
}
