/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Calibrating goes over the same patches twice, for ranges and for histograms.
 */
#include "train/calibrate.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/choice.h"
#include "base/parallel.h"
#include "base/random.h"
#include "nets/feed.h"
#include "train/data/crop.h"
#include "train/data/order.h"

#include <math.h>
#include <string.h>

enum {
  SIDE = 128,     /* of a patch in pixels, or less for small pictures */
  N_PATCHES = 64, /* with 16 to 256 the scales differ by some percent */
  N_BINS = 2048,
  N_TRIES = 64, /* parts of the range that are tried, 1 to 1 / N_TRIES */
};
#define PATCH_KEY 0xca11b

/* What a layer takes in. */
typedef struct {
  double low, high;
  gboolean finite;
  guint64 *bins; /* of [low, high], N_BINS */
} Intake;

typedef struct {
  const RwCalibration *settings;
  RwNet *net;
  RwFeed feed;
  RwRun *run;
  int side; /* of a patch; the net's input may be smaller */
  RwPair pair;
  Intake *intakes;   /* by node */
  gboolean counting; /* the second time */
} Work;

/* ---- watching ----------------------------------------------------------- */

static void
widen (Intake *in, const float *x, gsize n_pixels, int channels, int stride)
{
  float low = (float) in->low, high = (float) in->high;

  for (gsize i = 0; i < n_pixels; i++)
    for (int c = 0; c < channels; c++) {
      const float v = x[i * (gsize) stride + (gsize) c];
      low = MIN (low, v);
      high = MAX (high, v);
      in->finite = in->finite && isfinite (v);
    }
  in->low = (double) low;
  in->high = (double) high;
}

static void
count (Intake *in, const float *x, gsize n_pixels, int channels, int stride)
{
  const double scale = N_BINS / MAX (in->high - in->low, 1e-30);

  for (gsize i = 0; i < n_pixels; i++)
    for (int c = 0; c < channels; c++) {
      const double at =
          ((double) x[i * (gsize) stride + (gsize) c] - in->low) * scale;
      in->bins[CLAMP ((int) at, 0, N_BINS - 1)]++;
    }
}

static void
watch (gpointer data,
       int node,
       const float *x,
       gsize n_pixels,
       int channels,
       int stride)
{
  Work *work = data;
  Intake *in = &work->intakes[node];

  if (!work->counting)
    widen (in, x, n_pixels, channels, stride);
  else if (in->finite)
    count (in, x, n_pixels, channels, stride);
}

/* ---- patches ------------------------------------------------------------ */

/* Picture number @i of those that are held and large enough, or NULL. */
static const RwPicture *
find_picture (const Work *work, int i, const RwPicture **partner)
{
  const RwDataset *set = work->settings->dataset;
  const int n = rw_dataset_get_n (set);

  for (int k = 0; k < n; k++) {
    const int at = (i + k) % n;
    const RwPicture *picture = rw_dataset_get_picture (set, at);

    if (picture == NULL || MIN (picture->width, picture->height) < work->side)
      continue;
    *partner = rw_dataset_get_damaged (set, at);
    return picture;
  }
  return NULL;
}

/* Puts patch @i into the run's input. */
static gboolean
make_patch (Work *work, int i)
{
  static const RwAugment none = { 0 };
  const guint64 key = rw_random_key (
      rw_random_key (work->settings->seed, PATCH_KEY), (guint64) i);
  const RwTask *task = work->settings->task;
  const RwPicture *partner = NULL;
  const RwPicture *picture = find_picture (
      work, rw_dataset_pick (work->settings->dataset, key), &partner);
  RwPair *pair = &work->pair;
  RwDamage damage;

  if (picture == NULL)
    return FALSE;
  task->draw (rw_random_key (key, RW_DRAW_DAMAGE), &damage);
  rw_pair_set_size (pair, task, &damage, work->side, work->side);
  RwSample *whole = partner != NULL ? &pair->clean : &pair->source;
  const RwCrop crop =
      rw_crop_draw (&none, key, picture->width, picture->height, whole->width);
  rw_crop_read (&crop, picture, whole->width, 1, whole->rgb);
  if (partner != NULL) {
    rw_crop_read (&crop, partner, work->side, 1, pair->input.rgb);
    damage = rw_task_compare (task, pair);
  } else
    rw_pair_degrade (pair, task, &damage);
  const RwTold told = rw_task_tell (task, &damage);
  rw_feed_fill (&work->feed, pair->input.rgb, pair->input.mask, &told,
                (gsize) pair->input.width * (gsize) pair->input.height,
                rw_run_get_input (work->run));
  return TRUE;
}

static gboolean
run_patches (Work *work, const RwPack *pack, GError **error)
{
  for (int i = 0; i < N_PATCHES; i++) {
    if (!make_patch (work, i)) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "calibrating: no picture of at least %d x %d pixels is "
                   "held in memory; give larger ones, or a larger cap",
                   work->side, work->side);
      return FALSE;
    }
    rw_run_forward (work->run, pack);
  }
  return TRUE;
}

/* ---- scales ------------------------------------------------------------- */

/* Mean square of what rounding to @scale takes away. */
static double
measure_loss (const Intake *in, const RwInt8Scale *scale)
{
  const double step = (double) scale->scale,
               low = -scale->zero * step - step / 2,
               high = (255 - scale->zero) * step + step / 2,
               width = (in->high - in->low) / N_BINS;
  double sum = 0;

  for (int i = 0; i < N_BINS; i++) {
    const double x = in->low + (i + 0.5) * width;
    const double beyond = MAX (MAX (low - x, x - high), 0);

    /* of numbers that are clamped, as far as they lie beyond the end */
    sum += (double) in->bins[i] *
           (beyond > 0 ? beyond * beyond : step * step / 12);
  }
  return sum;
}

/* Of both ends, the same part of each. */
static RwInt8Scale
choose_scale (const Intake *in)
{
  RwInt8Scale best = rw_quant_scale (in->low, in->high);
  double least = measure_loss (in, &best);

  for (int i = N_TRIES - 1; i > 0; i--) {
    const double part = (double) i / N_TRIES;
    const RwInt8Scale scale = rw_quant_scale (in->low * part, in->high * part);
    const double loss = measure_loss (in, &scale);

    if (loss < least) {
      least = loss;
      best = scale;
    }
  }
  return best;
}

/* ---- which layers ------------------------------------------------------- */

/* Names of the layers that can be rounded. (transfer full) */
static const char **
list_names (const RwNet *net, int *n)
{
  const char **names =
      g_new0 (const char *, (gsize) rw_net_get_n_nodes (net) + 1);

  *n = 0;
  for (int i = 1; i < rw_net_get_n_nodes (net); i++)
    if (rw_quant_fits (net, i))
      names[(*n)++] = rw_net_get_node_name (net, i);
  return names;
}

static gboolean
check_names (const RwNet *net, const char *const *in_float, GError **error)
{
  int n;
  g_autofree const char **names = list_names (net, &n);
  const int n_float =
      in_float != NULL ? (int) g_strv_length ((char **) in_float) : MIN (n, 2);

  for (int i = 0; in_float != NULL && in_float[i] != NULL; i++)
    if (!g_strv_contains (names, in_float[i])) {
      rw_choice_set_error (error, "layer that can be rounded", in_float[i],
                           names);
      return FALSE;
    }
  if (n > n_float)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "calibrating: of the net's layers %d can be rounded to 8 bits "
               "(those with multiples of 16 channels) and %d of them stay in "
               "float, so none is left; take a larger net, or fewer in float",
               n, n_float);
  return FALSE;
}

static gboolean
stays_in_float (const RwNet *net, const char *const *in_float, int node)
{
  const char *name = rw_net_get_node_name (net, node);
  int n;

  if (in_float != NULL)
    return g_strv_contains (in_float, name);
  g_autofree const char **names = list_names (net, &n);
  return g_str_equal (name, names[0]) || g_str_equal (name, names[n - 1]);
}

/* ---- all ---------------------------------------------------------------- */

static gboolean
begin (Work *work, GError **error)
{
  const RwTask *task = work->settings->task;
  const int scale = task->info.scale,
            align = scale * rw_net_get_align (work->net),
            smallest = rw_dataset_get_min_side (work->settings->dataset);

  work->side = MIN (SIDE, MAX (smallest, align)) / align * align;
  work->run = rw_run_new (work->net, RW_RUN_TRAIN, rw_parallel_get_workers ());
  rw_run_set_watch (work->run, watch, work);
  work->intakes = g_new0 (Intake, (gsize) rw_net_get_n_nodes (work->net));
  for (int i = 0; i < rw_net_get_n_nodes (work->net); i++) {
    work->intakes[i].finite = TRUE;
    work->intakes[i].bins = g_new0 (guint64, N_BINS);
  }
  if (work->side == 0) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        "calibrating: the net takes multiples of %d pixels, wanted at "
        "most %d; use a smaller net",
        align, SIDE);
    return FALSE;
  }
  return rw_pair_init (&work->pair, task, work->side, work->side, error) &&
         rw_feed_init (&work->feed, work->net, task->range_low,
                       task->range_high, scale, error) &&
         rw_run_prepare (work->run, 1, work->side / scale, work->side / scale,
                         error);
}

static void
clear (Work *work)
{
  for (int i = 0; i < rw_net_get_n_nodes (work->net); i++)
    g_free (work->intakes[i].bins);
  g_free (work->intakes);
  rw_run_free (work->run);
  rw_pair_clear (&work->pair);
}

static gboolean
set_scales (const Work *work, RwQuant *quant, GError **error)
{
  for (int i = 1; i < rw_net_get_n_nodes (work->net); i++) {
    const Intake *in = &work->intakes[i];

    if (!rw_quant_fits (work->net, i) ||
        stays_in_float (work->net, work->settings->in_float, i))
      continue;
    if (!in->finite) {
      g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                   "calibrating: layer %s takes in numbers that are not "
                   "finite, expected finite ones; train the net again",
                   rw_net_get_node_name (work->net, i));
      return FALSE;
    }
    quant->nodes[i].input = choose_scale (in);
  }
  return TRUE;
}

RwQuant *
rw_calibrate (RwNet *net,
              const float *params,
              const RwCalibration *calibration,
              GError **error)
{
  g_autoptr (RwQuant) quant = rw_quant_new (net);
  g_autoptr (RwPack) pack = NULL;
  Work work = { .settings = calibration, .net = net };

  if (!check_names (net, calibration->in_float, error))
    return NULL;
  gboolean good = begin (&work, error) &&
                  (pack = rw_pack_new (net, RW_RUN_TRAIN, error)) != NULL;
  if (good)
    rw_pack_update (pack, params);
  good = good && run_patches (&work, pack, error);
  work.counting = TRUE;
  good = good && run_patches (&work, pack, error) &&
         set_scales (&work, quant, error);
  clear (&work);
  return good ? g_steal_pointer (&quant) : NULL;
}
