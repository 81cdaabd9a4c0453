/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A hash table into a queue that is ordered by use, newest first.
 */
#include "restore/cache.h"

#include "reweave.h"

#include <string.h>
#include <xxhash.h>

typedef struct {
  RwCacheKey key;
  GBytes *value;
  GList link; /* in `order`; its data is the entry */
} Entry;

#define DEFAULT_MIB 256

static GMutex lock;         /* guards all that follows */
static GHashTable *entries; /* of Entry, by their key */
static GQueue order;
static gsize held_bytes;
static gsize reserved_bytes; /* of the budget, kept by others */
static gsize budget_bytes;
static guint64 count_computed, count_found;
static guint64 count_read, count_dropped;
static gsize most_bytes; /* that were held */

/* ---- the key ----------------------------------------------------------- */

/* XXH3 of the data alone and then of both keys, so that data may be hashed in
 * one piece however the key came about. */
RwCacheKey
rw_cache_key_extend (RwCacheKey key, const void *data, gsize n)
{
  const XXH128_hash_t part = XXH3_128bits (data, n);
  const guint64 words[] = { key.low, key.high, part.low64, part.high64, n };
  const XXH128_hash_t all = XXH3_128bits (words, sizeof words);

  return (RwCacheKey){ .low = all.low64, .high = all.high64 };
}

static guint
key_hash (gconstpointer key)
{
  return (guint) ((const RwCacheKey *) key)->low;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (RwCacheKey)) == 0;
}

/* ---- the table --------------------------------------------------------- */

static gsize
budget_from_environment (void)
{
  const char *text = g_getenv ("REWEAVE_CACHE");
  guint64 mib = DEFAULT_MIB;

  if (text != NULL && *text != '\0' &&
      !g_ascii_string_to_unsigned (text, 10, 0, G_MAXSIZE >> 20, &mib, NULL)) {
    g_printerr (
        "reweave: REWEAVE_CACHE: found \"%s\", expected a whole number "
        "of MiB; using %d\n",
        text, DEFAULT_MIB);
    mib = DEFAULT_MIB;
  }
  return (gsize) mib << 20;
}

/* With the lock held. */
static void
make_table (void)
{
  if (entries != NULL)
    return;
  entries = g_hash_table_new (key_hash, key_equal);
  budget_bytes = budget_from_environment ();
}

static void
drop (Entry *entry)
{
  g_hash_table_remove (entries, &entry->key);
  g_queue_unlink (&order, &entry->link);
  held_bytes -= g_bytes_get_size (entry->value);
  g_bytes_unref (entry->value);
  g_free (entry);
}

/* What the budget has for values. */
static gsize
get_room (void)
{
  return budget_bytes - MIN (reserved_bytes, budget_bytes);
}

static void
shrink_to (gsize bytes)
{
  for (; held_bytes > bytes; count_dropped++)
    drop (g_queue_peek_tail (&order));
}

GBytes *
rw_cache_find (const RwCacheKey *key)
{
  GBytes *value = NULL;

  g_mutex_lock (&lock);
  make_table ();
  Entry *entry = g_hash_table_lookup (entries, key);
  if (entry != NULL) {
    g_queue_unlink (&order, &entry->link);
    g_queue_push_head_link (&order, &entry->link);
    value = g_bytes_ref (entry->value);
  }
  g_mutex_unlock (&lock);
  return value;
}

void
rw_cache_store (const RwCacheKey *key, GBytes *value)
{
  const gsize size = g_bytes_get_size (value);

  g_mutex_lock (&lock);
  make_table ();
  if (size <= get_room () && !g_hash_table_contains (entries, key)) {
    Entry *entry = g_new0 (Entry, 1);
    shrink_to (get_room () - size);
    entry->key = *key;
    entry->value = g_bytes_ref (value);
    entry->link.data = entry;
    g_hash_table_insert (entries, &entry->key, entry);
    g_queue_push_head_link (&order, &entry->link);
    held_bytes += size;
    most_bytes = MAX (most_bytes, held_bytes);
  }
  g_mutex_unlock (&lock);
}

void
rw_cache_count (int n_computed, int n_found)
{
  g_mutex_lock (&lock);
  count_computed += (guint64) n_computed;
  count_found += (guint64) n_found;
  g_mutex_unlock (&lock);
}

void
rw_cache_count_read (void)
{
  g_mutex_lock (&lock);
  count_read++;
  g_mutex_unlock (&lock);
}

char *
rw_cache_describe (void)
{
  const double mib = 1 << 20;

  g_mutex_lock (&lock);
  make_table ();
  char *text = g_strdup_printf (
      "%" G_GUINT64_FORMAT " blocks read and hashed, %" G_GUINT64_FORMAT
      " computed, %" G_GUINT64_FORMAT " times found, %" G_GUINT64_FORMAT
      " dropped; at most %.1f of %.1f MiB",
      count_read, count_computed, count_found, count_dropped,
      (double) most_bytes / mib, (double) budget_bytes / mib);
  g_mutex_unlock (&lock);
  return text;
}

gsize
rw_cache_get_bytes (void)
{
  g_mutex_lock (&lock);
  const gsize bytes = held_bytes;
  g_mutex_unlock (&lock);
  return bytes;
}

void
rw_cache_set_budget (gsize bytes)
{
  g_mutex_lock (&lock);
  make_table ();
  budget_bytes = bytes;
  shrink_to (get_room ());
  g_mutex_unlock (&lock);
}

gboolean
rw_cache_reserve (gsize bytes)
{
  g_mutex_lock (&lock);
  make_table ();
  const gboolean fits = bytes <= get_room ();
  if (fits) {
    reserved_bytes += bytes;
    shrink_to (get_room ());
  }
  g_mutex_unlock (&lock);
  return fits;
}

void
rw_cache_release (gsize bytes)
{
  g_mutex_lock (&lock);
  reserved_bytes -= bytes;
  g_mutex_unlock (&lock);
}

gsize
rw_cache_get_budget (void)
{
  g_mutex_lock (&lock);
  make_table ();
  const gsize bytes = budget_bytes;
  g_mutex_unlock (&lock);
  return bytes;
}

void
rw_cache_get_counts (guint64 *n_computed, guint64 *n_found)
{
  g_mutex_lock (&lock);
  if (n_computed != NULL)
    *n_computed = count_computed;
  if (n_found != NULL)
    *n_found = count_found;
  g_mutex_unlock (&lock);
}
