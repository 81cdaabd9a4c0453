/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The block cache: keys, the order of dropping, the budget, threads.
 */
#include "restore/cache.h"

#include "base/parallel.h"
#include "base/random.h"
#include "reweave.h"

#include <string.h>

static RwCacheKey
number_key (guint64 number)
{
  return rw_cache_key_extend ((RwCacheKey){ 0 }, &number, sizeof number);
}

static void
store (guint64 number, gsize size)
{
  const RwCacheKey key = number_key (number);
  g_autofree guint8 *data = g_malloc (size);
  memset (data, (int) number, size);
  g_autoptr (GBytes) value = g_bytes_new (data, size);

  rw_cache_store (&key, value);
}

static gboolean
has (guint64 number)
{
  const RwCacheKey key = number_key (number);
  g_autoptr (GBytes) value = rw_cache_find (&key);

  if (value != NULL)
    for (gsize i = 0; i < g_bytes_get_size (value); i++)
      g_assert_cmpuint (((const guint8 *) g_bytes_get_data (value, NULL))[i],
                        ==, (guint8) number);
  return value != NULL;
}

/* ---- keys -------------------------------------------------------------- */

static gboolean
equal (RwCacheKey a, RwCacheKey b)
{
  return a.low == b.low || a.high == b.high; /* one half alike is bad enough */
}

static void
test_key_sees_each_bit (void)
{
  guint8 data[100];
  for (int i = 0; i < 100; i++)
    data[i] = (guint8) rw_random_below (1, i, 256);

  for (gsize n = 0; n <= sizeof data; n++) {
    const RwCacheKey key = rw_cache_key_extend ((RwCacheKey){ 0 }, data, n);
    for (gsize bit = 0; bit < 8 * n; bit++) {
      data[bit / 8] ^= 1 << bit % 8;
      const RwCacheKey other =
          rw_cache_key_extend ((RwCacheKey){ 0 }, data, n);
      g_assert_false (equal (key, other));
      data[bit / 8] ^= 1 << bit % 8;
    }
    const RwCacheKey again = rw_cache_key_extend ((RwCacheKey){ 0 }, data, n);
    g_assert_true (key.low == again.low && key.high == again.high);
  }
}

/* Zeros of many lengths, one or in two parts, from several beginnings. */
static void
test_key_sees_lengths_and_order (void)
{
  static const guint8 zeros[300];
  g_autoptr (GHashTable) lows = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) highs =
      g_hash_table_new (g_int64_hash, g_int64_equal);
  RwCacheKey keys[3 * 300];
  int n_keys = 0;

  for (gsize n = 0; n < 300; n++) {
    keys[n_keys++] = rw_cache_key_extend ((RwCacheKey){ 0 }, zeros, n);
    keys[n_keys++] = rw_cache_key_extend ((RwCacheKey){ 1, 0 }, zeros, n);
    keys[n_keys++] = rw_cache_key_extend ((RwCacheKey){ 0, 1 }, zeros, n);
  }
  for (int i = 0; i < n_keys; i++) {
    g_assert_true (g_hash_table_add (lows, &keys[i].low));
    g_assert_true (g_hash_table_add (highs, &keys[i].high));
  }
  const RwCacheKey ab = rw_cache_key_extend (number_key (1), "b", 1);
  const RwCacheKey ba = rw_cache_key_extend (number_key (2), "a", 1);
  g_assert_false (equal (ab, ba));
}

/* Each bit of the key changes for about half of the changed bits of input. */
static void
test_key_spreads (void)
{
  float data[64] = { 0 };
  int flips[128] = { 0 };
  const RwCacheKey key =
      rw_cache_key_extend ((RwCacheKey){ 0 }, data, sizeof data);

  for (int bit = 0; bit < 2048; bit++) {
    ((guint8 *) data)[bit / 8] ^= 1 << bit % 8;
    const RwCacheKey other =
        rw_cache_key_extend ((RwCacheKey){ 0 }, data, sizeof data);
    ((guint8 *) data)[bit / 8] ^= 1 << bit % 8;
    for (int i = 0; i < 64; i++) {
      flips[i] += (key.low ^ other.low) >> i & 1;
      flips[64 + i] += (key.high ^ other.high) >> i & 1;
    }
  }
  for (int i = 0; i < 128; i++) { /* 2048 throws: six deviations are 136 */
    g_assert_cmpint (flips[i], >, 1024 - 136);
    g_assert_cmpint (flips[i], <, 1024 + 136);
  }
}

/* ---- the table --------------------------------------------------------- */

static void
test_finds_what_was_stored (void)
{
  rw_cache_set_budget (0);
  rw_cache_set_budget (1000);
  g_assert_false (has (1));
  store (1, 100);
  store (2, 200);
  g_assert_true (has (1));
  g_assert_true (has (2));
  g_assert_false (has (3));
  g_assert_cmpuint (rw_cache_get_bytes (), ==, 300);
  store (1, 100);
  g_assert_cmpuint (rw_cache_get_bytes (), ==, 300);
}

static void
test_drops_least_recently_used (void)
{
  rw_cache_set_budget (0);
  rw_cache_set_budget (300);
  store (1, 100);
  store (2, 100);
  store (3, 100);
  g_assert_true (has (1)); /* now 2 is the oldest */
  store (4, 100);
  g_assert_false (has (2));
  g_assert_true (has (1) && has (3) && has (4));
  store (5, 250);
  g_assert_true (has (5));
  g_assert_false (has (1) || has (3) || has (4));
  g_assert_cmpuint (rw_cache_get_bytes (), ==, 250);
}

static void
test_budget (void)
{
  rw_cache_set_budget (300);
  store (5, 250);
  store (6, 301); /* too large ever: nothing is dropped for it */
  g_assert_false (has (6));
  g_assert_true (has (5));
  rw_cache_set_budget (249);
  g_assert_false (has (5));
  g_assert_cmpuint (rw_cache_get_bytes (), ==, 0);
  rw_cache_set_budget (0);
  store (7, 1);
  g_assert_false (has (7));
}

/* What others keep is part of the budget. */
static void
test_reserve (void)
{
  rw_cache_set_budget (0);
  g_assert_false (rw_cache_reserve (1));
  rw_cache_set_budget (300);
  store (1, 100);
  store (2, 100);
  g_assert_false (rw_cache_reserve (301));
  g_assert_true (has (1) && has (2)); /* nothing is dropped for it */
  g_assert_true (rw_cache_reserve (150));
  g_assert_true (has (2) && !has (1));
  g_assert_false (rw_cache_reserve (151));
  store (3, 151);
  g_assert_false (has (3));
  rw_cache_set_budget (100); /* less than is reserved */
  g_assert_false (has (2));
  store (4, 1);
  g_assert_false (has (4));
  rw_cache_release (150);
  store (4, 100);
  g_assert_true (has (4));
}

static void
test_value_outlives_its_entry (void)
{
  const RwCacheKey key = number_key (9);

  rw_cache_set_budget (100);
  store (9, 100);
  g_autoptr (GBytes) value = rw_cache_find (&key);
  rw_cache_set_budget (0);
  g_assert_cmpuint (g_bytes_get_size (value), ==, 100);
  g_assert_cmpuint (((const guint8 *) g_bytes_get_data (value, NULL))[99], ==,
                    9);
}

static void
test_counts (void)
{
  guint64 computed, found, computed_after, found_after;

  rw_cache_get_counts (&computed, &found);
  rw_cache_count (3, 5);
  rw_cache_get_counts (&computed_after, &found_after);
  g_assert_cmpuint (computed_after - computed, ==, 3);
  g_assert_cmpuint (found_after - found, ==, 5);
}

/* Nonsense is said once, and the default holds. */
static void
test_environment (void)
{
  if (g_test_subprocess ()) {
    g_assert_cmpuint (rw_cache_get_budget (), ==, (gsize) 256 << 20);
    return;
  }
  g_setenv ("REWEAVE_CACHE", "2X", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("REWEAVE_CACHE");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (
      "reweave: REWEAVE_CACHE: found \"2X\", expected MiB, or an amount such "
      "as 512M or 1.5G; using the usual amount\n");
}

static void
hammer (int item, int worker, void *data)
{
  for (guint64 i = 0; i < 200; i++) {
    const guint64 number = rw_random_below ((guint64) item, i, 40);
    store (number, 10 + number);
    has (rw_random_below ((guint64) item, 1000 + i, 40));
    g_assert_cmpuint (rw_cache_get_bytes (), <=, 500);
  }
}

static void
test_threads (void)
{
  rw_cache_set_budget (500);
  rw_parallel_set_threads (4);
  rw_parallel_for (64, hammer, NULL);
  rw_parallel_set_threads (0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cache/key/each-bit", test_key_sees_each_bit);
  g_test_add_func ("/cache/key/lengths", test_key_sees_lengths_and_order);
  g_test_add_func ("/cache/key/spreads", test_key_spreads);
  g_test_add_func ("/cache/finds", test_finds_what_was_stored);
  g_test_add_func ("/cache/drops-oldest", test_drops_least_recently_used);
  g_test_add_func ("/cache/budget", test_budget);
  g_test_add_func ("/cache/reserve", test_reserve);
  g_test_add_func ("/cache/outlives", test_value_outlives_its_entry);
  g_test_add_func ("/cache/counts", test_counts);
  g_test_add_func ("/cache/environment", test_environment);
  g_test_add_func ("/cache/threads", test_threads);
  return g_test_run ();
}
