/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pixels that are not held: they are decoded when needed; the latest are kept.
 */
#include "train/data/dataset-private.h"

#include "reweave.h"

#define LEAST_KEPT 2 /* both pictures of a mix are in use at once */

typedef struct {
  int i; /* of the picture */
  gsize n_bytes;
  RwPixels pixels;
} Entry;

struct RwPixelsCache {
  const RwDataset *dataset;
  GQueue entries;    /* of Entry, latest first */
  GHashTable *links; /* picture + 1 to its GList in entries */
  gsize n_bytes;
  guint64 n_decoded;
};

RwPixelsCache *
rw_pixels_cache_new (const RwDataset *dataset)
{
  RwPixelsCache *cache = g_new0 (RwPixelsCache, 1);

  cache->dataset = dataset;
  g_queue_init (&cache->entries);
  cache->links = g_hash_table_new (NULL, NULL);
  return cache;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  rw_pixels_clear (&entry->pixels);
  g_free (entry);
}

void
rw_pixels_cache_free (RwPixelsCache *cache)
{
  if (cache == NULL)
    return;
  g_queue_clear_full (&cache->entries, entry_free);
  g_hash_table_unref (cache->links);
  g_free (cache);
}

/* Makes room for @n_bytes more. */
static void
evict (RwPixelsCache *cache, gsize n_bytes)
{
  while (cache->entries.length >= LEAST_KEPT &&
         cache->n_bytes + n_bytes > cache->dataset->spare_bytes) {
    Entry *entry = g_queue_pop_tail (&cache->entries);
    g_hash_table_remove (cache->links, GINT_TO_POINTER (entry->i + 1));
    cache->n_bytes -= entry->n_bytes;
    entry_free (entry);
  }
}

static gboolean
decode (const RwDatasetImage *image, RwPixels *pixels, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!rw_dataset_image_decode (image, pixels, &reason)) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: it was good when the data was loaded, and is wanted "
                 "again as not all of it fits the memory; put it back and go "
                 "on with --resume, or raise --data-memory",
                 reason->message);
    return FALSE;
  }
  if (rw_pixels_hash (pixels) == image->hash)
    return TRUE;
  rw_pixels_clear (pixels);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its pixels are not those it had when the data was loaded; "
               "put the old file back and go on with --resume",
               image->name);
  return FALSE;
}

const RwPixels *
rw_pixels_cache_get (RwPixelsCache *cache, int i, GError **error)
{
  const RwDatasetImage *image = rw_dataset_get_image (cache->dataset, i);
  GList *link = g_hash_table_lookup (cache->links, GINT_TO_POINTER (i + 1));
  RwPixels pixels;

  if (image->pixels.clean != NULL)
    return &image->pixels;
  if (link != NULL) {
    g_queue_unlink (&cache->entries, link);
    g_queue_push_head_link (&cache->entries, link);
    return &((const Entry *) link->data)->pixels;
  }
  evict (cache, image->n_bytes);
  if (!decode (image, &pixels, error))
    return NULL;
  Entry *entry = g_new (Entry, 1);
  *entry = (Entry){ .i = i, .n_bytes = image->n_bytes, .pixels = pixels };
  g_queue_push_head (&cache->entries, entry);
  g_hash_table_insert (cache->links, GINT_TO_POINTER (i + 1),
                       cache->entries.head);
  cache->n_bytes += image->n_bytes;
  cache->n_decoded++;
  return &entry->pixels;
}

guint64
rw_pixels_cache_get_n_decoded (const RwPixelsCache *cache)
{
  return cache->n_decoded;
}
