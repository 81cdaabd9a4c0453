/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where the preview looks: geometry alone, without pixels or a toolkit.
 *
 * Picture coordinates are pixels of the result; area coordinates are those of
 * the widget.  Side by side, the picture is shown twice, in the left and in
 * the right half, and both halves look at the same place.
 */
#pragma once

#include "reweave.h"

G_BEGIN_DECLS

#define RW_VIEW_ZOOM_MAX 16.0
#define RW_VIEW_LEVEL_MAX 8 /* pixels kept are at least 1/256 as large */

typedef enum {
  RW_VIEW_AFTER,
  RW_VIEW_BEFORE,
  RW_VIEW_SPLIT,  /* before on the left of a line, after on its right */
  RW_VIEW_SIDES,  /* the whole of both, side by side */
  RW_VIEW_CHANGE, /* the difference, amplified, around grey */
} RwViewMode;

typedef struct {
  int width, height;           /* of the picture; > 0 */
  int area_width, area_height; /* of the widget; > 0 */
  double zoom;                 /* area pixels a picture pixel's side */
  double x, y;                 /* the picture's point in the middle */
  double split;                /* [0,1]: where in the area the line is */
  RwViewMode mode;
  gboolean fits; /* the zoom follows the area */
} RwView;

/* At 1:1 around (@x, @y), or all of the picture where it is smaller. */
void rw_view_init (RwView *view, int width, int height, double x, double y);

/* Call it with the first size too. */
void rw_view_resize (RwView *view, int area_width, int area_height);

/* The zoom at which all of the picture is seen; at most 1. */
double rw_view_get_fit (const RwView *view);

void rw_view_fit (RwView *view);

void rw_view_set_mode (RwView *view, RwViewMode mode);

/* Zooms to @zoom, cut to what is allowed, so that what is at area point
 * (@at_x, @at_y) stays there as far as the picture's edges let it. */
void rw_view_zoom_at (RwView *view, double zoom, double at_x, double at_y);

/* @steps > 0 enlarges; two steps double. */
void rw_view_step (RwView *view, double steps, double at_x, double at_y);

/* Moves the picture by area pixels, as dragging does. */
void rw_view_pan (RwView *view, double dx, double dy);

/* Moves the line to area column @at_x. */
void rw_view_set_split (RwView *view, double at_x);

/* Whether the line can be taken hold of at area column @at_x. */
gboolean rw_view_is_on_split (const RwView *view, double at_x);

/* Panes: one, or two side by side.  The area's columns of pane @pane. */
int rw_view_count_panes (const RwView *view);
void rw_view_get_pane (const RwView *view, int pane, double *x, double *width);

/* Area point of the picture's upper left corner, in a pane. */
void
rw_view_get_origin (const RwView *view, int pane, double *origin_x, double *y);

/* What of the picture is seen; never empty. */
RwRect rw_view_get_visible (const RwView *view);

/* How often the pixels shown are halved: kept pixels are at least as fine as
 * the area's.  0 where the zoom is above 1/2. */
int rw_view_get_level (const RwView *view);

G_END_DECLS
