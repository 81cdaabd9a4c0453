/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The process-wide cache of finished blocks.  A value is found by a hash of
 * everything that it was computed from.  When the budget in bytes is used up,
 * the least recently used values are dropped.  Any thread may call all of this.
 */
#pragma once

#include <glib.h>

/* 128 bits that stand for the bytes hashed.  Good against chance, not against
 * somebody who wants two pictures to look alike. */
typedef struct {
  guint64 low, high;
} RwCacheKey;

/* The key of what @key stands for followed by @n bytes of @data.  A zeroed key
 * stands for nothing.  Depends on the machine's byte order. */
RwCacheKey rw_cache_key_extend (RwCacheKey key, const void *data, gsize n);

/* (transfer full) the bytes stored under @key, or NULL. */
GBytes *rw_cache_find (const RwCacheKey *key);

/* Keeps a reference of @value, if the budget allows.  A value that is already
 * stored under the same key stays. */
void rw_cache_store (const RwCacheKey *key, GBytes *value);

/* Adds to the numbers that rw_cache_get_counts returns. */
void rw_cache_count (int n_computed, int n_found);

/* Adds one to the blocks that were read whole and hashed. */
void rw_cache_count_read (void);

/* (transfer full): how often what happened, and the memory. */
char *rw_cache_describe (void);

/* Counts @bytes that the caller keeps as part of the budget, and drops the
 * oldest values for them; FALSE where they and what is counted so already
 * exceed it.  They stay when the budget is lowered, until released. */
gboolean rw_cache_reserve (gsize bytes);
void rw_cache_release (gsize bytes);

gsize rw_cache_get_budget (void);

/* Bytes of values held now. */
gsize rw_cache_get_bytes (void);
