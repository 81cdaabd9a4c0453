/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One block's way: what was read becomes the net's input, the net's output
 * becomes a change, and the change is added to what was read.  Rows are shared
 * among the threads in fixed cuts.
 */
#include "restore/block-work.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "restore/fill.h"

#include <math.h>
#include <string.h>

enum { ROWS = 16 /* of one cut; 8 to 64 measure alike */ };

/* Of the pixels of @rect, row by row, the one at (x, y). */
static gsize
pixel_index (const RwRect *rect, int x, int y)
{
  return (gsize) (y - rect->y) * rect->width + (x - rect->x);
}

static gsize
rect_area (const RwRect *rect)
{
  return (gsize) rect->width * rect->height;
}

static int
n_cuts (const RwRect *rect)
{
  return (rect->height + ROWS - 1) / ROWS;
}

/* The rows of cut @i. */
static RwRect
cut (const RwRect *rect, int i)
{
  RwRect rows = *rect;

  rows.y += i * ROWS;
  rows.height = MIN (ROWS, rect->height - i * ROWS);
  return rows;
}

gboolean
rw_block_work_has_colour (const RwBlockWork *work)
{
  const RwRect *area = &work->block.area, *input = &work->block.input;

  for (int y = area->y; y < area->y + area->height; y++) {
    const float *rgba = work->rgba + 4 * pixel_index (input, area->x, y);
    for (int x = 0; x < area->width; x++)
      if (rw_pixel_has_colour (rgba + 4 * x))
        return TRUE;
  }
  return FALSE;
}

/* ---- the net's input --------------------------------------------------- */

typedef struct {
  RwBlockWork *work;
  const RwBlockSettings *settings;
  const RwFeed *feed;
  float *tensor;
  gsize *n_missing; /* by cut */
  RwCacheKey *keys; /* by cut */
} Filling;

static void
copy_cut (int item, int worker, void *data)
{
  const Filling *f = data;
  const RwRect *input = &f->work->block.input, rows = cut (input, item);
  const gsize first = pixel_index (input, rows.x, rows.y);
  const RwWeights *weights = f->settings->model->weights;

  f->n_missing[item] = rw_fill_copy_known (
      f->work->rgba + 4 * first, rect_area (&rows), (float) weights->range_low,
      (float) weights->range_high,
      f->tensor + f->feed->stride * first + f->feed->rgb, f->feed->stride);
}

static void
finish_cut (int item, int worker, void *data)
{
  const Filling *f = data;
  const RwRect *input = &f->work->block.input, rows = cut (input, item);
  const gsize stride = (gsize) f->feed->stride, n = rect_area (&rows);
  float *first = f->tensor + stride * pixel_index (input, rows.x, rows.y);

  rw_feed_fill_planes (f->feed, NULL, &f->settings->told, n, first);
  if (f->keys)
    f->keys[item] = rw_cache_key_extend ((RwCacheKey){ 0 }, first,
                                         n * stride * sizeof (float));
}

/* Which pixels have no colour is part of what a change is for: it is not made
 * for those. */
static RwCacheKey
add_missing (RwCacheKey key, const RwBlockWork *work)
{
  const RwRect *input = &work->block.input;
  g_autofree guint8 *row = g_new (guint8, input->width);

  for (int y = 0; y < input->height; y++) {
    for (int x = 0; x < input->width; x++)
      row[x] = rw_pixel_has_colour (work->rgba +
                                    4 * ((gsize) y * input->width + x));
    key = rw_cache_key_extend (key, row, (gsize) input->width);
  }
  return key;
}

static void
set_key (const Filling *f)
{
  RwBlockWork *work = f->work;
  const RwRect *area = &work->block.area, *input = &work->block.input;
  const int shape[] = { input->width,       input->height, area->x - input->x,
                        area->y - input->y, area->width,   area->height,
                        f->settings->grey };

  work->key =
      rw_cache_key_extend (f->settings->model->key, shape, sizeof shape);
  work->key = rw_cache_key_extend (
      work->key, f->keys, (gsize) n_cuts (input) * sizeof (RwCacheKey));
  if (work->n_missing > 0)
    work->key = add_missing (work->key, work);
}

/* Pixels without colour are filled with the run's output as scratch memory:
 * it is not in use yet. */
static void
fill (Filling *f)
{
  RwBlockWork *work = f->work;
  const RwRect *input = &work->block.input;

  rw_parallel_for (n_cuts (input), copy_cut, f);
  work->n_missing = 0;
  for (int i = 0; i < n_cuts (input); i++)
    work->n_missing += f->n_missing[i];
  if (work->n_missing > 0)
    rw_fill_missing (
        work->rgba, input->height, input->width, f->tensor + f->feed->rgb,
        f->feed->stride,
        rw_run_get_spare (work->run,
                          rw_fill_get_floats (input->height, input->width)));
  rw_parallel_for (n_cuts (input), finish_cut, f);
  if (f->keys)
    set_key (f);
}

gboolean
rw_block_work_begin (RwBlockWork *work,
                     const RwBlockColumn *column,
                     GError **error)
{
  work->column = *column;
  work->step = 0;
  rw_block_column_set_run (column, work->run);
  return rw_run_prepare (work->run, 1, column->height, column->width, error);
}

void
rw_block_work_fill (RwBlockWork *work, const RwBlockSettings *settings)
{
  const int n = n_cuts (&work->block.input);
  g_autofree gsize *n_missing = g_new (gsize, n);
  g_autofree RwCacheKey *keys = work->keeps ? g_new (RwCacheKey, n) : NULL;
  Filling f = { .work = work,
                .settings = settings,
                .feed = &settings->model->feed,
                .tensor = rw_run_get_input (work->run),
                .n_missing = n_missing,
                .keys = keys };

  fill (&f);
}

/* ---- the change -------------------------------------------------------- */

typedef struct {
  RwBlockWork *work;
  const RwBlockSettings *settings;
  const RwRect *part;
  const float *output; /* the run's */
  float *change;
} Changing;

/* What the net made of a pixel less what it was given; 0 for what overflowed,
 * so that no weight file can put NaN into a picture, and for a pixel that has
 * no colour.  One value for grey. */
static inline void
change_of_pixel (const Changing *c,
                 const float *rgba,
                 const float *restored,
                 float *change)
{
  const RwWeights *weights = c->settings->model->weights;
  const float low = (float) weights->range_low,
              high = (float) weights->range_high;
  float d[3] = { 0 };

  if (rw_pixel_has_colour (rgba))
    for (int k = 0; k < 3; k++) {
      d[k] = restored[k] - CLAMP (rgba[k], low, high);
      d[k] = isfinite (d[k]) ? d[k] : 0;
    }
  if (c->settings->grey)
    change[0] = (d[0] + d[1] + d[2]) / 3;
  else
    memcpy (change, d, sizeof d);
}

static void
take_cut (int item, int worker, void *data)
{
  const Changing *c = data;
  const RwRect *area = &c->work->block.area, *input = &c->work->block.input,
               rows = cut (area, item);
  const int channels = c->settings->grey ? 1 : 3, cs = rw_channel_stride (3);

  for (int y = rows.y; y < rows.y + rows.height; y++) {
    const gsize first = pixel_index (input, rows.x, y);
    float *change = c->change + channels * pixel_index (area, rows.x, y);

    for (int x = 0; x < rows.width; x++, change += channels)
      change_of_pixel (c, c->work->rgba + 4 * (first + x),
                       c->output + cs * (first + x), change);
  }
}

gboolean
rw_block_work_take_change (RwBlockWork *work,
                           const RwBlockSettings *settings,
                           GError **error)
{
  const RwRect *area = &work->block.area;
  const gsize bytes =
      rect_area (area) * (settings->grey ? 1 : 3) * sizeof (float);
  Changing c = { .work = work,
                 .settings = settings,
                 .output = rw_run_get_output (work->run) };

  if (!work->keeps)
    return TRUE;
  c.change = rw_try_alloc (bytes, 1, "a restored block", error);
  if (c.change == NULL)
    return FALSE;
  rw_parallel_for (n_cuts (area), take_cut, &c);
  work->change =
      g_bytes_new_with_free_func (c.change, bytes, rw_free, c.change);
  return TRUE;
}

/* ---- and back ---------------------------------------------------------- */

/* Adds the change to a pixel, less the share of its lightness (Rec. 601) that
 * is kept as grain. */
static inline void
apply_change (const RwBlockSettings *settings,
              const float *change,
              float *rgba)
{
  const float s = settings->strength;
  float kept = 0;

  if (settings->grey) {
    const float d = s * (1 - settings->grain) * change[0];
    for (int k = 0; k < 3; k++)
      rgba[k] += d;
    return;
  }
  if (settings->grain > 0)
    kept = settings->grain *
           (0.299f * change[0] + 0.587f * change[1] + 0.114f * change[2]);
  for (int k = 0; k < 3; k++)
    rgba[k] += s * (change[k] - kept);
}

static void
apply_cut (int item, int worker, void *data)
{
  const Changing *c = data;
  const RwRect *area = &c->work->block.area, *input = &c->work->block.input,
               rows = cut (c->part, item);
  const int channels = c->settings->grey ? 1 : 3, cs = rw_channel_stride (3);

  for (int y = rows.y; y < rows.y + rows.height; y++) {
    const gsize first = pixel_index (input, rows.x, y);
    float *rgba = c->work->rgba + 4 * first;
    const float *kept =
        c->change ? c->change + channels * pixel_index (area, rows.x, y)
                  : NULL;
    float d[3];

    for (int x = 0; x < rows.width; x++, rgba += 4) {
      if (kept == NULL)
        change_of_pixel (c, rgba, c->output + cs * (first + x), d);
      if (rw_pixel_has_colour (rgba))
        apply_change (c->settings, kept ? kept + channels * x : d, rgba);
    }
  }
}

void
rw_block_work_apply (RwBlockWork *work,
                     const RwBlockSettings *settings,
                     const RwRect *part)
{
  Changing c = { .work = work,
                 .settings = settings,
                 .part = part,
                 .output = work->change ? NULL : rw_run_get_output (work->run),
                 .change = work->change ? (float *) g_bytes_get_data (
                                              work->change, NULL)
                                        : NULL };

  rw_parallel_for (n_cuts (part), apply_cut, &c);
}
