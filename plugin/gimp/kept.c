/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pixels that the preview keeps.
 */
#include "kept.h"

#include <string.h>

#define ROOM 96 /* kept pixels around what is visible, for small drags */

/* What is kept of a pixel. */
typedef struct {
  float before[4];
  float change[3];
  float selected;
} Pixel;

struct RwKept {
  RwRect bounds;
  int cell;
  int level;
  RwRect window;  /* in kept pixels */
  Pixel *pixels;  /* of the window */
  RwRect cells;   /* columns and rows of the grid that the window touches */
  guint8 *states; /* of the cells: RwKeptWhat */
};

static RwRect
intersect (const RwRect *a, const RwRect *b)
{
  const int x = MAX (a->x, b->x), y = MAX (a->y, b->y);

  return (RwRect){ x, y, MAX (MIN (a->x + a->width, b->x + b->width) - x, 0),
                   MAX (MIN (a->y + a->height, b->y + b->height) - y, 0) };
}

static gboolean
is_empty (const RwRect *rect)
{
  return rect->width <= 0 || rect->height <= 0;
}

static gboolean
contains (const RwRect *outer, const RwRect *inner)
{
  const RwRect both = intersect (outer, inner);

  return both.width == inner->width && both.height == inner->height;
}

static int
divide_down (int a, int b)
{
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/* The squares of @side that @rect touches. */
static RwRect
get_squares (const RwRect *rect, int side)
{
  const int x = divide_down (rect->x, side), y = divide_down (rect->y, side);

  return (RwRect){ x, y, divide_down (rect->x + rect->width - 1, side) - x + 1,
                   divide_down (rect->y + rect->height - 1, side) - y + 1 };
}

static RwRect
scale_up (const RwRect *rect, int by)
{
  return (RwRect){ rect->x * by, rect->y * by, rect->width * by,
                   rect->height * by };
}

/* What of the picture a rectangle of kept pixels stands for. */
static RwRect
get_part (const RwKept *kept, const RwRect *rect)
{
  const RwRect all = scale_up (rect, 1 << kept->level);

  return intersect (&all, &kept->bounds);
}

static Pixel *
get_pixel (const RwKept *kept, int x, int y)
{
  return kept->pixels + (gsize) (y - kept->window.y) * kept->window.width +
         (x - kept->window.x);
}

static guint8 *
get_state (const RwKept *kept, int column, int row)
{
  return kept->states + (row - kept->cells.y) * kept->cells.width +
         (column - kept->cells.x);
}

/* A cell of the grid as far as it lies in the window. */
static RwRect
get_cell (const RwKept *kept, int column, int row)
{
  const RwRect square = { column * kept->cell, row * kept->cell, kept->cell,
                          kept->cell };
  const RwRect seen = get_part (kept, &kept->window);

  return intersect (&square, &seen);
}

RwKept *
rw_kept_new (const RwRect *bounds, int cell)
{
  RwKept *kept = g_new0 (RwKept, 1);

  kept->bounds = *bounds;
  kept->cell = cell;
  return kept;
}

void
rw_kept_free (RwKept *kept)
{
  if (kept == NULL)
    return;
  g_free (kept->pixels);
  g_free (kept->states);
  g_free (kept);
}

/* ---- the window --------------------------------------------------------- */

/* Fills a new window with what an old one shows of it. */
static void
take_over_pixels (RwKept *kept, const RwKept *old)
{
  const int side = 1 << kept->level;

  for (int y = 0; y < kept->window.height; y++) {
    const int v = (kept->window.y + y) * side + side / 2;
    const int from_y = v >> old->level;

    for (int x = 0; x < kept->window.width; x++) {
      const int u = (kept->window.x + x) * side + side / 2;
      const int from_x = u >> old->level;
      Pixel *pixel = kept->pixels + (gsize) y * kept->window.width + x;

      if (from_x >= old->window.x && from_y >= old->window.y &&
          from_x < old->window.x + old->window.width &&
          from_y < old->window.y + old->window.height)
        *pixel = *get_pixel (old, from_x, from_y);
      else
        *pixel = (Pixel){ .selected = 1 };
    }
  }
}

/* What is whole stays whole: cells of which the old window had as much. */
static void
take_over_states (RwKept *kept, const RwKept *old)
{
  for (int i = 0; i < kept->cells.height; i++) {
    for (int j = 0; j < kept->cells.width; j++) {
      const int column = kept->cells.x + j, row = kept->cells.y + i;
      const RwRect place = { column, row, 1, 1 };
      const RwRect cell = get_cell (kept, column, row);

      if (old->level != kept->level || !contains (&old->cells, &place))
        continue;
      const RwRect had = get_cell (old, column, row);
      if (contains (&had, &cell))
        *get_state (kept, column, row) = *get_state (old, column, row);
    }
  }
}

gboolean
rw_kept_look (RwKept *kept, const RwRect *visible, int level)
{
  RwKept old = *kept;
  const RwRect needed = get_squares (visible, 1 << level);
  const RwRect all = get_squares (&kept->bounds, 1 << level);
  RwRect wide = { needed.x - ROOM, needed.y - ROOM, needed.width + 2 * ROOM,
                  needed.height + 2 * ROOM };

  if (kept->pixels != NULL && level == kept->level &&
      contains (&kept->window, &needed))
    return FALSE;
  kept->level = level;
  kept->window = intersect (&wide, &all);
  wide = get_part (kept, &kept->window);
  kept->cells = get_squares (&wide, kept->cell);
  kept->pixels =
      g_new (Pixel, (gsize) kept->window.width * kept->window.height);
  kept->states =
      g_new0 (guint8, (gsize) kept->cells.width * kept->cells.height);
  take_over_pixels (kept, &old);
  take_over_states (kept, &old);
  g_free (old.pixels);
  g_free (old.states);
  return TRUE;
}

gboolean
rw_kept_find_missing (const RwKept *kept,
                      RwKeptWhat what,
                      const RwRect *visible,
                      RwRect *part)
{
  const double x = visible->x + visible->width / 2.0;
  const double y = visible->y + visible->height / 2.0;
  double least = G_MAXDOUBLE;

  for (int i = 0; i < kept->cells.width * kept->cells.height; i++) {
    const RwRect cell = get_cell (kept, kept->cells.x + i % kept->cells.width,
                                  kept->cells.y + i / kept->cells.width);
    const RwRect seen = intersect (&cell, visible);
    const double dx = cell.x + cell.width / 2.0 - x;
    const double dy = cell.y + cell.height / 2.0 - y;

    if (is_empty (&seen) || (kept->states[i] & what) != 0 ||
        dx * dx + dy * dy >= least)
      continue;
    least = dx * dx + dy * dy;
    *part = cell;
  }
  return least < G_MAXDOUBLE;
}

/* ---- putting pixels in -------------------------------------------------- */

RwRect
rw_kept_get_touched (const RwKept *kept, const RwRect *part)
{
  const RwRect touched = get_squares (part, 1 << kept->level);

  return intersect (&touched, &kept->window);
}

/* The mean of @area of @part; colours by alpha, unless nothing is opaque. */
static void
average (const RwRect *part,
         const float *rgba,
         const RwRect *area,
         float *mean)
{
  const int n = area->width * area->height;
  float by_alpha[4] = { 0 }, plain[3] = { 0 };

  for (int y = area->y; y < area->y + area->height; y++) {
    const float *p =
        rgba + ((gsize) (y - part->y) * part->width + (area->x - part->x)) * 4;

    for (int x = 0; x < area->width; x++, p += 4) {
      for (int k = 0; k < 3; k++) {
        by_alpha[k] += p[3] * p[k];
        plain[k] += p[k];
      }
      by_alpha[3] += p[3];
    }
  }
  for (int k = 0; k < 3; k++)
    mean[k] = by_alpha[3] > 0 ? by_alpha[k] / by_alpha[3] : plain[k] / n;
  mean[3] = by_alpha[3] / n;
}

static float
average_plain (const RwRect *part, const float *values, const RwRect *area)
{
  float sum = 0;

  for (int y = area->y; y < area->y + area->height; y++)
    for (int x = area->x; x < area->x + area->width; x++)
      sum += values[(gsize) (y - part->y) * part->width + (x - part->x)];
  return sum / (area->width * area->height);
}

/* Marks the cells all of whose window is in @part. */
static void
mark (RwKept *kept, const RwRect *part, RwKeptWhat what)
{
  for (int i = 0; i < kept->cells.width * kept->cells.height; i++) {
    const RwRect cell = get_cell (kept, kept->cells.x + i % kept->cells.width,
                                  kept->cells.y + i / kept->cells.width);

    if (contains (part, &cell))
      kept->states[i] |= what;
  }
}

void
rw_kept_put_before (RwKept *kept,
                    const RwRect *part,
                    const float *rgba,
                    const float *selected)
{
  const RwRect touched = rw_kept_get_touched (kept, part);

  for (int y = touched.y; y < touched.y + touched.height; y++) {
    for (int x = touched.x; x < touched.x + touched.width; x++) {
      const RwRect one = { x, y, 1, 1 };
      const RwRect area = get_part (kept, &one);
      Pixel *pixel = get_pixel (kept, x, y);

      if (!contains (part, &area))
        continue;
      average (part, rgba, &area, pixel->before);
      pixel->selected =
          selected != NULL ? average_plain (part, selected, &area) : 1;
    }
  }
  mark (kept, part, RW_KEPT_READ);
}

/* Whether the original of all of @part is there at this level. */
static gboolean
is_read (const RwKept *kept, const RwRect *part)
{
  RwRect missing;

  return kept->pixels != NULL &&
         !rw_kept_find_missing (kept, RW_KEPT_READ, part, &missing);
}

void
rw_kept_put_after (RwKept *kept,
                   const RwRect *part,
                   const float *rgba,
                   gboolean is_new)
{
  const RwRect touched = rw_kept_get_touched (kept, part);

  if (!is_read (kept, part))
    return;
  for (int y = touched.y; y < touched.y + touched.height; y++) {
    for (int x = touched.x; x < touched.x + touched.width; x++) {
      const RwRect one = { x, y, 1, 1 };
      const RwRect area = get_part (kept, &one);
      Pixel *pixel = get_pixel (kept, x, y);
      float mean[4];

      if (!contains (part, &area))
        continue;
      average (part, rgba, &area, mean);
      for (int k = 0; k < 3; k++)
        pixel->change[k] = mean[k] - pixel->before[k];
    }
  }
  if (is_new)
    mark (kept, part, RW_KEPT_MENDED);
}

void
rw_kept_make_old (RwKept *kept)
{
  for (int i = 0; i < kept->cells.width * kept->cells.height; i++)
    kept->states[i] &= (guint8) ~RW_KEPT_MENDED;
}

void
rw_kept_forget_changes (RwKept *kept)
{
  rw_kept_make_old (kept);
  for (gsize i = 0; i < (gsize) kept->window.width * kept->window.height; i++)
    memset (kept->pixels[i].change, 0, sizeof kept->pixels[i].change);
}

/* ---- taking them out ---------------------------------------------------- */

RwRect
rw_kept_get_window (const RwKept *kept)
{
  return kept->window;
}

int
rw_kept_get_level (const RwKept *kept)
{
  return kept->level;
}

/* As rw_restore mixes: Rec. 601 lightness is what stays as grain. */
static void
compose (const Pixel *pixel,
         RwKeptKind kind,
         float strength,
         float grain,
         float *rgba)
{
  const float *change = pixel->change;
  const float kept =
      grain * (0.299f * change[0] + 0.587f * change[1] + 0.114f * change[2]);
  const float share = kind == RW_KEPT_BEFORE ? 0 : strength * pixel->selected;

  for (int k = 0; k < 3; k++) {
    const float d = share * (change[k] - kept);

    rgba[k] = kind == RW_KEPT_CHANGE ? 0.5f + RW_KEPT_GAIN * d
                                     : pixel->before[k] + d;
  }
  rgba[3] = pixel->before[3];
}

void
rw_kept_compose (const RwKept *kept,
                 RwKeptKind kind,
                 double strength,
                 double grain,
                 const RwRect *rect,
                 float *rgba)
{
  for (int y = rect->y; y < rect->y + rect->height; y++) {
    const Pixel *row = get_pixel (kept, rect->x, y);

    for (int x = 0; x < rect->width; x++, rgba += 4)
      compose (row + x, kind, (float) strength, (float) grain, rgba);
  }
}

void
rw_kept_get_selected (const RwKept *kept, const RwRect *rect, float *selected)
{
  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width; x++)
      *selected++ = get_pixel (kept, x, y)->selected;
}
