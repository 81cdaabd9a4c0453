/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One block while it is restored: the output of the net becomes a change, and
 * the change is added to the pixels read.  What the net is shown is in
 * block-input.c.  Threads share the rows in fixed cuts.
 */
#include "restore/block-work.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "base/words.h"
#include "restore/block-cuts.h"
#include "restore/change.h"
#include "restore/enlarge.h"
#include "restore/fill.h"

#include <math.h>
#include <string.h>

enum {
  PIECE = 256,  /* pixels whose changes are in the processor's cache */
  ALONE = 65536 /* pixels that one thread changes before another is awake */
};

gboolean
rw_block_work_has_colour (const RwBlockWork *work)
{
  const RwRect *area = &work->block.area, *input = &work->block.input;

  for (int y = area->y; y < area->y + area->height; y++) {
    const gsize first = pixel_index (input, area->x, y);
    const float *rgba = work->rgba + 4 * first;
    const float *mask = work->mask != NULL ? work->mask + first : NULL;
    for (int x = 0; x < area->width; x++)
      if (rw_pixel_has_colour (rgba + 4 * x) && (mask == NULL || mask[x] > 0))
        return TRUE;
  }
  return FALSE;
}

/* ---- the change --------------------------------------------------------- */

typedef struct {
  RwBlockWork *work;
  const RwBlockSettings *settings;
  RwRect area;         /* of the result that is looked at */
  const float *output; /* the run's, or NULL */
  const guint16 *kept; /* from the cache, or NULL; without both nothing changes
                        */
  gboolean shifts;     /* what the mean is kept by is known */
  guint16 *change;     /* to be kept */
} Changing;

/* A piece of a row while it is changed. */
typedef struct {
  int x, y, n; /* of the result */
  float change[3 * PIECE];
  float shift[3 * PIECE];
  guint16 kept[3 * PIECE];
} Piece;

static gsize
get_channels (const Changing *c)
{
  return c->settings->grey ? 1 : 3;
}

/* The rows of the output that the run made with the block above. */
static RwRect
get_carried (const RwBlockWork *work, const RwBlockSettings *settings)
{
  const RwRect *input = &work->block.input, *wide = &work->block.wide;
  const int end = work->block.area.y + settings->margins->mean;

  return (RwRect){ input->x, wide->y, input->width,
                   work->carried ? MIN (end, wide->y + wide->height) - wide->y
                                 : 0 };
}

/* The pixel of the run's output at (@x, @y) of the result. */
static const float *
get_restored (const Changing *c, int x, int y)
{
  const RwRect carried = get_carried (c->work, c->settings);
  const int scale = c->settings->margins->scale;
  const RwRect *input = &c->work->block.input;
  const gsize width = (gsize) input->width * (gsize) scale;

  if (carried.height > 0 && y < carried.y + carried.height)
    return c->work->carry[0] +
           (gsize) rw_channel_stride (3) * pixel_index (&carried, x, y);
  return c->output + (gsize) rw_channel_stride (3) *
                         ((gsize) (y - scale * input->y) * width +
                          (gsize) (x - scale * input->x));
}

/* One value for grey; 0 for what overflowed, so that no weight file can put
 * NaN into a picture. */
static inline void
store_change (const RwBlockSettings *settings, const float d[3], float *change)
{
  float good[3];

  for (int k = 0; k < 3; k++)
    good[k] = isfinite (d[k]) ? d[k] : 0;
  if (settings->grey)
    change[0] = (good[0] + good[1] + good[2]) / 3;
  else
    memcpy (change, good, sizeof good);
}

/* What the net made of pixels less what it was given; with a mask, where it
 * was given nothing, what it made. Of a pixel without colour 0. */
static void
find_changes (const Changing *c, Piece *piece)
{
  const float low = c->settings->low, high = c->settings->high;
  const gsize channels = get_channels (c), stride = rw_channel_stride (3);
  const float *rgba = c->work->rgba + 4 * pixel_index (&c->work->block.input,
                                                       piece->x, piece->y);
  const float *restored = get_restored (c, piece->x, piece->y);
  float *change = piece->change;
  const float *shift = piece->shift;

  if (c->shifts)
    rw_keep_mean_get (&c->work->mean, piece->x, piece->y, piece->n,
                      piece->shift);
  else
    memset (piece->shift, 0, 3 * (gsize) piece->n * sizeof *piece->shift);
  for (int x = 0; x < piece->n; x++, shift += 3) {
    float d[3] = { 0 };
    if (rw_pixel_has_colour (rgba))
      for (int k = 0; k < 3; k++)
        d[k] = c->work->mask != NULL
                   ? restored[k]
                   : restored[k] - CLAMP (rgba[k], low, high) - shift[k];
    store_change (c->settings, d, change);
    rgba += 4;
    restored += stride;
    change += channels;
  }
}

/* The same of pixels that are not in the input: @base is what interpolation
 * has there. */
static void
find_enlarged (const Changing *c, Piece *piece, float *base)
{
  const float *restored =
      c->output != NULL ? get_restored (c, piece->x, piece->y) : NULL;
  const gsize channels = get_channels (c), stride = rw_channel_stride (3);
  float *change = piece->change;

  for (int x = 0; x < piece->n; x++) {
    float clamped[3], d[3] = { 0 };
    const gboolean known =
        rw_enlarge_pixel (c->work->rgba, &c->work->block.input,
                          c->settings->margins->scale, piece->x + x, piece->y,
                          c->settings->low, c->settings->high, base, clamped);
    if (restored != NULL) {
      for (int k = 0; known && k < 3; k++)
        d[k] = restored[k] - clamped[k];
      restored += stride;
    }
    store_change (c->settings, d, change);
    base += 4;
    change += channels;
  }
}

/* Calls @change for the pieces of the rows of cut @item. */
static void
go_through (const Changing *c,
            int item,
            void (*change) (const Changing *c, Piece *piece))
{
  const RwRect rows = cut (&c->area, item);
  const int right = rows.x + rows.width;
  Piece piece;

  for (piece.y = rows.y; piece.y < rows.y + rows.height; piece.y++)
    for (piece.x = rows.x; piece.x < right; piece.x += piece.n) {
      piece.n = MIN (PIECE, right - piece.x);
      change (c, &piece);
    }
}

static void
take_piece (const Changing *c, Piece *piece)
{
  const gsize channels = get_channels (c);
  float base[4 * PIECE];

  if (c->settings->margins->scale > 1)
    find_enlarged (c, piece, base);
  else
    find_changes (c, piece);
  rw_change_pack (c->change +
                      channels * pixel_index (&c->area, piece->x, piece->y),
                  piece->change, channels * (gsize) piece->n);
}

static void
take_cut (int item, int worker, void *data)
{
  go_through (data, item, take_piece);
}

/* ---- the mean ----------------------------------------------------------- */

/* Adds @n pixels of a row from (@x, @y) on, which lie in one cell. */
static void
add_to_cell (const Changing *c, int x, int y, int n, RwMeanCell *cell)
{
  const float low = c->settings->low, high = c->settings->high;
  const float *rgba =
      c->work->rgba + 4 * pixel_index (&c->work->block.input, x, y);
  const gsize stride = rw_channel_stride (3);
  const float *restored = get_restored (c, x, y);
  RwMeanCell sum = *cell;

  for (int i = 0; i < n; i++) {
    float colour[3], change[3];
    if (rw_pixel_has_colour (rgba)) {
      for (int k = 0; k < 3; k++) {
        colour[k] = CLAMP (rgba[k], low, high);
        change[k] = restored[k] - colour[k];
      }
      rw_keep_mean_add (&sum, colour, change);
    }
    rgba += 4;
    restored += stride;
  }
  *cell = sum;
}

static void
sum_cells (int item, int worker, void *data)
{
  const Changing *c = data;
  RwKeepMean *mean = &c->work->mean;
  RwRect rect;

  for (int i = 0; i < mean->have.width; i++) {
    RwMeanCell *cell =
        rw_keep_mean_get_cell (mean, i, item, &c->work->block.wide, &rect);

    for (int y = rect.y; y < rect.y + rect.height; y++)
      add_to_cell (c, rect.x, y, rect.width, cell);
    rw_keep_mean_end (cell);
  }
}

/* The rows around the next block's first one, which the next step of the run
 * will not make again. */
static void
carry_rows (const Changing *c)
{
  const RwBlockWork *work = c->work;
  const int mean = c->settings->margins->mean;
  const RwRect *area = &work->block.area, *wide = &work->block.wide,
               *input = &work->block.input;
  const int next = area->y + area->height, first = MAX (next - mean, wide->y),
            end = MIN (next + mean, wide->y + wide->height);

  memcpy (work->carry[1], get_restored (c, input->x, first),
          (gsize) rw_channel_stride (3) * (gsize) input->width *
              (gsize) (end - first) * sizeof (float));
}

void
rw_block_work_keep_mean (RwBlockWork *work,
                         const RwBlockSettings *settings,
                         const RwRect *bounds)
{
  Changing c = { .work = work,
                 .settings = settings,
                 .area = work->block.wide,
                 .output = rw_run_get_output (work->run) };

  if (work->mean_memory == NULL)
    return;
  rw_keep_mean_begin (&work->mean, &work->block, bounds, work->mean_memory);
  rw_parallel_for (work->mean.have.height, sum_cells, &c);
  rw_keep_mean_find (&work->mean, settings->sigma,
                     settings->model->task->grain_area);
  if (work->step + 1 < work->column.n)
    carry_rows (&c);
}

gboolean
rw_block_work_take_change (RwBlockWork *work,
                           const RwBlockSettings *settings,
                           GError **error)
{
  Changing c = { .work = work,
                 .settings = settings,
                 .area = rw_rect_enlarge (&work->block.area,
                                          settings->margins->scale),
                 .output = rw_run_get_output (work->run),
                 .shifts = work->mean_memory != NULL };
  const gsize bytes =
      rect_area (&c.area) * get_channels (&c) * sizeof *c.change;

  if (!work->keeps)
    return TRUE;
  c.change = rw_try_alloc (bytes, 1, _ ("a restored block"), error);
  if (c.change == NULL)
    return FALSE;
  rw_parallel_for (n_cuts (&c.area), take_cut, &c);
  work->change =
      g_bytes_new_with_free_func (c.change, bytes, rw_free, c.change);
  return TRUE;
}

/* ---- and back ----------------------------------------------------------- */

/* Adds @share of the change to a pixel, less the part of its lightness (Rec.
 * 601) that is kept as grain. */
static inline void
add_change (const RwBlockSettings *settings,
            float share,
            const float *change,
            float *rgba)
{
  float kept = 0;

  if (settings->grey) {
    const float d = share * (1 - settings->grain) * change[0];
    for (int k = 0; k < 3; k++)
      rgba[k] += d;
    return;
  }
  if (settings->grain > 0)
    kept = settings->grain *
           (0.299f * change[0] + 0.587f * change[1] + 0.114f * change[2]);
  for (int k = 0; k < 3; k++)
    rgba[k] += share * (change[k] - kept);
}

/* Moves a pixel towards the net's colour as far as the mask says. */
static inline void
add_masked (const RwBlockSettings *settings,
            float mask,
            const float *colour,
            float *rgba)
{
  const float share = settings->strength * CLAMP (mask, 0.0f, 1.0f);

  if (share > 0)
    for (int k = 0; k < 3; k++)
      rgba[k] += share * (colour[settings->grey ? 0 : k] - rgba[k]);
}

/* The piece's changes as they were kept, or as they would be. */
static void
round_changes (const Changing *c, Piece *piece)
{
  const gsize channels = get_channels (c), n = channels * (gsize) piece->n;

  if (c->kept != NULL) {
    const RwRect area =
        rw_rect_enlarge (&c->work->block.area, c->settings->margins->scale);
    rw_change_unpack (
        piece->change,
        c->kept + channels * pixel_index (&area, piece->x, piece->y), n);
    return;
  }
  rw_change_pack (piece->kept, piece->change, n);
  rw_change_unpack (piece->change, piece->kept, n);
}

static void
apply_piece (const Changing *c, Piece *piece)
{
  const gsize channels = get_channels (c);
  const gsize at = pixel_index (&c->work->block.input, piece->x, piece->y);
  const float *mask = c->work->mask != NULL ? c->work->mask + at : NULL;
  const float *change = piece->change;
  float *rgba = c->work->rgba + 4 * at;

  if (c->kept == NULL)
    find_changes (c, piece);
  round_changes (c, piece);
  for (int x = 0; x < piece->n; x++, rgba += 4, change += channels)
    if (rw_pixel_has_colour (rgba)) {
      if (mask != NULL)
        add_masked (c->settings, mask[x], change, rgba);
      else
        add_change (c->settings, c->settings->strength, change, rgba);
    }
}

static void
enlarge_piece (const Changing *c, Piece *piece)
{
  const gsize channels = get_channels (c);
  const float *change = piece->change;
  float *rgba = c->work->out + 4 * pixel_index (&c->area, piece->x, piece->y);

  find_enlarged (c, piece, rgba);
  round_changes (c, piece);
  for (int x = 0; x < piece->n; x++, rgba += 4, change += channels)
    add_change (c->settings, c->settings->strength, change, rgba);
}

static void
apply_cut (int item, int worker, void *data)
{
  go_through (data, item, apply_piece);
}

static void
enlarge_cut (int item, int worker, void *data)
{
  go_through (data, item, enlarge_piece);
}

void
rw_block_work_apply (RwBlockWork *work,
                     const RwBlockSettings *settings,
                     const RwRect *part,
                     gboolean changes)
{
  const gboolean enlarges = settings->margins->scale > 1;
  Changing c = { .work = work,
                 .settings = settings,
                 .area = *part,
                 .shifts = work->mean_memory != NULL };

  if (changes && work->change != NULL)
    c.kept = g_bytes_get_data (work->change, NULL);
  else if (changes)
    c.output = rw_run_get_output (work->run);
  else if (!enlarges)
    return;
  rw_parallel_for_workers (rect_area (part) > ALONE ? G_MAXINT : 1,
                           n_cuts (part), enlarges ? enlarge_cut : apply_cut,
                           &c);
}
