/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The part of a picture that is explained.
 */
#include "explain/explain-look.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "io/rows.h"
#include "restore/fill.h"
#include "restore/mirror.h"
#include "tasks/sample.h"

#include <math.h>
#include <string.h>

#define CELL 8         /* pixels a side, in which the change is added up */
#define REGION_CELLS 4 /* a side of a region that is found */

/* ---- reading ------------------------------------------------------------ */

void
rw_cli_look_read (const RwPicture *picture, const RwRect *rect, float *rgba)
{
  const RwRect bounds = { 0, 0, picture->width, picture->height };
  const RwRect inside = rw_rect_intersect (rect, &bounds);

  rw_picture_get_rgba (picture, &inside, rgba);
  rw_mirror_edges (rgba, 4, &inside, rect, &bounds);
}

/* White is to be made up. */
static float
get_mask (const float *rgba)
{
  return rgba[3] * (0.299f * rgba[0] + 0.587f * rgba[1] + 0.114f * rgba[2]);
}

typedef struct {
  const RwCliLook *look;
  float *to;     /* of the roi, or NULL */
  double *cells; /* energy of the change, or NULL */
  int n_columns; /* of cells */
  int scale;
  RwRect roi;
} Passage;

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  rw_picture_get_rgba (((Passage *) data)->look->picture, rect, rgba);
  return TRUE;
}

static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  g_autofree float *row = g_new (float, 4 * (gsize) rect->width);

  for (int y = rect->y; y < rect->y + rect->height; y++) {
    rw_picture_get_rgba (((Passage *) data)->look->mask_picture,
                         &(RwRect){ rect->x, y, rect->width, 1 }, row);
    for (int x = 0; x < rect->width; x++)
      *mask++ = get_mask (row + 4 * x);
  }
  return TRUE;
}

/* Adds the change of one row from @x on to the cells. */
static void
add_change (Passage *p, int x, int y, int width, const float *rgba)
{
  const int s = p->scale;
  const RwRect from = { x / s, y / s, (x + width - 1) / s - x / s + 1, 1 };
  g_autofree float *was = g_new (float, 4 * (gsize) from.width);

  rw_picture_get_rgba (p->look->picture, &from, was);
  for (int i = 0; i < width; i++) {
    const float *old = was + 4 * ((x + i) / s - from.x);
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      const double d = (double) rgba[4 * i + c] - (double) old[c];
      sum += isfinite (d) ? d * d : 0;
    }
    p->cells[y / s / CELL * p->n_columns + (x + i) / s / CELL] += sum;
  }
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  Passage *p = data;

  for (int y = 0; y < rect->height; y++, rgba += stride) {
    if (p->cells)
      add_change (p, rect->x, rect->y + y, rect->width, rgba);
    if (p->to)
      memcpy (p->to + 4 * ((gsize) (rect->y + y - p->roi.y) *
                               (gsize) p->roi.width +
                           (gsize) (rect->x - p->roi.x)),
              rgba, 4 * (gsize) rect->width * sizeof (float));
  }
  return TRUE;
}

static gboolean
restore (Passage *p, GError **error)
{
  const RwPicture *picture = p->look->picture;
  const RwJob job = { .bounds = { 0, 0, picture->width, picture->height },
                      .roi = p->roi,
                      .read = read_pixels,
                      .read_mask = p->look->mask_picture ? read_mask : NULL,
                      .write = write_pixels,
                      .data = p };

  return rw_restore (p->look->model, &p->look->settings, &job, error);
}

/* ---- the region ---------------------------------------------------------- */

/* The square of cells that changed the most. */
static void
choose_cells (RwCliLook *look, const Passage *p, int n_rows)
{
  const int w = MIN (REGION_CELLS, p->n_columns),
            h = MIN (REGION_CELLS, n_rows);
  double most = -1;

  for (int y = 0; y + h <= n_rows; y++)
    for (int x = 0; x + w <= p->n_columns; x++) {
      double sum = 0;
      for (int j = 0; j < h; j++)
        for (int i = 0; i < w; i++)
          sum += p->cells[(y + j) * p->n_columns + x + i];
      if (sum > most) {
        most = sum;
        look->region = (RwRect){ x * CELL, y * CELL, w * CELL, h * CELL };
      }
    }
}

static gboolean
find_region (RwCliLook *look, int scale, GError **error)
{
  const int width = look->picture->width, height = look->picture->height;
  const RwRect bounds = { 0, 0, width, height };
  const int n_columns = (width + CELL - 1) / CELL,
            n_rows = (height + CELL - 1) / CELL;
  g_autofree double *cells = g_new0 (double, (gsize) n_columns *n_rows);
  Passage p = { .look = look,
                .cells = cells,
                .n_columns = n_columns,
                .scale = scale,
                .roi = { 0, 0, scale * width, scale * height } };

  if (!restore (&p, error))
    return FALSE;
  choose_cells (look, &p, n_rows);
  look->chosen = TRUE;
  look->region = rw_rect_intersect (&look->region, &bounds);
  return TRUE;
}

static gboolean
check_region (const RwCliLook *look, GError **error)
{
  const RwRect *r = &look->region;
  const RwPicture *p = look->picture;

  if (r->x + r->width <= p->width && r->y + r->height <= p->height)
    return TRUE;
  return rw_cli_usage (error,
                       "--at: %d,%d,%d,%d reaches beyond %s, expected a part "
                       "of its %d x %d pixels; move it",
                       r->x, r->y, r->width, r->height, look->in, p->width,
                       p->height);
}

/* Where a crop of @side begins that has @first to @first + @n - 1 in its
 * middle, if it can, and is aligned. */
static int
place_crop (int first, int n, int side, int picture, int align)
{
  const int middle = first + n / 2 - side / 2;
  const int most = (MAX (picture - side, 0) + align - 1) / align * align;

  return CLAMP (middle, 0, most) / align * align;
}

static void
set_crop (RwCliLook *look)
{
  const int align = rw_net_get_align (look->model->weights->net);
  const RwRect *r = &look->region;
  const RwPicture *p = look->picture;
  int sides[2];

  for (int i = 0; i < 2; i++) {
    const int n = i == 0 ? r->width : r->height;
    const int most = i == 0 ? p->width : p->height;
    const int wanted =
        MIN (MAX (RW_CLI_CROP, n + 2 * RW_CLI_CROP_MARGIN) + align, most);
    sides[i] = (wanted + align - 1) / align * align;
  }
  look->crop =
      (RwRect){ place_crop (r->x, r->width, sides[0], p->width, align),
                place_crop (r->y, r->height, sides[1], p->height, align),
                sides[0], sides[1] };
}

/* ---- the net's input ----------------------------------------------------- */

static gboolean
find_told (RwCliLook *look, GError **error)
{
  const RwModel *model = look->model;
  Passage p = { .look = look };
  const RwPicture *picture = look->picture;
  const RwJob job = { .bounds = { 0, 0, picture->width, picture->height },
                      .read = read_pixels,
                      .data = &p };

  if (!rw_feed_takes_value (&model->feed))
    return TRUE;
  if (look->settings.n_values > 0)
    look->value = look->settings.values[look->settings.n_values - 1].value;
  else if (!rw_job_measure (model, &job, &look->value, error))
    return FALSE;
  if (look->value == 0)
    return TRUE;
  look->told = (RwTold){ .value = (float) model->task->to_plane (look->value),
                         .known = TRUE };
  return TRUE;
}

gboolean
rw_cli_look_feed (const RwCliLook *look,
                  RwExplain *explain,
                  const float *rgba,
                  const float *mask,
                  GError **error)
{
  const RwModel *model = look->model;
  const RwFeed *feed = &model->feed;
  const gsize n = (gsize) explain->height * (gsize) explain->width;
  float *input = rw_run_get_input (explain->run);
  g_autofree float *holes = mask ? g_new (float, n) : NULL;

  if (!rw_fill_colour (rgba, explain->height, explain->width,
                       (float) model->weights->range_low,
                       (float) model->weights->range_high, input + feed->rgb,
                       feed->stride, error))
    return FALSE;
  for (gsize i = 0; mask && i < n; i++) {
    float *rgb = input + i * (gsize) feed->stride + feed->rgb;
    holes[i] = mask[i] > 0 ? 1 : 0;
    if (mask[i] > 0)
      rgb[0] = rgb[1] = rgb[2] = RW_HOLE_COLOUR;
  }
  rw_feed_fill_planes (feed, holes, &look->told, n, input);
  return TRUE;
}

/* ---- all of it ----------------------------------------------------------- */

static gboolean
load (RwCliLook *look, GError **error)
{
  look->picture = rw_row_load (look->in, NULL, error);
  if (!look->picture)
    return FALSE;
  look->settings.grey = look->picture->channels <= 2;
  if (!look->mask)
    return TRUE;
  look->mask_picture = rw_row_load (look->mask, NULL, error);
  if (!look->mask_picture)
    return FALSE;
  if (look->mask_picture->width == look->picture->width &&
      look->mask_picture->height == look->picture->height)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is %d x %d, expected a mask of %d x %d as the picture is; "
               "white in it is what is made up",
               look->mask, look->mask_picture->width,
               look->mask_picture->height, look->picture->width,
               look->picture->height);
  return FALSE;
}

static gboolean
take_crop (RwCliLook *look, int scale, GError **error)
{
  const gsize n = (gsize) look->crop.width * (gsize) look->crop.height;
  const RwRect bounds = { 0, 0, look->picture->width, look->picture->height };
  const RwRect inside = rw_rect_intersect (&look->crop, &bounds);

  look->before = g_new (float, 4 * n);
  rw_cli_look_read (look->picture, &look->crop, look->before);
  if (look->mask_picture) {
    g_autofree float *rgba = g_new (float, 4 * n);
    look->mask_values = g_new (float, n);
    rw_cli_look_read (look->mask_picture, &look->crop, rgba);
    for (gsize i = 0; i < n; i++)
      look->mask_values[i] = get_mask (rgba + 4 * i);
  }
  look->after_rect = rw_rect_enlarge (&inside, scale);
  look->after = g_new (float, 4 * (gsize) look->after_rect.width *
                                  (gsize) look->after_rect.height);
  Passage p = {
    .look = look, .to = look->after, .scale = scale, .roi = look->after_rect
  };
  return restore (&p, error);
}

gboolean
rw_cli_look (RwCliLook *look, GError **error)
{
  RwModel *model = look->model;
  const int scale = model->task->info.scale;

  if (!load (look, error) ||
      (look->region.width > 0 && !check_region (look, error)) ||
      (look->region.width == 0 && !find_region (look, scale, error)))
    return FALSE;
  set_crop (look);
  if (!find_told (look, error) || !take_crop (look, scale, error))
    return FALSE;
  look->explain = rw_explain_new (model->weights->net, model->weights->params,
                                  model->feed.rgb, look->crop.height,
                                  look->crop.width, error);
  if (!look->explain || !rw_cli_look_feed (look, look->explain, look->before,
                                           look->mask_values, error))
    return FALSE;
  const RwRect seen = { look->region.x - look->crop.x,
                        look->region.y - look->crop.y, look->region.width,
                        look->region.height };
  const RwRect region = rw_rect_enlarge (&seen, scale);
  rw_explain_look (look->explain, &region);
  return TRUE;
}

void
rw_cli_look_clear (RwCliLook *look)
{
  rw_picture_free (look->picture);
  rw_picture_free (look->mask_picture);
  rw_explain_free (look->explain);
  g_free (look->before);
  g_free (look->after);
  g_free (look->mask_values);
}
