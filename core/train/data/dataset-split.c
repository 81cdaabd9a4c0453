/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Makes data sets from others: joins them, or splits them at random.
 */
#include "train/data/dataset-private.h"

#include "reweave.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/sort.h"

#include <math.h>

#define SPLIT_STREAM 0x5b117

RwDataset *
rw_dataset_join (RwDataset *const *datasets, int n)
{
  RwDataset *joined = rw_dataset_new ();

  for (int i = 0; i < n; i++) {
    const GPtrArray *images = datasets[i]->images;
    for (guint j = 0; j < images->len; j++)
      rw_dataset_add (joined, rw_dataset_image_ref (images->pdata[j]));
    joined->spare_bytes += datasets[i]->spare_bytes;
  }
  return joined;
}

RwDataset *
rw_dataset_get_held (RwDataset *dataset)
{
  RwDataset *held = rw_dataset_new ();

  for (guint i = 0; i < dataset->images->len; i++) {
    RwDatasetImage *image = dataset->images->pdata[i];
    if (image->pixels.clean != NULL)
      rw_dataset_add (held, rw_dataset_image_ref (image));
  }
  return held;
}

/* An entry and its random number. */
typedef struct {
  guint64 bits;
  int i;
} Lot;

static int
compare_lots (gconstpointer a, gconstpointer b)
{
  const Lot *x = a, *y = b;

  if (x->bits != y->bits)
    return x->bits < y->bits ? -1 : 1;
  return x->i - y->i;
}

/* Marks @n_chosen of @n entries: those with the least random numbers. */
static gboolean *
choose (int n, int n_chosen, guint64 seed)
{
  const guint64 key = rw_random_key (seed, SPLIT_STREAM);
  g_autofree Lot *lots = g_new (Lot, (gsize) n);
  gboolean *chosen = g_new0 (gboolean, (gsize) n);

  for (int i = 0; i < n; i++)
    lots[i] = (Lot){ rw_random_bits (key, (guint64) i), i };
  rw_sort (lots, (gsize) n, sizeof *lots, compare_lots);
  for (int k = 0; k < n_chosen; k++)
    chosen[lots[k].i] = TRUE;
  return chosen;
}

typedef struct {
  RwDatasetImage **images; /* replaced by held ones */
  GError **errors;
} Holding;

static void
hold_image (int item, int worker, void *data)
{
  const Holding *holding = data;
  RwDatasetImage *from = holding->images[item];

  if (from->pixels.clean != NULL) {
    rw_dataset_image_ref (from);
    return;
  }
  RwDatasetImage *image =
      rw_dataset_image_new (g_strdup (from->name), g_strdup (from->path));
  image->record = from->record;
  image->partner = g_strdup (from->partner);
  image->width = from->width;
  image->height = from->height;
  image->n_bytes = from->n_bytes;
  holding->images[item] = image;
  rw_dataset_image_decode (from, &image->pixels, &holding->errors[item]);
}

/* Decodes what is not held of @chosen, all of which get a reference more, into
 * the spare bytes of @dataset. */
static gboolean
hold (RwDataset *dataset, GPtrArray *chosen, gsize *n_bytes, GError **error)
{
  g_autofree GError **errors = g_new0 (GError *, chosen->len);
  GError *first = NULL;

  for (guint i = 0; i < chosen->len; i++) {
    const RwDatasetImage *image = chosen->pdata[i];
    *n_bytes += image->pixels.clean == NULL ? image->n_bytes : 0;
  }
  if (*n_bytes > dataset->spare_bytes) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "validation: its %u pictures take %zu MiB more than the cap "
                 "on memory leaves, and they are held; raise --data-memory, "
                 "lower val_share or give fewer with --val",
                 chosen->len, ((*n_bytes - dataset->spare_bytes) >> 20) + 1);
    return FALSE;
  }
  rw_parallel_for ((int) chosen->len, hold_image,
                   &(Holding){ (RwDatasetImage **) chosen->pdata, errors });
  for (guint i = 0; i < chosen->len; i++) {
    if (first == NULL)
      first = g_steal_pointer (&errors[i]);
    g_clear_error (&errors[i]);
  }
  if (first == NULL)
    return TRUE;
  for (guint i = 0; i < chosen->len; i++)
    rw_dataset_image_unref (chosen->pdata[i]);
  g_propagate_error (error, first);
  return FALSE;
}

static gboolean
check_splittable (const RwDataset *dataset, GError **error)
{
  if (rw_dataset_get_n (dataset) >= 2)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: the only picture, and two are needed to keep one for "
               "validation; give more pictures or a validation folder",
               rw_dataset_get_name (dataset, 0));
  return FALSE;
}

/* Whole scenes in place of pictures, unless there is but one. */
static gboolean *
choose_scenes (const RwDataset *dataset, double share, guint64 seed)
{
  const int n = rw_dataset_get_n (dataset);
  int n_scenes = 0;

  for (int i = 0; i < n; i++)
    n_scenes = MAX (n_scenes, rw_dataset_get_image (dataset, i)->scene);
  if (n_scenes < 2)
    return NULL;
  const int n_wanted = MAX (1, (int) floor (n_scenes * share + 1e-9));
  g_autofree gboolean *scenes =
      choose (n_scenes, MIN (n_wanted, n_scenes - 1), seed);
  gboolean *chosen = g_new0 (gboolean, (gsize) n);
  for (int i = 0; i < n; i++)
    chosen[i] = scenes[MAX (1, rw_dataset_get_image (dataset, i)->scene) - 1];
  return chosen;
}

gboolean
rw_dataset_split (RwDataset *dataset,
                  double share,
                  guint64 seed,
                  RwDataset **training,
                  RwDataset **validation,
                  GError **error)
{
  const int n = rw_dataset_get_n (dataset);
  /* 0.05 * 60 may come out below 3 */
  const int n_wanted = MAX (1, (int) floor (n * share + 1e-9));
  g_autoptr (GPtrArray) aside = g_ptr_array_new ();
  gsize n_bytes = 0;

  if (!check_splittable (dataset, error))
    return FALSE;
  g_autofree gboolean *chosen = choose_scenes (dataset, share, seed);
  if (chosen == NULL)
    chosen = choose (n, MIN (n_wanted, n - 1), seed);
  for (int i = 0; i < n; i++)
    if (chosen[i])
      g_ptr_array_add (aside, dataset->images->pdata[i]);
  if (!hold (dataset, aside, &n_bytes, error))
    return FALSE;
  *training = rw_dataset_new ();
  *validation = rw_dataset_new ();
  (*training)->spare_bytes = dataset->spare_bytes - n_bytes;
  for (int i = 0; i < n; i++)
    if (!chosen[i])
      rw_dataset_add (*training,
                      rw_dataset_image_ref (dataset->images->pdata[i]));
  for (guint i = 0; i < aside->len; i++)
    rw_dataset_add (*validation, aside->pdata[i]);
  return TRUE;
}
