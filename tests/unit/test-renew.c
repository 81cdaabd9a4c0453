/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * EXIF blocks made true of a larger picture: the numbers, the thumbnail, and
 * blocks whose offsets lie.
 */
#include "io/renew.h"

#include "base/random.h"
#include "io/exif.h"

#include <string.h>

enum { MAKER = 20 };

static void
put (GByteArray *to, guint value, int n, gboolean big_endian)
{
  for (int i = 0; i < n; i++) {
    const guint8 byte = (guint8) (value >> (8 * (big_endian ? n - 1 - i : i)));
    g_byte_array_append (to, &byte, 1);
  }
}

static void
put_entry (
    GByteArray *to, int tag, int type, guint count, guint value, gboolean big)
{
  put (to, (guint) tag, 2, big);
  put (to, (guint) type, 2, big);
  put (to, count, 4, big);
  if (type == 3 && count == 1) {
    put (to, value, 2, big);
    put (to, 0, 2, big);
  } else
    put (to, value, 4, big);
}

/* Directories of three entries, two and two; then a ratio, notes, a thumbnail. */
static GBytes *
make (gboolean big)
{
  enum {
    MAIN = 8,
    EXIF = MAIN + 42,
    SECOND = EXIF + 30,
    RATIO = SECOND + 30,
    NOTES = RATIO + 8,
    THUMBNAIL = NOTES + MAKER
  };
  GByteArray *to = g_byte_array_new ();

  g_byte_array_append (to, (const guint8 *) (big ? "MM\0*" : "II*\0"), 4);
  put (to, MAIN, 4, big);
  put (to, 3, 2, big);
  put_entry (to, 0x0100, 3, 1, 40000, big);
  put_entry (to, 0x011a, 5, 1, RATIO, big);
  put_entry (to, 0x8769, 4, 1, EXIF, big);
  put (to, SECOND, 4, big);
  put (to, 2, 2, big);
  put_entry (to, 0x927c, 7, MAKER, NOTES, big);
  put_entry (to, 0xa002, 3, 1, 40000, big);
  put (to, 0, 4, big);
  put (to, 2, 2, big);
  put_entry (to, 0x0201, 4, 1, THUMBNAIL, big);
  put_entry (to, 0x0202, 4, 1, 30, big);
  put (to, 0, 4, big);
  put (to, 72, 4, big);
  put (to, 1, 4, big);
  for (int i = 0; i < MAKER + 30; i++)
    put (to, (guint) (i < MAKER ? 'n' : 't'), 1, big);
  return g_byte_array_free_to_bytes (to);
}

static guint
get (GPtrArray *directory, int tag)
{
  const RwExifEntry *entry = rw_exif_find (directory, tag);
  guint32 value = 0;
  guint16 half = 0;

  g_assert_nonnull (entry);
  if (entry->type == RW_EXIF_SHORT) {
    memcpy (&half, entry->data, 2);
    return half;
  }
  memcpy (&value, entry->data, 4);
  return value;
}

/* A number that 16 bits do not hold becomes a long one. */
static void
test_numbers (void)
{
  for (int big = 0; big < 2; big++) {
    g_autoptr (GBytes) block = make (big);
    gboolean dropped = FALSE;
    g_autoptr (GBytes) renewed =
        rw_exif_renew (block, 80000, 500, 2, &dropped);
    g_autoptr (RwExif) exif = rw_exif_parse (renewed);

    g_assert_true (dropped);
    g_assert_cmpuint (g_bytes_get_size (renewed), ==,
                      g_bytes_get_size (block) - 30);
    g_assert_cmpuint (get (exif->main, 0x0100), ==, 80000);
    g_assert_cmpuint (get (exif->main, 0x011a), ==, 144);
    g_assert_cmpuint (get (exif->exif, 0xa002), ==, 80000);
    const RwExifEntry *notes = rw_exif_find (exif->exif, 0x927c);
    g_assert_cmpmem (notes->data, notes->n_bytes, "nnnnnnnnnnnnnnnnnnnn",
                     MAKER);
  }
}

/* Of the same size, only the thumbnail goes; without one, nothing does. */
static void
test_same_size (void)
{
  g_autoptr (GBytes) block = make (FALSE);
  gboolean dropped = FALSE;
  g_autoptr (GBytes) first = rw_exif_renew (block, 9, 9, 1, &dropped);
  g_autoptr (RwExif) exif = rw_exif_parse (first);

  g_assert_true (dropped);
  g_assert_cmpuint (get (exif->main, 0x0100), ==, 40000);
  g_autoptr (GBytes) again = rw_exif_renew (first, 9, 9, 1, &dropped);
  g_assert_false (dropped);
  g_assert_true (g_bytes_equal (first, again));
}

/* Bytes changed at random, and the block cut anywhere. */
static void
test_hostile (void)
{
  for (guint64 i = 0; i < 200000; i++) {
    g_autoptr (GBytes) block = make (i % 2 != 0);
    gsize n;
    const void *data = g_bytes_get_data (block, &n);
    g_autofree guint8 *bad = g_memdup2 (data, n);
    for (guint64 k = 0; k < 1 + i % 4; k++)
      bad[rw_random_below (i, 10 + 2 * k, (guint32) n)] =
          rw_random_below (i, 11 + 2 * k, 3) == 0
              ? 0xff
              : (guint8) rw_random_below (i, 50 + k, 256);
    const gsize cut = i % 5 == 0 ? rw_random_below (i, 1, (guint32) n) : n;
    /* of its own, so that a sanitizer sees what lies outside */
    g_autoptr (GBytes) own = g_bytes_new_take (g_memdup2 (bad, cut), cut);
    gboolean dropped;
    g_autoptr (GBytes) renewed =
        rw_exif_renew (own, 70000, 3, 1 + (double) (i % 3), &dropped);
    g_assert_cmpuint (g_bytes_get_size (renewed), <=, cut);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/renew/numbers", test_numbers);
  g_test_add_func ("/renew/same-size", test_same_size);
  g_test_add_func ("/renew/hostile", test_hostile);
  return g_test_run ();
}
