/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Loading a data set: first the headers of all files, for the memory that they
 * will take, then all pictures at once on all threads.
 */
#include "train/dataset-private.h"

#include "base/parallel.h"
#include "train/dead-leaves.h"

#include <string.h>

#define DEFAULT_MAX_BYTES ((gsize) 4 << 30)
#define SYNTH_PREFIX "synth:"
#define SYNTH_SIDE 256
#define SYNTH_MAX 100000

void
rw_dataset_report_clear (RwDatasetReport *report)
{
  for (int i = 0; i < RW_DATASET_N_EXAMPLES; i++) {
    g_clear_pointer (&report->broken[i], g_free);
    g_clear_pointer (&report->small[i], g_free);
  }
}

/* One file on its way in. */
typedef struct {
  const char *path;
  RwPicture *picture;
  GError *error; /* broken */
  gboolean small;
} Slot;

typedef struct {
  Slot *slots;
  guint64 seed;
} Loading;

#define DEFINE_TO_RGB(name, type)                                             \
  static void name (type *out, const type *in, gsize n, gsize channels)       \
  {                                                                           \
    const gsize step = channels >= 3 ? 1 : 0;                                 \
    for (gsize i = 0; i < n; i++)                                             \
      for (gsize c = 0; c < 3; c++)                                           \
        out[3 * i + c] = in[channels * i + step * c];                         \
  }
DEFINE_TO_RGB (to_rgb_8, guint8)
DEFINE_TO_RGB (to_rgb_16, guint16)

/* @picture itself when it is RGB, else a copy that is. (transfer full) both */
static RwPicture *
make_rgb (RwPicture *picture, GError **error)
{
  const gsize n = (gsize) picture->width * (gsize) picture->height;

  if (picture->channels == 3)
    return picture;
  g_autoptr (RwPicture) from = picture;
  RwPicture *rgb =
      rw_picture_new (from->width, from->height, 3, from->depth, error);
  if (rgb == NULL)
    return NULL;
  if (from->depth == 8)
    to_rgb_8 (rgb->data, from->data, n, (gsize) from->channels);
  else
    to_rgb_16 (rgb->data, from->data, n, (gsize) from->channels);
  return rgb;
}

static void
load_slot (int item, int worker, void *data)
{
  Slot *slot = &((Loading *) data)->slots[item];

  if (slot->error != NULL || slot->small)
    return;
  slot->picture = rw_picture_load (slot->path, &slot->error);
  if (slot->picture != NULL)
    slot->picture = make_rgb (slot->picture, &slot->error);
}

/* Reads headers alone: what is small or broken, and bytes in all. */
static gboolean
probe_all (Slot *slots,
           guint n,
           const char *path,
           const RwDatasetOptions *options,
           GError **error)
{
  const gsize cap =
      options->max_bytes > 0 ? options->max_bytes : DEFAULT_MAX_BYTES;
  gsize n_bytes = 0;

  for (guint i = 0; i < n; i++) {
    RwPicture info = { 0 };
    if (!rw_picture_probe (slots[i].path, &info, &slots[i].error))
      continue;
    slots[i].small = MIN (info.width, info.height) < options->min_side;
    if (!slots[i].small)
      n_bytes += rw_dataset_count_bytes (&info);
    if (n_bytes > cap) {
      g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                   "%s: the pictures take more than %" G_GSIZE_FORMAT
                   " MiB in memory, which is the cap; give fewer or smaller "
                   "ones",
                   path, cap >> 20);
      return FALSE;
    }
  }
  return TRUE;
}

static void
note (char **examples, guint n_before, const char *text)
{
  if (n_before < RW_DATASET_N_EXAMPLES)
    examples[n_before] = g_strdup (text);
}

/* Moves a slot's picture into @dataset, or tells why not in @report. */
static void
settle (RwDataset *dataset, Slot *slot, RwDatasetReport *report)
{
  report->n_files++;
  if (slot->error != NULL) {
    note (report->broken, report->n_broken++, slot->error->message);
    g_clear_error (&slot->error);
  } else if (slot->small) {
    note (report->small, report->n_small++, slot->path);
  } else {
    report->n_kept++;
    report->n_bytes += rw_dataset_count_bytes (slot->picture);
    rw_dataset_add (dataset, slot->path, g_steal_pointer (&slot->picture));
  }
}

static gboolean
check_kept (const char *path,
            const RwDatasetReport *report,
            int min_side,
            GError **error)
{
  if (report->n_kept > 0)
    return TRUE;
  g_autofree char *first =
      report->n_broken > 0
          ? g_strdup_printf (" (first: %s)", report->broken[0])
          : g_strdup ("");
  g_set_error (
      error, RW_ERROR, RW_ERROR_FORMAT,
      "%s: none of its %u pictures can be used: %u broken%s, %u "
      "smaller than %d pixels; give larger pictures or a smaller patch",
      path, report->n_files, report->n_broken, first, report->n_small,
      min_side);
  return FALSE;
}

static RwDataset *
load_files (const char *path,
            const RwDatasetOptions *options,
            RwDatasetReport *report,
            GError **error)
{
  g_auto (GStrv) paths = rw_dataset_list (path, error);

  if (paths == NULL)
    return NULL;
  const guint n = g_strv_length (paths);
  g_autofree Slot *slots = g_new0 (Slot, n);
  for (guint i = 0; i < n; i++)
    slots[i].path = paths[i];
  const gboolean fits = probe_all (slots, n, path, options, error);
  if (fits)
    rw_parallel_for ((int) n, load_slot, &(Loading){ .slots = slots });
  g_autoptr (RwDataset) dataset = rw_dataset_new ();
  for (guint i = 0; i < n; i++) {
    if (fits)
      settle (dataset, &slots[i], report);
    g_clear_error (&slots[i].error);
  }
  if (!fits || !check_kept (path, report, options->min_side, error))
    return NULL;
  return g_steal_pointer (&dataset);
}

/* ---- dead leaves -------------------------------------------------------- */

static void
make_leaves (int item, int worker, void *data)
{
  Loading *loading = data;
  Slot *slot = &loading->slots[item];

  slot->picture = rw_dead_leaves_new (loading->seed, (guint64) item,
                                      SYNTH_SIDE, SYNTH_SIDE, &slot->error);
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
  const gsize cap =
      options->max_bytes > 0 ? options->max_bytes : DEFAULT_MAX_BYTES;
  if (*n * SYNTH_SIDE * SYNTH_SIDE * 3 > cap) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: the pictures take more than %" G_GSIZE_FORMAT
                 " MiB in memory, which is the cap; ask for fewer",
                 path, cap >> 20);
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
  rw_parallel_for ((int) n, make_leaves,
                   &(Loading){ .slots = slots, .seed = options->seed });
  g_autoptr (RwDataset) dataset = rw_dataset_new ();
  for (guint64 i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf ("leaves-%05u", (guint) i);
    slots[i].path = name;
    settle (dataset, &slots[i], report);
  }
  return check_kept (path, report, options->min_side, error)
             ? g_steal_pointer (&dataset)
             : NULL;
}

RwDataset *
rw_dataset_load (const char *path,
                 const RwDatasetOptions *options,
                 RwDatasetReport *report,
                 GError **error)
{
  RwDatasetReport own = { 0 };
  RwDatasetReport *used = report != NULL ? report : &own;
  RwDataset *dataset;

  memset (used, 0, sizeof *used);
  if (g_str_has_prefix (path, SYNTH_PREFIX))
    dataset = load_synth (path, options, used, error);
  else
    dataset = load_files (path, options, used, error);
  rw_dataset_report_clear (&own);
  return dataset;
}
