/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where the preview looks.
 */
#include "view.h"

#include <math.h>

#define REACH 6.0 /* area pixels beside the split line that are still on it */
#define GAP 4.0   /* area pixels between two panes */

int
rw_view_count_panes (const RwView *view)
{
  return view->mode == RW_VIEW_SIDES ? 2 : 1;
}

void
rw_view_get_pane (const RwView *view, int pane, double *x, double *width)
{
  const int n = rw_view_count_panes (view);

  *width = n == 1 ? view->area_width : MAX (1, (view->area_width - GAP) / 2);
  *x = pane == 0 ? 0 : view->area_width - *width;
}

static double
get_pane_width (const RwView *view)
{
  double x, width;

  rw_view_get_pane (view, 0, &x, &width);
  return width;
}

double
rw_view_get_fit (const RwView *view)
{
  const double zoom = MIN (get_pane_width (view) / view->width,
                           (double) view->area_height / view->height);

  return MIN (zoom, 1);
}

/* Small pictures are in the middle; large ones leave no room at their edges. */
static double
hold (double middle, double length, double seen)
{
  if (length <= seen)
    return length / 2;
  return CLAMP (middle, seen / 2, length - seen / 2);
}

static void
settle (RwView *view)
{
  const double fit = rw_view_get_fit (view);

  view->zoom = view->fits ? fit : CLAMP (view->zoom, fit, RW_VIEW_ZOOM_MAX);
  view->x = hold (view->x, view->width, get_pane_width (view) / view->zoom);
  view->y = hold (view->y, view->height, view->area_height / view->zoom);
}

void
rw_view_init (RwView *view, int width, int height, double x, double y)
{
  *view = (RwView){ .width = width,
                    .height = height,
                    .area_width = 1,
                    .area_height = 1,
                    .zoom = 1,
                    .x = CLAMP (x, 0, width),
                    .y = CLAMP (y, 0, height),
                    .split = 0.5 };
}

void
rw_view_resize (RwView *view, int area_width, int area_height)
{
  view->area_width = MAX (area_width, 1);
  view->area_height = MAX (area_height, 1);
  settle (view);
}

void
rw_view_fit (RwView *view)
{
  view->fits = TRUE;
  settle (view);
}

void
rw_view_set_mode (RwView *view, RwViewMode mode)
{
  view->mode = mode;
  settle (view);
}

void
rw_view_get_origin (const RwView *view, int pane, double *origin_x, double *y)
{
  double left, width;

  rw_view_get_pane (view, pane, &left, &width);
  *origin_x = left + width / 2 - view->x * view->zoom;
  *y = view->area_height / 2.0 - view->y * view->zoom;
  if (view->zoom == 1) { /* pixels on pixels: what is sharp stays sharp */
    *origin_x = floor (*origin_x + 0.5);
    *y = floor (*y + 0.5);
  }
}

static int
get_pane_at (const RwView *view, double at_x)
{
  return rw_view_count_panes (view) == 2 && at_x >= view->area_width / 2.0;
}

void
rw_view_zoom_at (RwView *view, double zoom, double at_x, double at_y)
{
  const int pane = get_pane_at (view, at_x);
  const double fit = rw_view_get_fit (view);
  double left, width;

  rw_view_get_pane (view, pane, &left, &width);
  const double from_x = at_x - left - width / 2;
  const double from_y = at_y - view->area_height / 2.0;
  const double x = view->x + from_x / view->zoom;
  const double y = view->y + from_y / view->zoom;

  view->fits = FALSE;
  view->zoom = CLAMP (zoom, fit, RW_VIEW_ZOOM_MAX);
  view->x = x - from_x / view->zoom;
  view->y = y - from_y / view->zoom;
  settle (view);
}

void
rw_view_step (RwView *view, double steps, double at_x, double at_y)
{
  double now = log2 (view->zoom) * 2;

  /* From between two whole steps a whole one goes to the next of them. */
  if (fabs (steps) >= 1)
    now = steps > 0 ? floor (now + 1e-6) : ceil (now - 1e-6);
  rw_view_zoom_at (view, exp2 ((now + steps) / 2), at_x, at_y);
}

void
rw_view_pan (RwView *view, double dx, double dy)
{
  view->x -= dx / view->zoom;
  view->y -= dy / view->zoom;
  settle (view);
}

void
rw_view_set_split (RwView *view, double at_x)
{
  view->split = CLAMP (at_x / view->area_width, 0, 1);
}

gboolean
rw_view_is_on_split (const RwView *view, double at_x)
{
  return view->mode == RW_VIEW_SPLIT &&
         fabs (at_x - view->split * view->area_width) <= REACH;
}

/* Whole pixels from @from on @length, cut to 0..@end; at least one. */
static void
cut (double from, double length, int end, int *start, int *size)
{
  const int first = CLAMP ((int) floor (from), 0, end - 1);
  const int last = CLAMP ((int) ceil (from + length), first + 1, end);

  *start = first;
  *size = last - first;
}

RwRect
rw_view_get_visible (const RwView *view)
{
  const double width = get_pane_width (view) / view->zoom;
  const double height = view->area_height / view->zoom;
  RwRect rect;

  cut (view->x - width / 2, width, view->width, &rect.x, &rect.width);
  cut (view->y - height / 2, height, view->height, &rect.y, &rect.height);
  return rect;
}

int
rw_view_get_level (const RwView *view)
{
  const int level = (int) floor (-log2 (view->zoom) + 1e-9);

  return CLAMP (level, 0, RW_VIEW_LEVEL_MAX);
}
