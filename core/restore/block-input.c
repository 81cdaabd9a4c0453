/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a block's net is shown: the pixels read, holes covered, with the planes
 * of what is told; and the key under which the change is kept.
 */
#include "base/parallel.h"
#include "restore/block-cuts.h"
#include "restore/block-work.h"
#include "restore/fill.h"

#include <assert.h>
#include <string.h>

enum { ROW_PART = 256 /* pixels whose key is extended at once */ };

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

  f->n_missing[item] = rw_fill_copy_known (
      f->work->rgba + 4 * first, rect_area (&rows), f->settings->low,
      f->settings->high, f->tensor + f->feed->stride * first + f->feed->rgb,
      f->feed->stride);
}

/* What is to be made up is not shown to the net, whose mask knows no mixture.
 */
static void
cover_holes (const Filling *f, gsize first, gsize n)
{
  float *rgb = f->tensor + (gsize) f->feed->stride * first + f->feed->rgb;
  float *mask = f->work->mask + first;

  for (gsize i = 0; i < n; i++, rgb += f->feed->stride)
    if (mask[i] > 0)
      rgb[0] = rgb[1] = rgb[2] = RW_HOLE_COLOUR;
}

/* The planes of @n pixels, whose mask is 1 wherever it is more than 0. */
static void
fill_planes (const Filling *f, gsize first, gsize n)
{
  const gsize stride = (gsize) f->feed->stride;
  float *input = f->tensor + stride * first;
  const int channel = f->feed->channel[RW_PLANE_MASK];

  if (f->work->mask != NULL)
    cover_holes (f, first, n);
  rw_feed_fill_planes (f->feed,
                       f->work->mask != NULL ? f->work->mask + first : NULL,
                       &f->settings->told, n, input);
  if (channel >= 0)
    for (gsize i = 0; i < n; i++, input += stride)
      input[channel] = input[channel] > 0 ? 1.0f : 0.0f;
}

/* Of a row of the net's input: colour and mask.  What the other planes have is
 * the same for all pixels and part of the block's key. */
static RwCacheKey
add_row (RwCacheKey key, const Filling *f, const float *input, gsize n)
{
  const int channel = f->feed->channel[RW_PLANE_MASK];
  const gsize stride = (gsize) f->feed->stride;
  const float *rgb = input + f->feed->rgb;
  float row[4 * ROW_PART];

  while (n > 0) {
    const gsize part = MIN (n, ROW_PART);
    float *out = row;
    if (channel < 0)
      for (gsize i = 0; i < part; i++, rgb += stride, out += 3)
        memcpy (out, rgb, 3 * sizeof *out);
    else
      for (gsize i = 0; i < part; i++, rgb += stride, out += 4) {
        memcpy (out, rgb, 3 * sizeof *out);
        out[3] = rgb[channel - f->feed->rgb];
      }
    key = rw_cache_key_extend (key, row, (gsize) (out - row) * sizeof *row);
    n -= part;
  }
  return key;
}

static void
finish_cut (int item, int worker, void *data)
{
  const Filling *f = data;
  const RwRect *input = &f->work->block.input, rows = cut (input, item);
  const gsize stride = (gsize) f->feed->stride, n = rect_area (&rows);
  const gsize first = pixel_index (input, rows.x, rows.y);

  fill_planes (f, first, n);
  if (f->keys)
    f->keys[item] =
        add_row ((RwCacheKey){ 0 }, f, f->tensor + stride * first, n);
}

/* The key contains which pixels have no colour, since the change leaves those
 * out. */
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

/* Means are of cells that are fixed in the plane, and end with the picture. */
static RwCacheKey
add_mean (RwCacheKey key, const RwBlockWork *work)
{
  const RwRect *wide = &work->block.wide, *input = &work->block.input;
  const int shape[] = { wide->x - input->x,
                        wide->y - input->y,
                        wide->width,
                        wide->height,
                        wide->x & (RW_KEEP_MEAN_CELL - 1),
                        wide->y & (RW_KEEP_MEAN_CELL - 1) };

  return rw_cache_key_extend (key, shape, sizeof shape);
}

static void
set_key (const Filling *f)
{
  RwBlockWork *work = f->work;
  const RwRect *area = &work->block.area, *input = &work->block.input;
  const RwTold *told = &f->settings->told;
  const int shape[] = { input->width,       input->height, area->x - input->x,
                        area->y - input->y, area->width,   area->height,
                        f->settings->grey,  told->known };

  work->key =
      rw_cache_key_extend (f->settings->model->key, shape, sizeof shape);
  work->key =
      rw_cache_key_extend (work->key, &told->value, sizeof told->value);
  work->key = rw_cache_key_extend (
      work->key, f->keys, (gsize) n_cuts (input) * sizeof (RwCacheKey));
  if (work->mean_memory != NULL)
    work->key = add_mean (work->key, work);
  if (work->n_missing > 0)
    work->key = add_missing (work->key, work);
}

/* Pixels without colour are filled with the run's arena as scratch memory: no
 * layer's result is in it yet. */
static void
fill (Filling *f)
{
  RwBlockWork *work = f->work;
  const RwRect *input = &work->block.input;

  rw_parallel_for (n_cuts (input), copy_cut, f);
  work->n_missing = 0;
  for (int i = 0; i < n_cuts (input); i++)
    work->n_missing += f->n_missing[i];
  if (work->n_missing > 0) {
    float *scratch = rw_run_get_spare (
        work->run, rw_fill_get_floats (input->height, input->width));

    assert (scratch != NULL); /* the arena has room for it, see infer.c */
    rw_fill_missing (work->rgba, input->height, input->width,
                     f->tensor + f->feed->rgb, f->feed->stride, scratch);
  }
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
  work->carried = FALSE;
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
  float *left = work->carry[1];

  if (work->step > 0 && left != NULL) {
    work->carry[1] = work->carry[0];
    work->carry[0] = left;
    work->carried = TRUE;
  }
  fill (&f);
}
