/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pixels that are not held: they are decoded when needed; the latest are kept.
 */
#include "train/data/dataset-private.h"

#include "reweave.h"
#include "base/lru.h"

#define LEAST_KEPT 2 /* both pictures of a mix are in use at once */

struct RwPixelsCache {
  const RwDataset *dataset;
  RwLru *entries; /* of RwDatasetPixels, by picture + 1; they cost bytes */
  guint64 n_decoded;
};

static void
pixels_free (gpointer data)
{
  rw_dataset_pixels_clear (data);
  g_free (data);
}

RwPixelsCache *
rw_pixels_cache_new (const RwDataset *dataset)
{
  RwPixelsCache *cache = g_new0 (RwPixelsCache, 1);

  cache->dataset = dataset;
  cache->entries = rw_lru_new (NULL, NULL, pixels_free);
  return cache;
}

void
rw_pixels_cache_free (RwPixelsCache *cache)
{
  if (cache == NULL)
    return;
  rw_lru_free (cache->entries);
  g_free (cache);
}

/* Makes room for @n_bytes more. */
static void
evict (RwPixelsCache *cache, gsize n_bytes)
{
  const gsize room = cache->dataset->spare_bytes;

  rw_lru_shrink (cache->entries, room - MIN (n_bytes, room), LEAST_KEPT - 1);
}

static gboolean
decode (const RwDatasetImage *image, RwDatasetPixels *pixels, GError **error)
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
  if (rw_dataset_pixels_hash (pixels) == image->hash)
    return TRUE;
  rw_dataset_pixels_clear (pixels);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its pixels are not those it had when the data was loaded; "
               "put the old file back and go on with --resume",
               image->name);
  return FALSE;
}

const RwDatasetPixels *
rw_pixels_cache_get (RwPixelsCache *cache, int i, GError **error)
{
  const RwDatasetImage *image = rw_dataset_get_image (cache->dataset, i);
  gconstpointer key = GINT_TO_POINTER (i + 1);
  RwDatasetPixels decoded;

  if (image->pixels.clean != NULL)
    return &image->pixels;
  RwDatasetPixels *pixels = rw_lru_find (cache->entries, key);
  if (pixels != NULL)
    return pixels;
  evict (cache, image->n_bytes);
  if (!decode (image, &decoded, error))
    return NULL;
  pixels = g_new (RwDatasetPixels, 1);
  *pixels = decoded;
  rw_lru_add (cache->entries, key, pixels, image->n_bytes);
  cache->n_decoded++;
  return pixels;
}

guint64
rw_pixels_cache_get_n_decoded (const RwPixelsCache *cache)
{
  return cache->n_decoded;
}
