/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The patches of a training.
 */
#include "train/data/supply.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "train/data/crop.h"
#include "train/data/dataset-private.h"
#include "train/data/order.h"
#include "train/data/transplant.h"

#include <string.h>

#define N_AHEAD 4 /* steps; chosen: 2..16 all work */

/* One step ahead. */
typedef struct {
  guint64 step;
  gboolean ready;
  GError *error;
  float *clean, *damaged; /* [end - first][n_values] */
} Ahead;

struct RwSupply {
  const RwDataset *dataset;
  const RwRecipe *recipe;
  const RwTask *task;
  RwAugment augment;
  int first, end; /* places */
  gsize n_values; /* floats a patch, at most */
  gboolean transplants;
  guint64 step; /* begun */
  /* where not all is held */
  RwThread *thread;
  RwPixelsCache *cache; /* only the thread's */
  Ahead ahead[N_AHEAD];
  const Ahead *begun;
  GMutex lock;      /* guards what follows, and `ready` */
  GCond changed;    /* any of it */
  guint64 next;     /* step that the thread draws next, or is drawing */
  guint64 limit;    /* first that it must not draw yet */
  guint generation; /* raised when the order of steps is broken */
  gboolean quit;
};

/* ---- drawing ----------------------------------------------------------- */

gboolean
rw_supply_draw_noise (const RwSupply *self,
                      guint64 step,
                      int place,
                      guint64 *key)
{
  *key = rw_random_key (rw_order_key (self->recipe, step, place),
                        RW_DRAW_TRANSPLANT);
  return self->transplants && rw_transplant_is_due (*key);
}

double
rw_supply_get_noise_share (const RwSupply *self, guint64 step, int place)
{
  return rw_dataset_get_noise_share (
      self->dataset, rw_order_pick (self->dataset, self->recipe, step, place));
}

int
rw_supply_draw_damage (const RwSupply *self,
                       guint64 step,
                       int place,
                       RwDamage *damage)
{
  const guint64 key = rw_order_key (self->recipe, step, place);
  guint64 unused;

  self->task->draw (rw_random_key (key, RW_DRAW_DAMAGE), damage);
  return rw_dataset_has_pairs (self->dataset) ||
                 rw_supply_draw_noise (self, step, place, &unused)
             ? self->recipe->patch
             : rw_task_get_extent (self->task, damage, self->recipe->patch);
}

/* Pixels of picture @i, through @cache unless they are held. */
static const RwDatasetPixels *
get_pixels (const RwSupply *self, RwPixelsCache *cache, int i, GError **error)
{
  return cache != NULL ? rw_pixels_cache_get (cache, i, error)
                       : &rw_dataset_get_image (self->dataset, i)->pixels;
}

/* Moves the patch of @side by @share towards one of picture @i. */
static gboolean
draw_part (const RwSupply *self,
           RwPixelsCache *cache,
           int i,
           guint64 key,
           int side,
           float share,
           float *clean,
           float *damaged,
           GError **error)
{
  const RwDatasetPixels *pixels = get_pixels (self, cache, i, error);

  if (pixels == NULL)
    return FALSE;
  const RwCrop crop = rw_crop_draw (&self->augment, key, pixels->clean->width,
                                    pixels->clean->height, side);
  rw_crop_read (&crop, pixels->clean, side, share, clean);
  if (pixels->damaged != NULL)
    rw_crop_read (&crop, pixels->damaged, side, share, damaged);
  return TRUE;
}

/* With mix-up the second patch is of the picture at the next place, as if the
 * batch were mixed with itself. */
static gboolean
draw_patch (const RwSupply *self,
            RwPixelsCache *cache,
            guint64 step,
            int place,
            float *clean,
            float *damaged,
            GError **error)
{
  const RwRecipe *recipe = self->recipe;
  const guint64 key = rw_order_key (recipe, step, place);
  const int i = rw_order_pick (self->dataset, recipe, step, place);
  RwDamage damage;
  const int side = rw_supply_draw_damage (self, step, place, &damage);

  if (!draw_part (self, cache, i, rw_random_key (key, RW_DRAW_CROP), side, 1,
                  clean, damaged, error))
    return FALSE;
  if (recipe->mixup == 0)
    return TRUE;
  const int next = (place + 1) % recipe->batch;
  const int j = rw_order_pick (self->dataset, recipe, step, next);
  const float share =
      rw_augment_share (&self->augment, rw_random_key (key, RW_DRAW_SHARE));
  return draw_part (self, cache, j, rw_random_key (key, RW_DRAW_SECOND_CROP),
                    side, 1 - share, clean, damaged, error);
}

/* ---- ahead ------------------------------------------------------------- */

static gboolean
is_stale (RwSupply *self, guint generation)
{
  g_mutex_lock (&self->lock);
  const gboolean stale = self->quit || self->generation != generation;
  g_mutex_unlock (&self->lock);
  return stale;
}

static void
draw_step (RwSupply *self, Ahead *ahead, guint64 step, guint generation)
{
  for (int place = self->first; place < self->end; place++) {
    const gsize at = (gsize) (place - self->first) * self->n_values;
    if (is_stale (self, generation) ||
        !draw_patch (self, self->cache, step, place, ahead->clean + at,
                     ahead->damaged != NULL ? ahead->damaged + at : NULL,
                     &ahead->error))
      return;
  }
}

static void
run_thread (void *data)
{
  RwSupply *self = data;

  g_mutex_lock (&self->lock);
  while (!self->quit) {
    if (self->next >= self->limit) {
      g_cond_wait (&self->changed, &self->lock);
      continue;
    }
    const guint64 step = self->next;
    const guint generation = self->generation;
    Ahead *ahead = &self->ahead[step % N_AHEAD];
    ahead->ready = FALSE;
    g_clear_error (&ahead->error);
    g_mutex_unlock (&self->lock);
    draw_step (self, ahead, step, generation);
    g_mutex_lock (&self->lock);
    if (self->generation != generation)
      continue;
    ahead->step = step;
    ahead->ready = TRUE;
    self->next++;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);
}

/* Under the lock: what is there or being drawn is of no use, @step is next. */
static void
restart (RwSupply *self, guint64 step)
{
  self->generation++;
  self->next = step;
  for (int i = 0; i < N_AHEAD; i++)
    self->ahead[i].ready = FALSE;
}

static gboolean
begin_ahead (RwSupply *self, guint64 step, GError **error)
{
  Ahead *ahead = &self->ahead[step % N_AHEAD];

  g_mutex_lock (&self->lock);
  if (step > self->next || step < self->step)
    restart (self, step);
  self->limit = step + N_AHEAD;
  g_cond_broadcast (&self->changed);
  while (!(ahead->ready && ahead->step == step))
    g_cond_wait (&self->changed, &self->lock);
  self->begun = ahead;
  GError *failure = g_steal_pointer (&ahead->error);
  if (failure != NULL) {
    restart (self, step); /* to be tried again, but not before it is asked */
    self->limit = step;
  }
  g_mutex_unlock (&self->lock);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

/* ---- making ------------------------------------------------------------ */

static gboolean
alloc_patches (float **patches, const RwSupply *self, GError **error)
{
  *patches = rw_try_alloc ((gsize) (self->end - self->first),
                           self->n_values * sizeof (float),
                           "the patches of the steps ahead", error);
  return *patches != NULL;
}

static gboolean
start_thread (RwSupply *self, GError **error)
{
  self->cache = rw_pixels_cache_new (self->dataset);
  for (int i = 0; i < N_AHEAD; i++)
    if (!alloc_patches (&self->ahead[i].clean, self, error) ||
        (rw_dataset_has_pairs (self->dataset) &&
         !alloc_patches (&self->ahead[i].damaged, self, error)))
      return FALSE;
  self->thread = rw_thread_start (run_thread, self);
  if (self->thread != NULL)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "training: the system gave no thread to decode pictures ahead, "
               "and one is needed; close other programs or raise "
               "--data-memory");
  return FALSE;
}

RwSupply *
rw_supply_new (const RwDataset *dataset,
               const RwRecipe *recipe,
               const RwTask *task,
               int first,
               int end,
               GError **error)
{
  const gsize side =
      (gsize) (rw_dataset_has_pairs (dataset)
                   ? recipe->patch
                   : rw_task_get_extent (task, NULL, recipe->patch));
  g_autoptr (RwSupply) self = g_new0 (RwSupply, 1);

  self->dataset = dataset;
  self->recipe = recipe;
  self->task = task;
  self->augment = rw_augment_get (recipe);
  self->first = first;
  self->end = end;
  self->n_values = 3 * side * side;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  if (!rw_order_check (recipe, error) ||
      (!rw_dataset_is_held (dataset) && !start_thread (self, error)))
    return NULL;
  return g_steal_pointer (&self);
}

void
rw_supply_transplant (RwSupply *self)
{
  self->transplants = TRUE; /* the thread draws nothing before a step begins */
}

static void
stop_thread (RwSupply *self)
{
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  rw_thread_join (self->thread);
}

void
rw_supply_free (RwSupply *self)
{
  if (self == NULL)
    return;
  stop_thread (self);
  for (int i = 0; i < N_AHEAD; i++) {
    g_clear_error (&self->ahead[i].error);
    rw_free (self->ahead[i].clean);
    rw_free (self->ahead[i].damaged);
  }
  rw_pixels_cache_free (self->cache);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

gboolean
rw_supply_begin (RwSupply *self, guint64 step, GError **error)
{
  const gboolean good =
      self->thread == NULL || begin_ahead (self, step, error);

  self->step = step;
  return good;
}

void
rw_supply_get (const RwSupply *self, int place, float *clean, float *damaged)
{
  const gsize at = (gsize) (place - self->first) * self->n_values;
  RwDamage damage;

  if (self->thread == NULL) {
    draw_patch (self, NULL, self->step, place, clean, damaged, NULL);
    return;
  }
  const gsize side =
      (gsize) rw_supply_draw_damage (self, self->step, place, &damage);
  const gsize n_bytes = 3 * side * side * sizeof (float);
  memcpy (clean, self->begun->clean + at, n_bytes);
  if (self->begun->damaged != NULL)
    memcpy (damaged, self->begun->damaged + at, n_bytes);
}
