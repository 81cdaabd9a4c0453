/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What describes a picture.  The resource blocks are Photoshop's (Adobe
 * Photoshop File Formats Specification, "Image Resources Section"):
 *
 *   "8BIM" number name size bytes       name and bytes padded to even lengths
 */
#include "io/metadata.h"

#include <string.h>

enum { IPTC_BLOCK = 0x0404, BLOCK_HEAD = 12 };

RwMetadata *
rw_metadata_new (void)
{
  return g_atomic_rc_box_new0 (RwMetadata);
}

RwMetadata *
rw_metadata_ref (RwMetadata *metadata)
{
  return metadata == NULL ? NULL : g_atomic_rc_box_acquire (metadata);
}

static void
ref_bytes (GBytes **bytes)
{
  if (*bytes != NULL)
    g_bytes_ref (*bytes);
}

RwMetadata *
rw_metadata_copy (const RwMetadata *metadata)
{
  RwMetadata *copy = rw_metadata_new ();

  *copy = *metadata;
  ref_bytes (&copy->xmp);
  ref_bytes (&copy->iptc);
  ref_bytes (&copy->photoshop);
  ref_bytes (&copy->chunks);
  ref_bytes (&copy->markers);
  copy->texts = g_strdup (metadata->texts);
  return copy;
}

static void
clear (gpointer data)
{
  RwMetadata *metadata = data;

  g_clear_pointer (&metadata->xmp, g_bytes_unref);
  g_clear_pointer (&metadata->iptc, g_bytes_unref);
  g_clear_pointer (&metadata->photoshop, g_bytes_unref);
  g_clear_pointer (&metadata->chunks, g_bytes_unref);
  g_clear_pointer (&metadata->markers, g_bytes_unref);
  g_free (metadata->texts);
}

void
rw_metadata_unref (RwMetadata *metadata)
{
  if (metadata != NULL)
    g_atomic_rc_box_release_full (metadata, clear);
}

/* ---- IPTC -------------------------------------------------------------- */

static GBytes *
find_iptc (GBytes *blocks)
{
  gsize n;
  const guint8 *p = g_bytes_get_data (blocks, &n);

  for (gsize at = 0; at + BLOCK_HEAD <= n;) {
    if (memcmp (p + at, "8BIM", 4) != 0)
      return NULL;
    const int number = p[at + 4] << 8 | p[at + 5];
    gsize next = at + 6 + 1 + p[at + 6]; /* after the name */
    next += (next - at) % 2;
    if (next + 4 > n)
      return NULL;
    const gsize size = (gsize) p[next] << 24 | (gsize) p[next + 1] << 16 |
                       (gsize) p[next + 2] << 8 | p[next + 3];
    next += 4;
    if (size > n - next)
      return NULL;
    if (number == IPTC_BLOCK && size > 0)
      return g_bytes_new (p + next, size);
    at = next + size + size % 2;
  }
  return NULL;
}

GBytes *
rw_metadata_get_iptc (const RwMetadata *metadata)
{
  if (metadata->iptc != NULL)
    return g_bytes_ref (metadata->iptc);
  return metadata->photoshop != NULL ? find_iptc (metadata->photoshop) : NULL;
}

GBytes *
rw_metadata_get_photoshop (const RwMetadata *metadata)
{
  gsize n;

  if (metadata->photoshop != NULL)
    return g_bytes_ref (metadata->photoshop);
  if (metadata->iptc == NULL)
    return NULL;
  const guint8 *iptc = g_bytes_get_data (metadata->iptc, &n);
  const guint8 head[BLOCK_HEAD] = { '8',
                                    'B',
                                    'I',
                                    'M',
                                    IPTC_BLOCK >> 8,
                                    IPTC_BLOCK & 255,
                                    0,
                                    0,
                                    (guint8) (n >> 24),
                                    (guint8) (n >> 16),
                                    (guint8) (n >> 8),
                                    (guint8) n };
  GByteArray *made = g_byte_array_new ();
  g_byte_array_append (made, head, sizeof head);
  g_byte_array_append (made, iptc, (guint) n);
  if (n % 2 != 0)
    g_byte_array_append (made, (const guint8 *) "", 1);
  return g_byte_array_free_to_bytes (made);
}
