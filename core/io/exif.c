/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * EXIF blocks.  All numbers of a file are hostile: a directory is read only
 * where its values lie inside the file, and no more than RW_METADATA_MAX of
 * them together.
 */
#include "io/exif.h"

#include "io/metadata.h"

#include <string.h>

enum {
  COLOUR_SPACE = 0xa001,
  INTEROP_INDEX = 1,
  INTEROP = 0xa005,
  MAX_ENTRIES = 4096,
  HEAD = 8
};

typedef struct {
  RwExifRead read;
  gpointer file;
  guint64 n_bytes;
  gboolean big_endian, big;
  gboolean (*skips) (int tag); /* or NULL */
  gsize left;                  /* bytes that may still be taken */
} Source;

/* ---- numbers ----------------------------------------------------------- */

/* Bytes of a value, 0: no such type. */
static gsize
get_size (int type)
{
  static const guint8 sizes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                  8, 4, 8, 4, 0, 0, 8, 8, 8 };

  return type >= 0 && type < (int) G_N_ELEMENTS (sizes) ? sizes[type] : 0;
}

/* Bytes that are swapped as one: a rational is two numbers. */
static gsize
get_unit (int type)
{
  return type == 5 || type == 10 ? 4 : get_size (type);
}

static gboolean
is_native (gboolean big_endian)
{
  return big_endian == (G_BYTE_ORDER == G_BIG_ENDIAN);
}

static void
swap (guint8 *data, gsize n, gsize unit)
{
  for (gsize at = 0; at + unit <= n; at += unit)
    for (gsize i = 0; i < unit / 2; i++) {
      const guint8 byte = data[at + i];
      data[at + i] = data[at + unit - 1 - i];
      data[at + unit - 1 - i] = byte;
    }
}

static guint64
get_number (const guint8 *p, gsize n, gboolean big_endian)
{
  guint64 value = 0;

  for (gsize i = 0; i < n; i++)
    value = value << 8 | p[big_endian ? i : n - 1 - i];
  return value;
}

static void
put_number (GByteArray *to, guint64 value, gsize n, gboolean big_endian)
{
  guint8 bytes[8];

  for (gsize i = 0; i < n; i++)
    bytes[big_endian ? n - 1 - i : i] = (guint8) (value >> (8 * i));
  g_byte_array_append (to, bytes, (guint) n);
}

/* ---- reading ----------------------------------------------------------- */

static void
free_entry (gpointer data)
{
  RwExifEntry *entry = data;

  g_free (entry->data);
  g_free (entry);
}

static RwExifEntry *
new_entry (int tag, int type, gsize count)
{
  RwExifEntry *entry = g_new (RwExifEntry, 1);
  const gsize n = count * get_size (type);

  *entry = (RwExifEntry){ .tag = (guint16) tag,
                          .type = (guint16) type,
                          .count = count,
                          .data = g_malloc0 (n + 1),
                          .n_bytes = n };
  return entry;
}

/* @raw: tag, type, count, value or offset.  NULL: damaged. */
static RwExifEntry *
read_entry (Source *source, const guint8 *raw)
{
  const gboolean order = source->big_endian;
  const gsize wide = source->big ? 8 : 4;
  const int tag = (int) get_number (raw, 2, order);
  const int type = (int) get_number (raw + 2, 2, order);
  const guint64 count = get_number (raw + 4, wide, order);
  const gsize size = get_size (type);

  if ((source->skips != NULL && source->skips (tag)) || size == 0 ||
      count == 0 || count > source->left / size)
    return NULL;
  RwExifEntry *entry = new_entry (tag, type, (gsize) count);
  const guint8 *value = raw + 4 + wide;

  source->left -= entry->n_bytes;
  if (entry->n_bytes <= wide)
    memcpy (entry->data, value, entry->n_bytes);
  else {
    const guint64 offset = get_number (value, wide, order);
    if (offset > source->n_bytes ||
        entry->n_bytes > source->n_bytes - offset ||
        !source->read (source->file, offset, entry->data, entry->n_bytes)) {
      free_entry (entry);
      return NULL;
    }
  }
  if (!is_native (order))
    swap (entry->data, entry->n_bytes, get_unit (type));
  return entry;
}

static GPtrArray *
read_directory (Source *source, guint64 offset)
{
  const gsize head = source->big ? 8 : 2, wide = source->big ? 20 : 12;
  guint8 raw[20];

  if (offset < HEAD || offset > source->n_bytes ||
      source->n_bytes - offset < head ||
      !source->read (source->file, offset, raw, head))
    return NULL;
  const guint64 n = get_number (raw, head, source->big_endian);
  if (n == 0 || n > MAX_ENTRIES || n * wide > source->n_bytes - offset - head)
    return NULL;
  GPtrArray *directory = g_ptr_array_new_with_free_func (free_entry);
  for (guint64 i = 0; i < n; i++) {
    if (!source->read (source->file, offset + head + i * wide, raw, wide))
      break;
    RwExifEntry *entry = read_entry (source, raw);
    if (entry != NULL)
      g_ptr_array_add (directory, entry);
  }
  return directory;
}

const RwExifEntry *
rw_exif_find (GPtrArray *directory, int tag)
{
  for (guint i = 0; directory != NULL && i < directory->len; i++) {
    const RwExifEntry *entry = g_ptr_array_index (directory, i);
    if (entry->tag == tag)
      return entry;
  }
  return NULL;
}

/* The number that an entry is, of 2, 4 or 8 bytes; 0: it is none. */
static guint64
get_value (const RwExifEntry *entry)
{
  const gsize size = entry == NULL ? 0 : get_unit (entry->type);

  return size == 0 || size > entry->n_bytes
             ? 0
             : get_number (entry->data, size, G_BYTE_ORDER == G_BIG_ENDIAN);
}

/* The directory that @tag of @parent points to, or NULL. */
static GPtrArray *
read_below (Source *source, GPtrArray *parent, int tag)
{
  const RwExifEntry *entry = rw_exif_find (parent, tag);

  return entry != NULL ? read_directory (source, get_value (entry)) : NULL;
}

RwExif *
rw_exif_read (RwExifRead read,
              gpointer file,
              guint64 n_bytes,
              gboolean big_endian,
              gboolean big,
              guint64 first,
              gboolean (*skips) (int tag))
{
  Source source = { .read = read,
                    .file = file,
                    .n_bytes = n_bytes,
                    .big_endian = big_endian,
                    .big = big,
                    .skips = skips,
                    .left = RW_METADATA_MAX };
  RwExif *exif = g_new0 (RwExif, 1);

  exif->main = read_directory (&source, first);
  source.skips = NULL;
  exif->exif = read_below (&source, exif->main, RW_EXIF_EXIF);
  exif->gps = read_below (&source, exif->main, RW_EXIF_GPS);
  exif->interop = read_below (&source, exif->exif, INTEROP);
  return exif;
}

static gboolean
read_block (gpointer file, guint64 offset, void *data, gsize n)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (file, &size);

  if (offset > size || n > size - offset)
    return FALSE;
  memcpy (data, bytes + offset, n);
  return TRUE;
}

RwExif *
rw_exif_parse (GBytes *block)
{
  gsize n;
  const guint8 *p = g_bytes_get_data (block, &n);

  if (n < HEAD || (memcmp (p, "II*\0", 4) != 0 && memcmp (p, "MM\0*", 4) != 0))
    return NULL;
  const gboolean big_endian = p[0] == 'M';
  return rw_exif_read (read_block, block, n, big_endian, FALSE,
                       get_number (p + 4, 4, big_endian), NULL);
}

GBytes *
rw_exif_get_bytes (const RwExifEntry *entry, gboolean big_endian)
{
  guint8 *data = g_memdup2 (entry->data, entry->n_bytes);

  if (!is_native (big_endian))
    swap (data, entry->n_bytes, get_unit (entry->type));
  return g_bytes_new_take (data, entry->n_bytes);
}

void
rw_exif_drop (RwExif *exif, gboolean (*drops) (int tag))
{
  for (guint i = exif->main == NULL ? 0 : exif->main->len; i-- > 0;) {
    const RwExifEntry *entry = g_ptr_array_index (exif->main, i);
    if (drops (entry->tag) && entry->tag != RW_EXIF_EXIF &&
        entry->tag != RW_EXIF_GPS)
      g_ptr_array_remove_index (exif->main, i);
  }
}

static void
free_directory (GPtrArray *directory)
{
  if (directory != NULL)
    g_ptr_array_unref (directory);
}

void
rw_exif_free (RwExif *exif)
{
  if (exif == NULL)
    return;
  free_directory (exif->main);
  free_directory (exif->exif);
  free_directory (exif->gps);
  free_directory (exif->interop);
  g_free (exif);
}

/* ---- writing ----------------------------------------------------------- */

static int
compare_tags (gconstpointer a, gconstpointer b)
{
  const RwExifEntry *const *x = a, *const *y = b;

  return (*x)->tag - (*y)->tag;
}

typedef struct {
  int tag;
  GPtrArray *directory; /* or NULL */
  GPtrArray *below;     /* the interoperability directory, or NULL */
} Child;

/* Bytes of a directory with its values and what is below it. */
static GBytes *
write_directory (GPtrArray *from,
                 const Child *children,
                 int n_children,
                 gboolean big_endian,
                 gboolean big,
                 guint64 offset)
{
  const gsize wide = big ? 8 : 4;
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autoptr (GPtrArray) own = g_ptr_array_new_with_free_func (free_entry);
  GByteArray *head = g_byte_array_new (), *tail = g_byte_array_new ();

  for (guint i = 0; from != NULL && i < from->len; i++) {
    RwExifEntry *entry = g_ptr_array_index (from, i);
    gboolean points = entry->tag == RW_EXIF_EXIF ||
                      entry->tag == RW_EXIF_GPS || entry->tag == INTEROP;
    if (!points && (big || entry->type < 16))
      g_ptr_array_add (all, entry);
  }
  for (int i = 0; i < n_children; i++)
    if (children[i].directory != NULL && children[i].directory->len > 0) {
      RwExifEntry *entry = new_entry (children[i].tag, big ? 18 : 4, 1);
      g_ptr_array_add (own, entry);
      g_ptr_array_add (all, entry);
    }
  g_ptr_array_sort (all, compare_tags);
  const guint64 values =
      offset + (big ? 8 : 2) + all->len * (big ? 20 : 12) + wide;
  put_number (head, all->len, big ? 8 : 2, big_endian);
  for (guint i = 0; i < all->len; i++) {
    const RwExifEntry *entry = g_ptr_array_index (all, i);
    const Child *child = NULL;
    for (int k = 0; k < n_children; k++)
      if (children[k].tag == entry->tag)
        child = &children[k];
    put_number (head, entry->tag, 2, big_endian);
    put_number (head, entry->type, 2, big_endian);
    put_number (head, entry->count, wide, big_endian);
    if (child != NULL || entry->n_bytes > wide)
      put_number (head, values + tail->len, wide, big_endian);
    if (child != NULL) {
      const Child below = { INTEROP, child->below, NULL };
      g_autoptr (GBytes) bytes = write_directory (
          child->directory, &below, 1, big_endian, big, values + tail->len);
      g_byte_array_append (tail, g_bytes_get_data (bytes, NULL),
                           (guint) g_bytes_get_size (bytes));
      continue;
    }
    g_autofree guint8 *data = g_memdup2 (entry->data, entry->n_bytes);
    if (!is_native (big_endian))
      swap (data, entry->n_bytes, get_unit (entry->type));
    GByteArray *to = entry->n_bytes > wide ? tail : head;
    const gsize room =
        entry->n_bytes > wide ? entry->n_bytes + entry->n_bytes % 2 : wide;
    g_byte_array_append (to, data, (guint) entry->n_bytes);
    for (gsize k = entry->n_bytes; k < room; k++)
      g_byte_array_append (to, (const guint8 *) "", 1);
  }
  put_number (head, 0, wide, big_endian); /* there is no next one */
  g_byte_array_append (head, tail->data, tail->len);
  g_byte_array_unref (tail);
  return g_byte_array_free_to_bytes (head);
}

GBytes *
rw_exif_write_directory (GPtrArray *directory,
                         GPtrArray *interop,
                         gboolean big_endian,
                         gboolean big,
                         guint64 offset)
{
  const Child below = { INTEROP, interop, NULL };

  return write_directory (directory, &below, 1, big_endian, big, offset);
}

GBytes *
rw_exif_write (const RwExif *exif)
{
  const Child children[] = {
    { RW_EXIF_EXIF, exif->exif, exif->interop },
    { RW_EXIF_GPS, exif->gps, NULL },
  };

  if ((exif->main == NULL || exif->main->len == 0) && exif->exif == NULL &&
      exif->gps == NULL)
    return NULL;
  g_autoptr (GBytes) main =
      write_directory (exif->main, children, 2, FALSE, FALSE, HEAD);
  GByteArray *block = g_byte_array_new ();
  g_byte_array_append (block, (const guint8 *) "II*\0\10\0\0\0", HEAD);
  g_byte_array_append (block, g_bytes_get_data (main, NULL),
                       (guint) g_bytes_get_size (main));
  return g_byte_array_free_to_bytes (block);
}

void
rw_exif_add_short (RwExif *exif, int tag, int value)
{
  RwExifEntry *entry = new_entry (tag, RW_EXIF_SHORT, 1);
  const guint16 number = (guint16) value;

  memcpy (entry->data, &number, sizeof number);
  if (exif->main == NULL)
    exif->main = g_ptr_array_new_with_free_func (free_entry);
  g_ptr_array_add (exif->main, entry);
}

/* ---- orientation ------------------------------------------------------- */

int
rw_exif_get_orientation (const RwExif *exif)
{
  const guint64 value =
      get_value (rw_exif_find (exif->main, RW_EXIF_ORIENTATION));

  return value >= 1 && value <= 8 ? (int) value : 1;
}

int
rw_exif_block_orientation (GBytes *block)
{
  g_autoptr (RwExif) exif = block == NULL ? NULL : rw_exif_parse (block);

  return exif == NULL ? 1 : rw_exif_get_orientation (exif);
}

gboolean
rw_exif_block_is_adobe_rgb (GBytes *block)
{
  g_autoptr (RwExif) exif = block != NULL ? rw_exif_parse (block) : NULL;
  const RwExifEntry *space = exif != NULL && exif->exif != NULL
                                 ? rw_exif_find (exif->exif, COLOUR_SPACE)
                                 : NULL;
  const RwExifEntry *rules = space != NULL && exif->interop != NULL
                                 ? rw_exif_find (exif->interop, INTEROP_INDEX)
                                 : NULL;
  guint16 value;

  if (rules == NULL || space->type != RW_EXIF_SHORT)
    return FALSE;
  memcpy (&value, space->data, sizeof value);
  return value == 0xffff && rules->n_bytes >= 3 &&
         memcmp (rules->data, "R03", 3) == 0;
}
