/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The blocks, their keys and their budget.
 */
#include "restore/cache.h"

#include "reweave.h"
#include "base/amount.h"
#include "base/lru.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

typedef struct {
  RwCacheKey key;
  GBytes *value;
} Entry;

#define DEFAULT_MIB 256

static GMutex lock;          /* guards all that follows */
static RwLru *entries;       /* of Entry, by their key; they cost bytes */
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
  gsize bytes = (gsize) DEFAULT_MIB << 20;

  rw_amount_from_environment ("REWEAVE_CACHE", 0, "the usual amount", &bytes);
  return bytes;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_bytes_unref (entry->value);
  g_free (entry);
}

/* With the lock held. */
static void
make_table (void)
{
  if (entries != NULL)
    return;
  entries = rw_lru_new (key_hash, key_equal, entry_free);
  budget_bytes = budget_from_environment ();
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
  if (rw_lru_get_cost (entries) > bytes)
    count_dropped += rw_lru_shrink (entries, bytes, 0);
}

GBytes *
rw_cache_find (const RwCacheKey *key)
{
  GBytes *value = NULL;

  g_mutex_lock (&lock);
  make_table ();
  const Entry *entry = rw_lru_find (entries, key);
  if (entry != NULL)
    value = g_bytes_ref (entry->value);
  g_mutex_unlock (&lock);
  return value;
}

void
rw_cache_store (const RwCacheKey *key, GBytes *value)
{
  const gsize size = g_bytes_get_size (value);

  g_mutex_lock (&lock);
  make_table ();
  if (size <= get_room () && !rw_lru_contains (entries, key)) {
    Entry *entry = g_new (Entry, 1);
    shrink_to (get_room () - size);
    *entry = (Entry){ .key = *key, .value = g_bytes_ref (value) };
    rw_lru_add (entries, &entry->key, entry, size);
    most_bytes = MAX (most_bytes, rw_lru_get_cost (entries));
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
  make_table ();
  const gsize bytes = rw_lru_get_cost (entries);
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
