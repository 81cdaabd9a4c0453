/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Loading a data set.  First the headers of all files are read, to know how
 * much memory the pictures will take; then all pictures are decoded on all
 * threads.  Pictures beyond the cap are decoded too, to find broken ones and to
 * make the fingerprint, and are not kept.
 */
#include "train/data/dataset-private.h"

#include "reweave.h"
#include "base/parallel.h"
#include "train/data/dead-leaves.h"

#include <string.h>

#define DEFAULT_MAX_BYTES ((gsize) 4 << 30)
#define SYNTH_PREFIX "synth:"
#define SYNTH_SIDE 256
#define SYNTH_MAX 100000

/* ---- loading ----------------------------------------------------------- */

/* One image on its way in. */
typedef struct {
  RwDatasetImage *image; /* taken */
  gboolean held;
  GError *error; /* why it is left out; small ones have none */
  RwLeftOut why; /* broken until something else is known */
} Slot;

/* A load in progress; zeroed except for `what` and `options`. */
typedef struct {
  const char *what; /* the path, for messages */
  const RwDatasetOptions *options;
  Slot *slots;
  guint n;
  gsize cap; /* bytes */
} Loading;

static gsize
get_cap (const RwDatasetOptions *options)
{
  return options->max_bytes > 0 ? options->max_bytes : DEFAULT_MAX_BYTES;
}

/* Reads only the headers.  Returns the bytes of all pictures. */
static gsize
probe_all (Loading *loading)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < loading->n; i++) {
    Slot *slot = &loading->slots[i];
    RwDatasetImage *image = slot->image;
    gboolean mismatched = FALSE;
    if (!rw_dataset_image_probe (image, &mismatched, &slot->error)) {
      if (mismatched)
        slot->why = RW_LEFT_OUT_MISMATCHED;
    } else if (MIN (image->width, image->height) <
               loading->options->min_side) {
      slot->why = RW_LEFT_OUT_SMALL;
    } else {
      n_bytes += image->n_bytes;
    }
  }
  return n_bytes;
}

/* Chooses what is held: all, or as many as half of the cap takes; the other
 * half is for those last decoded, which `reuse` comes back to. */
static gboolean
plan (Loading *loading, gsize n_bytes, GError **error)
{
  const gboolean all = n_bytes <= loading->cap;
  const gsize room = all ? loading->cap : loading->cap / 2;
  gsize taken = 0;

  if (!all && !loading->options->ahead) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: the pictures take more than %" G_GSIZE_FORMAT
                 " MiB in memory, which is the cap; give fewer or smaller "
                 "ones, or raise --data-memory",
                 loading->what, loading->cap >> 20);
    return FALSE;
  }
  for (guint i = 0; i < loading->n; i++) {
    Slot *slot = &loading->slots[i];
    if (slot->error != NULL || slot->why == RW_LEFT_OUT_SMALL)
      continue;
    slot->held = slot->image->n_bytes <= room - taken;
    taken += slot->held ? slot->image->n_bytes : 0;
  }
  return TRUE;
}

static void
load_slot (int item, int worker, void *data)
{
  Slot *slot = &((const Loading *) data)->slots[item];
  RwDatasetPixels pixels;

  if (slot->error != NULL || slot->why == RW_LEFT_OUT_SMALL ||
      !rw_dataset_image_decode (slot->image, &pixels, &slot->error))
    return;
  if (slot->held) {
    slot->image->pixels = pixels;
    return;
  }
  slot->image->hash = rw_dataset_pixels_hash (&pixels);
  rw_dataset_pixels_clear (&pixels);
}

/* Moves the image of a slot into @dataset, or says why not in @report. */
static void
settle (RwDataset *dataset, Slot *slot, RwDatasetReport *report)
{
  RwDatasetImage *image = g_steal_pointer (&slot->image);

  report->n_files++;
  if (slot->error != NULL || slot->why == RW_LEFT_OUT_SMALL) {
    rw_dataset_report_add (report, slot->why,
                           slot->error != NULL ? slot->error->message
                                               : image->name);
    rw_dataset_image_unref (image);
    return;
  }
  report->n_kept++;
  if (image->pixels.clean != NULL)
    report->n_bytes += image->n_bytes;
  else
    report->n_ahead++;
  rw_dataset_add (dataset, image);
}

static RwDataset *
finish (Loading *loading, RwDatasetReport *report, GError **error)
{
  g_autoptr (RwDataset) dataset = rw_dataset_new ();

  for (guint i = 0; i < loading->n; i++)
    settle (dataset, &loading->slots[i], report);
  dataset->spare_bytes = loading->cap - MIN (loading->cap, report->n_bytes);
  return rw_dataset_report_check (report, loading->what,
                                  loading->options->min_side, error)
             ? g_steal_pointer (&dataset)
             : NULL;
}

/* Takes the images out of @found. */
static RwDataset *
load_images (GPtrArray *found,
             const char *what,
             const RwDatasetOptions *options,
             RwDatasetReport *report,
             GError **error)
{
  Loading loading = { .what = what,
                      .options = options,
                      .slots = g_new0 (Slot, found->len),
                      .n = found->len,
                      .cap = get_cap (options) };
  RwDataset *dataset = NULL;

  for (guint i = 0; i < found->len; i++)
    loading.slots[i].image = g_steal_pointer (&found->pdata[i]);
  if (plan (&loading, probe_all (&loading), error)) {
    rw_parallel_for ((int) loading.n, load_slot, &loading);
    dataset = finish (&loading, report, error);
  }
  for (guint i = 0; i < loading.n; i++) {
    rw_dataset_image_unref (loading.slots[i].image);
    g_clear_error (&loading.slots[i].error);
  }
  g_free (loading.slots);
  return dataset;
}

/* ---- dead leaves ------------------------------------------------------- */

static void
make_leaves (int item, int worker, void *data)
{
  const Loading *loading = data;
  Slot *slot = &loading->slots[item];
  RwDatasetImage *image =
      rw_dataset_image_new (g_strdup_printf ("leaves-%05d", item), NULL);

  image->width = image->height = SYNTH_SIDE;
  image->n_bytes = 3 * SYNTH_SIDE * SYNTH_SIDE;
  image->pixels.clean =
      rw_dead_leaves_new (loading->options->seed, (guint64) item, SYNTH_SIDE,
                          SYNTH_SIDE, &slot->error);
  slot->image = image;
}

static gboolean
parse_count (const char *path,
             const RwDatasetOptions *options,
             guint64 *n,
             GError **error)
{
  const char *digits = path + strlen (SYNTH_PREFIX);

  if (!g_ascii_string_to_unsigned (digits, 10, 1, SYNTH_MAX, n, NULL)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: \"%s\" is not a number of pictures in 1..%d; write for "
                 "example synth:100",
                 path, digits, SYNTH_MAX);
    return FALSE;
  }
  if (options->min_side > SYNTH_SIDE) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: its pictures are %d pixels wide, %d or more are needed; "
                 "take a smaller patch",
                 path, SYNTH_SIDE, options->min_side);
    return FALSE;
  }
  if (*n * SYNTH_SIDE * SYNTH_SIDE * 3 > get_cap (options)) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: the pictures take more than %" G_GSIZE_FORMAT
                 " MiB in memory, which is the cap; ask for fewer, or raise "
                 "--data-memory",
                 path, get_cap (options) >> 20);
    return FALSE;
  }
  return TRUE;
}

static RwDataset *
load_synth (const char *path,
            const RwDatasetOptions *options,
            RwDatasetReport *report,
            GError **error)
{
  guint64 n = 0;

  if (!parse_count (path, options, &n, error))
    return NULL;
  g_autofree Slot *slots = g_new0 (Slot, n);
  Loading loading = { .what = path,
                      .options = options,
                      .slots = slots,
                      .n = (guint) n,
                      .cap = get_cap (options) };
  rw_parallel_for ((int) n, make_leaves, &loading);
  RwDataset *dataset = finish (&loading, report, error);
  for (guint64 i = 0; i < n; i++)
    g_clear_error (&slots[i].error);
  return dataset;
}

/* ---- the ways in ------------------------------------------------------- */

RwDataset *
rw_dataset_load (const char *path,
                 const RwDatasetOptions *options,
                 RwDatasetReport *report,
                 GError **error)
{
  RwDatasetReport own = { 0 };
  RwDatasetReport *used = report != NULL ? report : &own;
  RwDataset *dataset = NULL;

  memset (used, 0, sizeof *used);
  if (g_str_has_prefix (path, SYNTH_PREFIX)) {
    dataset = load_synth (path, options, used, error);
  } else {
    g_autoptr (GPtrArray) found = rw_dataset_find (path, error);
    if (found != NULL)
      dataset = load_images (found, path, options, used, error);
  }
  rw_dataset_report_clear (&own);
  return dataset;
}

RwDataset *
rw_dataset_load_pairs (const char *clean,
                       const char *damaged,
                       const RwDatasetOptions *options,
                       RwDatasetReport *report,
                       GError **error)
{
  RwDatasetReport own = { 0 };
  RwDatasetReport *used = report != NULL ? report : &own;
  g_autofree char *what = g_strdup_printf ("%s and %s", clean, damaged);
  RwDataset *dataset = NULL;

  memset (used, 0, sizeof *used);
  g_autoptr (GPtrArray) found =
      rw_dataset_find_pairs (clean, damaged, used, error);
  if (found != NULL)
    dataset = load_images (found, what, options, used, error);
  rw_dataset_report_clear (&own);
  return dataset;
}
