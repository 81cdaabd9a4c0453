/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The level of a picture from a fixed, sparse sample of it: patches at the
 * places of a low-discrepancy sequence, so that a host that asks for the
 * picture in pieces gets the same level for each. Source of the sequence:
 * additive recurrence with the plastic number (Roberts 2018, "The unreasonable
 * effectiveness of quasirandom sequences").
 */
#include "reweave.h"

#include "base/alloc.h"
#include "restore/blind-change.h"
#include "restore/blocks.h"
#include "restore/cache.h"
#include "restore/fill.h"
#include "restore/measure.h"
#include "restore/model.h"
#include "restore/notes.h"
#include "base/words.h"

#include <math.h>
#include <string.h>

#define N_PATCHES 64
#define EDGE_MAX                                                              \
  48 /* of a patch; smaller ones are tried where there are holes */
#define EDGE_MIN 12

typedef struct {
  const RwModel *model;
  const RwJob *job;
  float *rgba;  /* one patch as read */
  float *rgb;   /* N_PATCHES patches, those with colour everywhere first */
  int n_whole;  /* number of these */
  int n_filled; /* patches with some colour, used when no patch is whole */
} Sample;

static int
count_coloured (const float *rgba, int n)
{
  int n_coloured = 0;

  for (int i = 0; i < n; i++)
    n_coloured += rw_pixel_has_colour (rgba + 4 * i);
  return n_coloured;
}

/* Reads @rect and keeps the patch if it is whole, or if none was so far. */
static gboolean
add_patch (Sample *sample, const RwRect *rect, GError **error)
{
  const int n = rect->width * rect->height;

  if (!sample->job->read (sample->job->data, rect, sample->rgba, error))
    return FALSE;
  const int n_coloured = count_coloured (sample->rgba, n);
  if (n_coloured == 0 || (n_coloured < n && sample->n_whole > 0))
    return TRUE;
  const int place = n_coloured == n ? sample->n_whole++ : sample->n_filled++;
  return rw_fill_colour (sample->rgba, rect->height, rect->width,
                         (float) sample->model->weights->range_low,
                         (float) sample->model->weights->range_high,
                         sample->rgb + (gsize) place * 3 * n, 3, error);
}

/* To whole blocks of JPEG from the picture's corner. */
static int
cut (double place)
{
  return (int) place / 8 * 8;
}

/* Places patches of at most @edge pixels a side.  Returns their number. */
static int
place_patches (const RwRect *bounds, int edge, RwRect patches[N_PATCHES])
{
  const int width = MIN (edge, bounds->width),
            height = MIN (edge, bounds->height);
  const int n =
      width == bounds->width && height == bounds->height ? 1 : N_PATCHES;
  double x = 0.5, y = 0.5;

  for (int i = 0; i < n; i++) {
    patches[i] =
        (RwRect){ .x = bounds->x + cut (x * (bounds->width - width + 1)),
                  .y = bounds->y + cut (y * (bounds->height - height + 1)),
                  .width = width,
                  .height = height };
    x = fmod (x + 0.7548776662466927, 1);
    y = fmod (y + 0.5698402909980532, 1);
  }
  return n;
}

static gboolean
add_patches (Sample *sample, int edge, GError **error)
{
  RwRect patches[N_PATCHES];
  const int n = place_patches (&sample->job->bounds, edge, patches);

  sample->n_whole = sample->n_filled = 0;
  for (int i = 0; i < n; i++)
    if (!add_patch (sample, &patches[i], error))
      return FALSE;
  return TRUE;
}

GArray *
rw_level_list_patches (const RwRect *bounds)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (RwRect));
  RwRect patches[N_PATCHES];

  if (rw_rect_is_empty (bounds))
    return all;
  for (int edge = EDGE_MAX; edge >= EDGE_MIN; edge /= 2) {
    const int n = place_patches (bounds, edge, patches);
    g_array_append_vals (all, patches, (guint) n);
  }
  return all;
}

/* The estimate is cached under a hash of the patches and of the model. */
static gboolean
estimate (
    const Sample *sample, int width, int height, double *value, GError **error)
{
  const RwModel *model = sample->model;
  const RwTask *task = model->task;
  const int n = sample->n_whole > 0 ? sample->n_whole : sample->n_filled;
  const int shape[] = { n, height, width };
  double change;

  RwCacheKey key = rw_cache_key_extend (model->key, shape, sizeof shape);
  key = rw_cache_key_extend (key, sample->rgb,
                             (gsize) n * height * width * 3 * sizeof (float));
  g_autoptr (GBytes) known = rw_cache_find (&key);
  if (known != NULL) {
    memcpy (value, g_bytes_get_data (known, NULL), sizeof *value);
    return TRUE;
  }
  *value = task->measure (sample->rgb, n, height, width);
  if (task->judge != NULL && rw_feed_works_blind (&model->feed)) {
    if (!rw_blind_change (model, sample->rgb, n, height, width, &change,
                          error))
      return FALSE;
    if (!isnan (change))
      *value = task->judge (*value, change);
  }
  g_autoptr (GBytes) bytes = g_bytes_new (value, sizeof *value);
  rw_cache_store (&key, bytes);
  return TRUE;
}

static gboolean
measure (Sample *sample, double *value, GError **error)
{
  const RwRect *bounds = &sample->job->bounds;

  for (int edge = EDGE_MAX;; edge /= 2) {
    const int width = MIN (edge, bounds->width),
              height = MIN (edge, bounds->height);
    if (!add_patches (sample, edge, error))
      return FALSE;
    if (sample->n_whole > 0 || edge <= EDGE_MIN)
      return estimate (sample, width, height, value, error);
  }
}

static RwCacheKey
ask_for_value (const RwModel *model, const RwRect *bounds)
{
  const int words[] = { bounds->x, bounds->y, bounds->width, bounds->height };

  return rw_cache_key_extend (model->key, words, sizeof words);
}

static gboolean
is_noted (const RwJob *job, const RwCacheKey *question, double *value)
{
  RwCacheKey answer;

  if (!rw_notes_find (job->notes, question, &answer))
    return FALSE;
  memcpy (value, &answer.low, sizeof *value);
  return TRUE;
}

static void
note (const RwJob *job, guint64 age, const RwCacheKey *question, double value)
{
  RwCacheKey answer = { 0 };

  memcpy (&answer.low, &value, sizeof value);
  rw_notes_add (job->notes, age, question, &answer);
}

gboolean
rw_job_measure (const RwModel *model,
                const RwJob *job,
                double *value,
                GError **error)
{
  Sample sample = { .model = model, .job = job };
  const gsize n = (gsize) EDGE_MAX * EDGE_MAX;
  g_return_val_if_fail (model != NULL && job != NULL && value != NULL, FALSE);
  g_return_val_if_fail (job->read != NULL, FALSE);

  const RwTaskInfo *info = &model->task->info;
  const RwCacheKey question = ask_for_value (model, &job->bounds);
  const guint64 age = rw_notes_get_age (job->notes);
  if (is_noted (job, &question, value))
    return TRUE;
  if (info->n_controls == 0 || !rw_feed_takes_value (&model->feed)) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        _ ("measuring: nothing of a picture is told to these weights of "
           "\"%s\", expected a net with an input \"sigma\" or "
           "\"value\"; leave it out"),
        info->name);
    return FALSE;
  }
  const RwField *control = &info->controls[0];
  const gboolean empty = rw_rect_is_empty (&job->bounds);
  *value = empty ? control->low : control->def;
  if (empty || model->task->measure == NULL)
    return TRUE;
  rw_autofree float *rgba = rw_try_alloc (n, 4 * sizeof (float),
                                          _ ("a patch of the picture"), error);
  rw_autofree float *rgb =
      rgba == NULL ? NULL
                   : rw_try_alloc (N_PATCHES * n, 3 * sizeof (float),
                                   _ ("patches of the picture"), error);
  sample.rgba = rgba;
  sample.rgb = rgb;
  if (rgb == NULL || !measure (&sample, value, error))
    return FALSE;
  *value = isnan (*value) ? control->def
                          : CLAMP (*value, control->low, control->high);
  note (job, age, &question, *value);
  return TRUE;
}
