/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A table of things that cost something, of which the least recently used are
 * dropped first: finished blocks, decoded pictures, loaded models.  It has no
 * lock.
 */
#pragma once

#include <glib.h>

typedef struct RwLru RwLru;

/* @hash, @equal: of keys, as g_hash_table_new takes them.  @free_value frees
 * what is dropped. */
RwLru *
rw_lru_new (GHashFunc hash, GEqualFunc equal, GDestroyNotify free_value);

void rw_lru_free (RwLru *lru); /* accepts NULL */

/* The value under @key, which is now the latest used, or NULL. */
gpointer rw_lru_find (RwLru *lru, gconstpointer key);

/* Whether there is one; its age stays. */
gboolean rw_lru_contains (const RwLru *lru, gconstpointer key);

/* Adds what is not there yet, as the latest used.  @key is not copied: it
 * lives as long as @value does, which the table takes. */
void rw_lru_add (RwLru *lru, gconstpointer key, gpointer value, gsize cost);

/* Drops the oldest values until the others cost no more than @cost, or only
 * @n_kept are left; with @cost 0 all but @n_kept.  Returns how many were
 * dropped. */
guint rw_lru_shrink (RwLru *lru, gsize cost, guint n_kept);

/* Takes the oldest value out, or NULL.  (transfer full) */
gpointer rw_lru_steal (RwLru *lru);

gsize rw_lru_get_cost (const RwLru *lru);
guint rw_lru_get_length (const RwLru *lru);
