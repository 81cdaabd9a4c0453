/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * An EXIF block changed in place (EXIF 2.32, section 4.6; TIFF 6.0, section
 * 2).  All offsets are hostile.
 */
#include "io/renew.h"

#include <math.h>
#include <string.h>

enum { ENTRY_BYTES = 12, SHORT = 3, LONG = 4, RATIONAL = 5 };

typedef struct {
  guint8 *data;
  gsize n;
  gboolean big_endian;
} Block;

typedef struct {
  int width, height;
  double scale;
} Change;

static guint32
get (const Block *block, gsize at, int n)
{
  guint32 value = 0;

  for (int i = 0; i < n; i++)
    value = value << 8 |
            block->data[at + (gsize) (block->big_endian ? i : n - 1 - i)];
  return value;
}

static void
put (Block *block, gsize at, int n, guint32 value)
{
  for (int i = 0; i < n; i++)
    block->data[at + (gsize) (block->big_endian ? n - 1 - i : i)] =
        (guint8) (value >> (8 * i));
}

/* How many entries the directory at @at has that lie in the block. */
static gsize
count_entries (const Block *block, gsize at)
{
  if (at < 8 || at > block->n || block->n - at < 2)
    return 0;
  return MIN (get (block, at, 2), (block->n - at - 2) / ENTRY_BYTES);
}

/* Where @tag's entry is, 0: nowhere. */
static gsize
find (const Block *block, gsize directory, guint32 tag)
{
  const gsize n = count_entries (block, directory);

  for (gsize i = 0; i < n; i++)
    if (get (block, directory + 2 + i * ENTRY_BYTES, 2) == tag)
      return directory + 2 + i * ENTRY_BYTES;
  return 0;
}

/* The directory that @tag points to, 0: none. */
static gsize
find_below (const Block *block, gsize directory, guint32 tag)
{
  const gsize entry = find (block, directory, tag);

  return entry != 0 ? get (block, entry + 8, 4) : 0;
}

/* Of one number, which then may be a long one. */
static void
set_number (Block *block, gsize directory, guint32 tag, int value)
{
  const gsize entry = find (block, directory, tag);

  if (entry == 0 || get (block, entry + 4, 4) != 1)
    return;
  const guint32 type = get (block, entry + 2, 2);
  if (type != SHORT && type != LONG)
    return;
  const gboolean is_short = type == SHORT && value <= G_MAXUINT16;
  put (block, entry + 2, 2, is_short ? SHORT : LONG);
  put (block, entry + 8, 4, 0);
  put (block, entry + 8, is_short ? 2 : 4, (guint32) value);
}

/* Of a ratio: above the line, or below it where there is no room. */
static void
scale_ratio (Block *block, gsize directory, guint32 tag, double scale)
{
  const gsize entry = find (block, directory, tag);

  if (entry == 0 || get (block, entry + 2, 2) != RATIONAL ||
      get (block, entry + 4, 4) != 1)
    return;
  const gsize at = get (block, entry + 8, 4);
  if (at > block->n || block->n - at < 8)
    return;
  const double above = get (block, at, 4), below = get (block, at + 4, 4);
  if (above * scale <= G_MAXUINT32)
    put (block, at, 4, (guint32) lround (above * scale));
  else if (below >= scale)
    put (block, at + 4, 4, (guint32) lround (below / scale));
}

/* Of up to four places and lengths in the picture. */
static void
scale_places (Block *block, gsize directory, guint32 tag, double scale)
{
  const gsize entry = find (block, directory, tag);
  const guint32 n = entry != 0 ? get (block, entry + 4, 4) : 0;

  if (n < 2 || n > 4 || get (block, entry + 2, 2) != SHORT)
    return;
  const gsize at = n == 2 ? entry + 8 : get (block, entry + 8, 4);
  if (at > block->n || block->n - at < 2 * (gsize) n)
    return;
  for (gsize i = 0; i < n; i++) {
    const double value = get (block, at + 2 * i, 2) * scale;
    put (block, at + 2 * i, 2, (guint32) MIN (lround (value), G_MAXUINT16));
  }
}

static void
resize (Block *block, gsize main, const Change *change)
{
  enum { EXIF = 0x8769, INTEROP = 0xa005 };
  const gsize exif = find_below (block, main, EXIF);
  const gsize interop = find_below (block, exif, INTEROP);

  set_number (block, main, 0x0100, change->width); /* ImageWidth */
  set_number (block, main, 0x0101, change->height);
  scale_ratio (block, main, 0x011a, change->scale); /* XResolution */
  scale_ratio (block, main, 0x011b, change->scale);
  set_number (block, exif, 0xa002, change->width); /* PixelXDimension */
  set_number (block, exif, 0xa003, change->height);
  scale_ratio (block, exif, 0xa20e, change->scale); /* on the focal plane */
  scale_ratio (block, exif, 0xa20f, change->scale);
  scale_places (block, exif, 0x9214, change->scale); /* SubjectArea */
  scale_places (block, exif, 0xa214, change->scale);
  set_number (block, interop, 0x1001, change->width); /* RelatedImageWidth */
  set_number (block, interop, 0x1002, change->height);
}

/* The second directory is that of the thumbnail. */
static gboolean
drop_thumbnail (Block *block, gsize main)
{
  const gsize link = main + 2 + count_entries (block, main) * ENTRY_BYTES;

  if (main < 8 || link > block->n || block->n - link < 4 ||
      get (block, link, 4) == 0)
    return FALSE;
  const gsize second = get (block, link, 4);
  const gsize at = find_below (block, second, 0x0201);
  const gsize n = find_below (block, second, 0x0202);

  put (block, link, 4, 0);
  if (at < 8 || at > block->n || n > block->n - at ||
      (at < link + 4 && at + n > main))
    return TRUE;
  memset (block->data + at, 0, n);
  if (at + n == block->n && at > link + 4)
    block->n = at;
  return TRUE;
}

GBytes *
rw_exif_renew (
    GBytes *bytes, int width, int height, double scale, gboolean *dropped)
{
  const Change change = { width, height, scale };
  Block block;
  const guint8 *data = g_bytes_get_data (bytes, &block.n);

  *dropped = FALSE;
  if (block.n < 8 ||
      (memcmp (data, "II*\0", 4) != 0 && memcmp (data, "MM\0*", 4) != 0))
    return g_bytes_ref (bytes);
  block.data = g_memdup2 (data, block.n);
  block.big_endian = data[0] == 'M';
  const gsize main = get (&block, 4, 4);
  if (scale > 1)
    resize (&block, main, &change);
  *dropped = drop_thumbnail (&block, main);
  return g_bytes_new_take (block.data, block.n);
}
