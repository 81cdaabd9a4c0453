/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pictures of a data set.  Files are found in dataset-find.c, decoded in
 * dataset-decode.c and loaded in dataset-load.c; sets are joined and split in
 * dataset-split.c; patches are drawn in supply.c.
 */
#include "train/data/dataset-private.h"

#include "base/parallel.h"
#include "base/random.h"

/* ---- images ------------------------------------------------------------- */

void
rw_dataset_pixels_clear (RwDatasetPixels *pixels)
{
  g_clear_pointer (&pixels->clean, rw_picture_free);
  g_clear_pointer (&pixels->damaged, rw_picture_free);
}

RwDatasetImage *
rw_dataset_image_new (char *name, char *path)
{
  RwDatasetImage *image = g_new0 (RwDatasetImage, 1);

  image->n_refs = 1;
  image->name = name;
  image->path = path;
  image->record = -1;
  return image;
}

RwDatasetImage *
rw_dataset_image_ref (RwDatasetImage *image)
{
  g_atomic_int_inc (&image->n_refs);
  return image;
}

void
rw_dataset_image_unref (RwDatasetImage *image)
{
  if (image == NULL || !g_atomic_int_dec_and_test (&image->n_refs))
    return;
  g_free (image->name);
  g_free (image->path);
  g_free (image->partner);
  rw_dataset_pixels_clear (&image->pixels);
  g_free (image);
}

RwDataset *
rw_dataset_new (void)
{
  RwDataset *dataset = g_new0 (RwDataset, 1);

  dataset->images =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_dataset_image_unref);
  dataset->areas = g_array_new (FALSE, FALSE, sizeof (guint64));
  dataset->min_side = G_MAXINT;
  return dataset;
}

void
rw_dataset_add (RwDataset *dataset, RwDatasetImage *image)
{
  dataset->area += (guint64) image->width * (guint64) image->height;
  dataset->min_side =
      MIN (dataset->min_side, MIN (image->width, image->height));
  dataset->n_pairs += image->partner != NULL;
  dataset->n_held += image->pixels.clean != NULL;
  g_array_append_val (dataset->areas, dataset->area);
  g_ptr_array_add (dataset->images, image);
}

void
rw_dataset_free (RwDataset *dataset)
{
  if (dataset == NULL)
    return;
  g_ptr_array_unref (dataset->images);
  g_array_unref (dataset->areas);
  g_free (dataset);
}

/* ---- asking ------------------------------------------------------------- */

const RwDatasetImage *
rw_dataset_get_image (const RwDataset *dataset, int i)
{
  return g_ptr_array_index (dataset->images, (guint) i);
}

int
rw_dataset_get_n (const RwDataset *dataset)
{
  return (int) dataset->images->len;
}

const RwPicture *
rw_dataset_get_picture (const RwDataset *dataset, int i)
{
  return rw_dataset_get_image (dataset, i)->pixels.clean;
}

const RwPicture *
rw_dataset_get_damaged (const RwDataset *dataset, int i)
{
  return rw_dataset_get_image (dataset, i)->pixels.damaged;
}

const char *
rw_dataset_get_name (const RwDataset *dataset, int i)
{
  return rw_dataset_get_image (dataset, i)->name;
}

int
rw_dataset_get_min_side (const RwDataset *dataset)
{
  return dataset->min_side;
}

double
rw_dataset_get_noise_share (const RwDataset *dataset, int i)
{
  const double share = rw_dataset_get_image (dataset, i)->noise_share;

  return share > 0 ? share : 1;
}

gboolean
rw_dataset_has_pairs (const RwDataset *dataset)
{
  return dataset->n_pairs > 0;
}

gboolean
rw_dataset_is_held (const RwDataset *dataset)
{
  return dataset->n_held == dataset->images->len;
}

int
rw_dataset_pick (const RwDataset *dataset, guint64 key)
{
  const guint64 bits = rw_random_bits (key, 0);
  const guint64 at =
      (guint64) (((unsigned __int128) bits * dataset->area) >> 64);
  guint low = 0, high = dataset->areas->len - 1;

  while (low < high) { /* the first whose running area is above `at` */
    const guint middle = (low + high) / 2;
    if (g_array_index (dataset->areas, guint64, middle) > at)
      high = middle;
    else
      low = middle + 1;
  }
  return (int) low;
}

typedef struct {
  const RwDataset *dataset;
  guint64 *hashes;
} Hashing;

static void
hash_image (int item, int worker, void *data)
{
  const Hashing *hashing = data;
  const RwDatasetImage *image = rw_dataset_get_image (hashing->dataset, item);

  hashing->hashes[item] = image->pixels.clean != NULL
                              ? rw_dataset_pixels_hash (&image->pixels)
                              : image->hash;
}

char *
rw_dataset_get_fingerprint (const RwDataset *dataset)
{
  const int n = rw_dataset_get_n (dataset);
  g_autofree guint64 *hashes = g_new0 (guint64, (gsize) n);
  guint64 hash = rw_random_key ((guint64) n, 0);

  rw_parallel_for (n, hash_image, &(Hashing){ dataset, hashes });
  for (int i = 0; i < n; i++)
    hash = rw_random_bits (hash, hashes[i]);
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", hash);
}
