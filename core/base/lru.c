/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A hash table into a queue that is ordered by use, newest first.
 */
#include "base/lru.h"

typedef struct {
  gconstpointer key;
  gpointer value;
  gsize cost;
  GList link; /* in `order`; its data is the item */
} Item;

struct RwLru {
  GHashTable *items; /* of Item, by their key */
  GQueue order;
  gsize cost;
  GDestroyNotify free_value;
};

RwLru *
rw_lru_new (GHashFunc hash, GEqualFunc equal, GDestroyNotify free_value)
{
  RwLru *lru = g_new0 (RwLru, 1);

  lru->items = g_hash_table_new (hash, equal);
  lru->free_value = free_value;
  return lru;
}

void
rw_lru_free (RwLru *lru)
{
  if (lru == NULL)
    return;
  rw_lru_shrink (lru, 0, 0);
  g_hash_table_unref (lru->items);
  g_free (lru);
}

gpointer
rw_lru_find (RwLru *lru, gconstpointer key)
{
  Item *item = g_hash_table_lookup (lru->items, key);

  if (item == NULL)
    return NULL;
  g_queue_unlink (&lru->order, &item->link);
  g_queue_push_head_link (&lru->order, &item->link);
  return item->value;
}

gboolean
rw_lru_contains (const RwLru *lru, gconstpointer key)
{
  return g_hash_table_contains (lru->items, key);
}

void
rw_lru_add (RwLru *lru, gconstpointer key, gpointer value, gsize cost)
{
  Item *item = g_new (Item, 1);

  *item = (Item){ .key = key, .value = value, .cost = cost };
  item->link.data = item;
  g_hash_table_insert (lru->items, (gpointer) key, item);
  g_queue_push_head_link (&lru->order, &item->link);
  lru->cost += cost;
}

gpointer
rw_lru_steal (RwLru *lru)
{
  Item *item = g_queue_peek_tail (&lru->order);

  if (item == NULL)
    return NULL;
  gpointer value = item->value;
  g_hash_table_remove (lru->items, item->key);
  g_queue_unlink (&lru->order, &item->link);
  lru->cost -= item->cost;
  g_free (item);
  return value;
}

guint
rw_lru_shrink (RwLru *lru, gsize cost, guint n_kept)
{
  guint n_dropped = 0;

  for (; lru->order.length > n_kept && (lru->cost > cost || cost == 0);
       n_dropped++)
    lru->free_value (rw_lru_steal (lru));
  return n_dropped;
}

gsize
rw_lru_get_cost (const RwLru *lru)
{
  return lru->cost;
}

guint
rw_lru_get_length (const RwLru *lru)
{
  return lru->order.length;
}
