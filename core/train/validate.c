/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Validation while training.
 */
#include "train/validate.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "nets/feed.h"
#include "train/data/transplant.h"
#include "train/loss/metrics.h"
#include "train/ranks.h"

#include <math.h>
#include <string.h>

#define MAX_SIDE 256
#define PATCHES_MIN 8 /* of fewer, the best step is chance */
#define NOISE_KEY 0x7a11d

/* What one thread works with. */
typedef struct {
  RwRun *run;
  RwPair pair;
  RwSample middle; /* of the picture, as it is */
  float *restored; /* [MAX_SIDE][MAX_SIDE][3] */
} Worker;

struct RwValidator {
  RwNet *net;
  const RwTask *task;
  const RwDataset *dataset;
  const RwNoiseLibrary *noise; /* or NULL */
  RwFeed feed;
  RwPack *pack;
  int n;       /* patches, more or fewer than there are pictures */
  int *firsts; /* where each rank's share of them begins, and the end */
  int n_workers;
  Worker *workers;
  double *mse;     /* of each patch */
  double *costs;   /* of each patch: the error that its bits are worth */
  double *rates;   /* of each patch: bits a pixel */
  int bits;        /* the result that has them, or -1 */
  GError **errors; /* of each patch */
};

/* Of a picture's width or height: the part that is used, 0 if none. */
static int
crop_side (const RwValidator *self, int side, gboolean is_height)
{
  const int align = rw_net_get_align (self->net) * self->task->info.scale;
  int size[2];

  if (rw_net_get_size (self->net, &size[0], &size[1]))
    return size[is_height] <= MIN (side, MAX_SIDE) ? size[is_height] : 0;
  return MIN (side, MAX_SIDE) / align * align;
}

static gboolean
check_sizes (const RwValidator *self, GError **error)
{
  const int side = rw_dataset_get_min_side (self->dataset);

  if (crop_side (self, side, FALSE) > 0 && crop_side (self, side, TRUE) > 0)
    return TRUE;
  int width, height;
  const gboolean fixed = rw_net_get_size (self->net, &width, &height);

  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "validation: its smallest picture has a side of %d pixels, but "
               "this net needs %d and takes at most %d; leave it out",
               side,
               fixed ? MAX (width, height) : rw_net_get_align (self->net),
               MAX_SIDE);
  return FALSE;
}

/* Inner results can be kept only as in training. */
static RwRunMode
get_mode (const RwValidator *self)
{
  return self->bits >= 0 ? RW_RUN_TRAIN : RW_RUN_INFER;
}

static gboolean
find_bits (RwValidator *self, GError **error)
{
  self->bits = -1;
  if (self->task->bits == NULL)
    return TRUE;
  self->bits = rw_net_find_result (self->net, self->task->bits, error);
  g_prefix_error (error, "validation of task %s: ", self->task->info.name);
  return self->bits >= 0;
}

static gboolean
worker_init (const RwValidator *self, Worker *worker, GError **error)
{
  const RwTask *task = self->task;

  worker->run = rw_run_new (self->net, get_mode (self), 1);
  if (self->bits >= 0)
    rw_run_keep (worker->run, self->bits);
  worker->restored =
      rw_try_alloc ((gsize) MAX_SIDE * MAX_SIDE, 3 * sizeof (float),
                    "the buffers of validation", error);
  return worker->restored != NULL &&
         rw_sample_init (&worker->middle, MAX_SIDE, MAX_SIDE, FALSE, error) &&
         rw_pair_init (&worker->pair, task, MAX_SIDE, MAX_SIDE, error);
}

int
rw_validator_count_patches (const RwDataset *dataset)
{
  const int n = rw_dataset_get_n (dataset);

  return n < PATCHES_MIN ? (PATCHES_MIN + n - 1) / n * n : n;
}

RwValidator *
rw_validator_new (RwNet *net,
                  const RwTask *task,
                  const RwDataset *dataset,
                  int n_patches,
                  GError **error)
{
  g_autoptr (RwValidator) self = g_new0 (RwValidator, 1);
  const int n_all = rw_dataset_get_n (dataset);
  const gsize n = (gsize) (n_patches > 0 ? n_patches : n_all);

  self->net = net;
  self->task = task;
  self->dataset = dataset;
  self->n = (int) n;
  self->n_workers = rw_parallel_get_workers ();
  self->workers = g_new0 (Worker, (gsize) self->n_workers);
  self->mse = g_new0 (double, n);
  self->costs = g_new0 (double, n);
  self->rates = g_new0 (double, n);
  self->errors = g_new0 (GError *, n);
  self->firsts = g_new0 (int, (gsize) rw_ranks_get_n () + 1);
  for (int r = 0; r <= rw_ranks_get_n (); r++)
    self->firsts[r] = rw_ranks_get_first (self->n, r);
  if (!rw_feed_init (&self->feed, net, task->range_low, task->range_high,
                     task->info.scale, error) ||
      !check_sizes (self, error) || !find_bits (self, error))
    return NULL;
  self->pack = rw_pack_new (net, get_mode (self), error);
  if (self->pack == NULL)
    return NULL;
  for (int i = 0; i < self->n_workers; i++)
    if (!worker_init (self, &self->workers[i], error))
      return NULL;
  return g_steal_pointer (&self);
}

void
rw_validator_free (RwValidator *self)
{
  if (self == NULL)
    return;
  for (int i = 0; i < self->n_workers; i++) {
    rw_run_free (self->workers[i].run);
    rw_free (self->workers[i].restored);
    rw_sample_clear (&self->workers[i].middle);
    rw_pair_clear (&self->workers[i].pair);
  }
  g_free (self->workers);
  g_free (self->firsts);
  g_free (self->mse);
  g_free (self->costs);
  g_free (self->rates);
  g_free (self->errors);
  rw_pack_free (self->pack);
  g_free (self);
}

gboolean
rw_validator_set_quant (RwValidator *self,
                        const RwQuant *quant,
                        GError **error)
{
  return rw_pack_set_quant (self->pack, quant, error);
}

void
rw_validator_set_noise (RwValidator *self, const RwNoiseLibrary *library)
{
  self->noise = library;
}

/* Reads the patch at @place of the picture: its middle, its corners, and the
 * middles of its edges. */
static void
read_crop (
    const RwPicture *picture, int place, int width, int height, float *rgb)
{
  static const int halves[][2] = { { 1, 1 }, { 0, 0 }, { 2, 2 }, { 2, 0 },
                                   { 0, 2 }, { 1, 0 }, { 1, 2 }, { 0, 1 } };
  const int *half = halves[place % (int) G_N_ELEMENTS (halves)];
  const int left = half[0] * (picture->width - width) / 2;
  const int top = half[1] * (picture->height - height) / 2;
  const float peak = (float) rw_picture_get_peak (picture);

  for (int y = 0; y < height; y++) {
    const gsize first =
        3 * ((gsize) (top + y) * (gsize) picture->width + (gsize) left);
    for (gsize i = first; i < first + 3 * (gsize) width; i++)
      *rgb++ = (float) rw_picture_get_sample (picture, i) / peak;
  }
}

/* Mean square error of the run's output against what is clean. */
static double
measure (Worker *worker)
{
  const RwSample *clean = &worker->pair.clean;
  const gsize n_pixels = (gsize) clean->width * (gsize) clean->height;
  const float *out = rw_run_get_output (worker->run);

  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < 3; c++)
      worker->restored[3 * i + c] = CLAMP (out[4 * i + c], 0.0f, 1.0f);
  return rw_mse (worker->restored, clean->rgb, 3 * n_pixels);
}

/* Bits a pixel of the run's picture. */
static double
count_bits (const RwValidator *self, const Worker *worker)
{
  const RwSample *clean = &worker->pair.clean;
  int height, width, channels;
  double sum = 0;

  rw_run_get_result_shape (worker->run, self->bits, &height, &width,
                           &channels);
  const gsize stride = (gsize) rw_channel_stride (channels);
  const float *bits = rw_run_get_result (worker->run, self->bits);
  for (gsize i = 0; i < (gsize) height * (gsize) width; i++)
    for (gsize c = 0; c < (gsize) channels; c++)
      sum += (double) bits[i * stride + c];
  return sum / ((double) clean->width * clean->height);
}

/* The picture that patch @i is of, by its number in the set. */
static int
find_picture (const RwValidator *self, int i)
{
  const int n_all = rw_dataset_get_n (self->dataset);

  return self->n > n_all ? i % n_all : (int) ((gint64) i * n_all / self->n);
}

/* Makes the pair of picture @i, of @width x @height pixels.  A net that works
 * without being told anything is told nothing. */
static RwDamage
make_pair (const RwValidator *self, int i, Worker *w, int width, int height)
{
  const int number = find_picture (self, i);
  const int place = i / rw_dataset_get_n (self->dataset);
  const RwPicture *partner = rw_dataset_get_damaged (self->dataset, number);
  const guint64 key = rw_random_key (NOISE_KEY, (guint64) i);
  const gboolean as_is = partner != NULL || self->noise != NULL;
  RwDamage damage = rw_task_pose (self->task, 0, key);

  rw_pair_set_size (&w->pair, self->task, &damage, width, height);
  w->middle.width = width;
  w->middle.height = height;
  read_crop (rw_dataset_get_picture (self->dataset, number), place, width,
             height, as_is ? w->pair.clean.rgb : w->middle.rgb);
  if (partner != NULL) {
    read_crop (partner, place, width, height, w->pair.input.rgb);
    damage = rw_task_compare (self->task, &w->pair);
    damage.values[0] *= rw_dataset_get_noise_share (self->dataset, number);
  } else if (self->noise != NULL) {
    rw_transplant (self->noise, self->task, key, &w->pair, &damage);
  } else {
    rw_sample_surround (&w->middle, &w->pair.source);
    rw_pair_degrade (&w->pair, self->task, &damage);
  }
  damage.blind |= rw_feed_works_blind (&self->feed);
  return damage;
}

/* The worker's pair and the input of its run.  FALSE: an error of the item. */
static gboolean
make_input (RwValidator *self, int item, Worker *worker, RwTold *told)
{
  const RwSample *input = &worker->pair.input;
  int width, height;

  rw_validator_get_size (self, item, &width, &height);
  const RwDamage damage = make_pair (self, item, worker, width, height);
  *told = rw_task_tell (self->task, &damage);
  if (!rw_run_prepare (worker->run, 1, input->height, input->width,
                       &self->errors[item]))
    return FALSE;
  rw_feed_fill (&self->feed, input->rgb, input->mask, told,
                (gsize) input->width * (gsize) input->height,
                rw_run_get_input (worker->run));
  return TRUE;
}

static void
validate_picture (int item, int worker_index, void *data)
{
  RwValidator *self = data;
  Worker *worker = &self->workers[worker_index];
  RwTold told;

  if (!make_input (self, item, worker, &told))
    return;
  rw_run_forward (worker->run, self->pack);
  self->mse[item] = measure (worker);
  if (self->bits >= 0) {
    self->rates[item] = count_bits (self, worker);
    self->costs[item] =
        self->rates[item] / self->task->trade ((double) told.value);
  }
}

/* Item @item of this rank's share. */
static void
validate_own_picture (int item, int worker, void *data)
{
  const RwValidator *self = data;

  validate_picture (self->firsts[rw_ranks_get_own ()] + item, worker, data);
}

gboolean
rw_validator_run (RwValidator *self,
                  const float *params,
                  double *psnr,
                  GError **error)
{
  const int n = self->n, own = rw_ranks_get_own ();
  GError *first = NULL;
  double sum = 0;

  rw_pack_update (self->pack, params);
  rw_parallel_for (self->firsts[own + 1] - self->firsts[own],
                   validate_own_picture, self);
  rw_ranks_share (self->mse, sizeof (double), self->firsts);
  rw_ranks_share (self->costs, sizeof (double), self->firsts);
  rw_ranks_share (self->rates, sizeof (double), self->firsts);
  for (int i = 0; i < n; i++) {
    sum += rw_psnr (self->mse[i]);
    if (first == NULL)
      first = g_steal_pointer (&self->errors[i]);
    g_clear_error (&self->errors[i]);
  }
  *psnr = sum / n;
  if (!rw_ranks_agree (first == NULL, &first)) {
    g_propagate_error (error, first);
    return FALSE;
  }
  return TRUE;
}

double
rw_validator_get_mse (const RwValidator *self)
{
  double sum = 0;

  for (int i = 0; i < self->n; i++)
    sum += self->mse[i];
  return sum / self->n;
}

double
rw_validator_get_rate (const RwValidator *self)
{
  double sum = 0;

  for (int i = 0; i < self->n; i++)
    sum += self->rates[i];
  return self->bits >= 0 ? sum / self->n : NAN;
}

double
rw_validator_get_score (const RwValidator *self)
{
  double sum = 0;

  for (int i = 0; i < self->n; i++)
    sum += rw_psnr (self->mse[i] + self->costs[i]);
  return sum / self->n;
}

/* ---- showing ------------------------------------------------------------ */

int
rw_validator_get_n (const RwValidator *self)
{
  return self->n;
}

void
rw_validator_get_size (const RwValidator *self,
                       int item,
                       int *width,
                       int *height)
{
  const RwPicture *picture =
      rw_dataset_get_picture (self->dataset, find_picture (self, item));

  *width = crop_side (self, picture->width, FALSE);
  *height = crop_side (self, picture->height, TRUE);
}

const float *
rw_validator_make (RwValidator *self,
                   int item,
                   int *width,
                   int *height,
                   const float **clean,
                   GError **error)
{
  Worker *worker = &self->workers[0];
  RwTold told;

  if (!make_input (self, item, worker, &told)) {
    g_propagate_error (error, g_steal_pointer (&self->errors[item]));
    return NULL;
  }
  *width = worker->pair.input.width;
  *height = worker->pair.input.height;
  *clean = worker->pair.clean.rgb;
  return rw_run_get_input (worker->run);
}

gboolean
rw_validator_show (RwValidator *self,
                   int item,
                   RwValidationExample *example,
                   GError **error)
{
  Worker *worker = &self->workers[0];

  validate_picture (item, 0, self);
  if (self->errors[item] != NULL) {
    g_propagate_error (error, g_steal_pointer (&self->errors[item]));
    return FALSE;
  }
  rw_validator_get_size (self, item, &example->width, &example->height);
  example->scale = self->task->info.scale;
  example->clean = worker->pair.clean.rgb;
  example->damaged = worker->pair.input.rgb;
  example->restored = worker->restored;
  return TRUE;
}
