/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pictures of a data set: joining, splitting, asking.  Files are found in
 * dataset-list.c and loaded in dataset-load.c, patches drawn in
 * dataset-draw.c.
 */
#include "train/dataset-private.h"

#include "base/parallel.h"
#include "base/random.h"

#include <string.h>

#define VALIDATION_SHARE 20 /* one in so many */
#define SPLIT_STREAM 0x5b117

static void
unref_image (gpointer data)
{
  RwDatasetImage *image = data;

  if (!g_atomic_int_dec_and_test (&image->n_refs))
    return;
  g_free (image->name);
  rw_picture_free (image->picture);
  g_free (image);
}

RwDataset *
rw_dataset_new (void)
{
  RwDataset *dataset = g_new0 (RwDataset, 1);

  dataset->images = g_ptr_array_new_with_free_func (unref_image);
  dataset->areas = g_array_new (FALSE, FALSE, sizeof (guint64));
  dataset->min_side = G_MAXINT;
  return dataset;
}

/* (transfer full) for @image. */
static void
add_image (RwDataset *dataset, RwDatasetImage *image)
{
  const RwPicture *picture = image->picture;

  dataset->area += (guint64) picture->width * (guint64) picture->height;
  dataset->min_side =
      MIN (dataset->min_side, MIN (picture->width, picture->height));
  g_array_append_val (dataset->areas, dataset->area);
  g_ptr_array_add (dataset->images, image);
}

void
rw_dataset_add (RwDataset *dataset, const char *name, RwPicture *picture)
{
  RwDatasetImage *image = g_new0 (RwDatasetImage, 1);

  image->n_refs = 1;
  image->name = g_strdup (name);
  image->picture = picture;
  add_image (dataset, image);
}

static void
share_image (RwDataset *dataset, RwDatasetImage *image)
{
  g_atomic_int_inc (&image->n_refs);
  add_image (dataset, image);
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

gsize
rw_dataset_count_bytes (const RwPicture *info)
{
  return (gsize) info->width * (gsize) info->height * 3 *
         (info->depth > 8 ? 2 : 1);
}

/* ---- joining and splitting ---------------------------------------------- */

RwDataset *
rw_dataset_join (RwDataset *const *datasets, int n)
{
  RwDataset *joined = rw_dataset_new ();

  for (int i = 0; i < n; i++)
    for (guint j = 0; j < datasets[i]->images->len; j++)
      share_image (joined, g_ptr_array_index (datasets[i]->images, j));
  return joined;
}

/* Marks @n_chosen of @n entries: those with the least random numbers. */
static gboolean *
choose (int n, int n_chosen, guint64 seed)
{
  const guint64 key = rw_random_key (seed, SPLIT_STREAM);
  gboolean *chosen = g_new0 (gboolean, (gsize) n);

  for (int k = 0; k < n_chosen; k++) {
    int best = -1;
    for (int i = 0; i < n; i++)
      if (!chosen[i] && (best < 0 || rw_random_bits (key, (guint64) i) <
                                         rw_random_bits (key, (guint64) best)))
        best = i;
    chosen[best] = TRUE;
  }
  return chosen;
}

gboolean
rw_dataset_split (RwDataset *dataset,
                  guint64 seed,
                  RwDataset **training,
                  RwDataset **validation,
                  GError **error)
{
  const int n = rw_dataset_get_n (dataset);

  if (n < 2) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: the only picture, and two are needed to keep one for "
                 "validation; give more pictures or a validation folder",
                 rw_dataset_get_name (dataset, 0));
    return FALSE;
  }
  g_autofree gboolean *chosen =
      choose (n, MAX (1, n / VALIDATION_SHARE), seed);
  *training = rw_dataset_new ();
  *validation = rw_dataset_new ();
  for (int i = 0; i < n; i++)
    share_image (chosen[i] ? *validation : *training,
                 g_ptr_array_index (dataset->images, (guint) i));
  return TRUE;
}

/* ---- asking ------------------------------------------------------------- */

static const RwDatasetImage *
get_image (const RwDataset *dataset, int i)
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
  return get_image (dataset, i)->picture;
}

const char *
rw_dataset_get_name (const RwDataset *dataset, int i)
{
  return get_image (dataset, i)->name;
}

int
rw_dataset_get_min_side (const RwDataset *dataset)
{
  return dataset->min_side;
}

typedef struct {
  const RwDataset *dataset;
  guint64 *hashes;
} Hashing;

static void
hash_image (int item, int worker, void *data)
{
  Hashing *hashing = data;
  const RwPicture *picture = rw_dataset_get_picture (hashing->dataset, item);
  const guint8 *bytes = picture->data;
  gsize n = rw_dataset_count_bytes (picture);
  guint64 hash =
      rw_random_key ((guint64) picture->width, (guint64) picture->height);

  for (; n >= sizeof (guint64); n -= sizeof (guint64)) {
    guint64 word;
    memcpy (&word, bytes, sizeof word);
    hash = rw_random_bits (hash, word);
    bytes += sizeof word;
  }
  for (; n > 0; n--)
    hash = rw_random_bits (hash, *bytes++);
  hashing->hashes[item] = hash;
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
