/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pixels of a data set's pictures, decoded again when they are not held.
 */
#pragma once

#include "train/data/dataset.h"

/* Three channels each, of one size. */
typedef struct {
  RwPicture *clean;
  RwPicture *damaged; /* of a pair, or NULL */
} RwDatasetPixels;

void rw_dataset_pixels_clear (RwDatasetPixels *pixels);

/* Those last decoded, as many as the cap leaves room for.  Belongs to one
 * thread at a time. */
typedef struct RwPixelsCache RwPixelsCache;

RwPixelsCache *rw_pixels_cache_new (const RwDataset *dataset); /* borrowed */
void rw_pixels_cache_free (RwPixelsCache *cache);              /* or NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwPixelsCache, rw_pixels_cache_free)

/* Picture @i, owned by the cache or the data set; valid until the second call
 * after this one.  RW_ERROR_IO when it cannot be decoded any more,
 * RW_ERROR_MISMATCH when it is not what it was when the set was loaded. */
const RwDatasetPixels *
rw_pixels_cache_get (RwPixelsCache *cache, int i, GError **error);

/* How many times a file was decoded so far. */
guint64 rw_pixels_cache_get_n_decoded (const RwPixelsCache *cache);
