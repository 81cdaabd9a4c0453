/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One surface a kind of pixel, of the whole window, made when it is wanted.
 */
#include "painter.h"

#include "i18n.h"

#include <math.h>

#define KINDS (RW_KEPT_CHANGE + 1)
#define AROUND 0.25   /* grey around the picture */
#define VEIL 0.5f     /* black over what is not selected */
#define CHECK 8       /* area pixels; squares behind what is transparent */
#define LABEL_SIZE 12 /* area pixels */

typedef struct {
  cairo_surface_t *surface; /* NULL: not wanted so far */
  RwRect old;               /* kept pixels to be made anew; empty: none */
} Sheet;

struct RwPainter {
  RwToScreen to_screen;
  gpointer data;
  double strength, grain;
  Sheet sheets[KINDS];
  Sheet veil;
  RwRect canvas;
  cairo_pattern_t *checks;
};

static cairo_pattern_t *
make_checks (void)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, 2 * CHECK, 2 * CHECK);
  cairo_t *cr = cairo_create (surface);
  cairo_pattern_t *pattern;

  cairo_set_source_rgb (cr, 0.6, 0.6, 0.6);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, 0.4, 0.4, 0.4);
  cairo_rectangle (cr, 0, 0, CHECK, CHECK);
  cairo_rectangle (cr, CHECK, CHECK, CHECK, CHECK);
  cairo_fill (cr);
  cairo_destroy (cr);
  pattern = cairo_pattern_create_for_surface (surface);
  cairo_surface_destroy (surface);
  cairo_pattern_set_extend (pattern, CAIRO_EXTEND_REPEAT);
  return pattern;
}

RwPainter *
rw_painter_new (RwToScreen to_screen, gpointer data)
{
  RwPainter *painter = g_new0 (RwPainter, 1);

  painter->to_screen = to_screen;
  painter->data = data;
  painter->strength = 1;
  painter->checks = make_checks ();
  return painter;
}

static void
drop (Sheet *sheet)
{
  g_clear_pointer (&sheet->surface, cairo_surface_destroy);
}

static void
drop_all (RwPainter *painter)
{
  for (int i = 0; i < KINDS; i++)
    drop (&painter->sheets[i]);
  drop (&painter->veil);
}

void
rw_painter_free (RwPainter *painter)
{
  drop_all (painter);
  cairo_pattern_destroy (painter->checks);
  g_free (painter);
}

static void
add_old (Sheet *sheet, const RwRect *rect)
{
  const RwRect *old = &sheet->old;

  if (old->width <= 0 || old->height <= 0) {
    sheet->old = *rect;
    return;
  }
  const int x = MIN (old->x, rect->x), y = MIN (old->y, rect->y);
  const int right = MAX (old->x + old->width, rect->x + rect->width);
  const int bottom = MAX (old->y + old->height, rect->y + rect->height);
  sheet->old = (RwRect){ x, y, right - x, bottom - y };
}

void
rw_painter_forget (RwPainter *painter, const RwRect *rect)
{
  if (rect == NULL) {
    drop_all (painter);
    return;
  }
  for (int i = 0; i < KINDS; i++)
    add_old (&painter->sheets[i], rect);
  add_old (&painter->veil, rect);
}

void
rw_painter_set_mix (RwPainter *painter, double strength, double grain)
{
  if (painter->strength == strength && painter->grain == grain)
    return;
  painter->strength = strength;
  painter->grain = grain;
  drop (&painter->sheets[RW_KEPT_AFTER]);
  drop (&painter->sheets[RW_KEPT_CHANGE]);
}

void
rw_painter_set_canvas (RwPainter *painter, const RwRect *canvas)
{
  painter->canvas = *canvas;
}

/* ---- surfaces ----------------------------------------------------------- */

static inline guint32
premultiply (const guint8 *bytes)
{
  const guint32 a = bytes[3];

  return a << 24 | (bytes[0] * a + 127) / 255 << 16 |
         (bytes[1] * a + 127) / 255 << 8 | (bytes[2] * a + 127) / 255;
}

/* Row @y of @rect. */
static void
fill_row (const RwPainter *painter,
          const RwKept *kept,
          RwKeptKind kind,
          const RwRect *row,
          float *rgba,
          guint8 *bytes,
          guint32 *argb)
{
  rw_kept_compose (kept, kind, painter->strength, painter->grain, row, rgba);
  painter->to_screen (painter->data, rgba, bytes, (gsize) row->width);
  for (int x = 0; x < row->width; x++)
    argb[x] = premultiply (bytes + 4 * x);
}

static void
fill_veil_row (const RwKept *kept,
               const RwRect *row,
               float *selected,
               guint8 *a)
{
  rw_kept_get_selected (kept, row, selected);
  for (int x = 0; x < row->width; x++)
    a[x] = (guint8) ((1 - CLAMP (selected[x], 0, 1)) * VEIL * 255 + 0.5f);
}

/* The sheet's surface with nothing old in it. */
static cairo_surface_t *
renew (RwPainter *painter, const RwKept *kept, Sheet *sheet)
{
  const RwRect window = rw_kept_get_window (kept);
  const gboolean is_veil = sheet == &painter->veil;
  const RwKeptKind kind =
      is_veil ? RW_KEPT_BEFORE : (RwKeptKind) (sheet - painter->sheets);

  if (sheet->surface == NULL) {
    sheet->surface = cairo_image_surface_create (is_veil ? CAIRO_FORMAT_A8
                                                         : CAIRO_FORMAT_ARGB32,
                                                 window.width, window.height);
    sheet->old = window;
  }
  if (sheet->old.width <= 0 || sheet->old.height <= 0)
    return sheet->surface;
  cairo_surface_flush (sheet->surface);
  guint8 *pixels = cairo_image_surface_get_data (sheet->surface);
  const int stride = cairo_image_surface_get_stride (sheet->surface);
  g_autofree float *rgba = g_new (float, (gsize) sheet->old.width * 4);
  g_autofree guint8 *bytes = g_new (guint8, (gsize) sheet->old.width * 4);
  RwRect row = sheet->old;

  row.height = 1;
  for (; row.y < sheet->old.y + sheet->old.height; row.y++) {
    guint8 *to = pixels + (gsize) (row.y - window.y) * (gsize) stride;
    const int x = row.x - window.x;

    if (is_veil)
      fill_veil_row (kept, &row, rgba, to + x);
    else
      fill_row (painter, kept, kind, &row, rgba, bytes,
                (guint32 *) (void *) to + x);
  }
  cairo_surface_mark_dirty (sheet->surface);
  sheet->old = (RwRect){ 0 };
  return sheet->surface;
}

/* ---- drawing ------------------------------------------------------------ */

/* From kept pixels of the window to the area. */
static void
place (cairo_t *cr, const RwView *view, const RwKept *kept, int pane)
{
  const RwRect window = rw_kept_get_window (kept);
  const double side = ldexp (view->zoom, rw_kept_get_level (kept));
  double x, y;

  rw_view_get_origin (view, pane, &x, &y);
  cairo_translate (cr, x, y);
  cairo_scale (cr, side, side);
  cairo_translate (cr, window.x, window.y);
}

static void
set_filter (cairo_t *cr, const RwView *view, const RwKept *kept)
{
  const double side = ldexp (view->zoom, rw_kept_get_level (kept));

  cairo_pattern_set_filter (cairo_get_source (cr), side == 1 || view->zoom > 1
                                                       ? CAIRO_FILTER_NEAREST
                                                       : CAIRO_FILTER_GOOD);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
}

/* Clips to the columns given and to the picture. */
static void
clip (cairo_t *cr, const RwView *view, int pane, double left, double right)
{
  double x, y;

  cairo_rectangle (cr, left, 0, right - left, view->area_height);
  cairo_clip (cr);
  rw_view_get_origin (view, pane, &x, &y);
  cairo_rectangle (cr, x, y, view->width * view->zoom,
                   view->height * view->zoom);
  cairo_clip (cr);
}

static void
draw_kind (RwPainter *painter,
           cairo_t *cr,
           const RwView *view,
           const RwKept *kept,
           RwKeptKind kind,
           int pane,
           double left,
           double right)
{
  if (right <= left)
    return;
  cairo_save (cr);
  clip (cr, view, pane, left, right);
  cairo_set_source (cr, painter->checks);
  cairo_paint (cr);
  place (cr, view, kept, pane);
  cairo_set_source_surface (cr, renew (painter, kept, &painter->sheets[kind]),
                            0, 0);
  set_filter (cr, view, kept);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_mask_surface (cr, renew (painter, kept, &painter->veil), 0, 0);
  cairo_restore (cr);
}

/* The edge of the canvas where the picture goes beyond it. */
static void
draw_canvas (const RwPainter *painter,
             cairo_t *cr,
             const RwView *view,
             int pane)
{
  const RwRect *canvas = &painter->canvas;
  const double dash = 4;
  double x, y, left, width;

  if (canvas->width <= 0 || (canvas->x <= 0 && canvas->y <= 0 &&
                             canvas->x + canvas->width >= view->width &&
                             canvas->y + canvas->height >= view->height))
    return;
  rw_view_get_pane (view, pane, &left, &width);
  cairo_save (cr);
  clip (cr, view, pane, left, left + width);
  rw_view_get_origin (view, pane, &x, &y);
  cairo_rectangle (cr, floor (x + canvas->x * view->zoom) + 0.5,
                   floor (y + canvas->y * view->zoom) + 0.5,
                   canvas->width * view->zoom, canvas->height * view->zoom);
  cairo_set_line_width (cr, 1);
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_stroke_preserve (cr);
  cairo_set_dash (cr, &dash, 1, 0);
  cairo_set_source_rgb (cr, 1, 1, 0);
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
draw_label (cairo_t *cr, const char *text, double x, gboolean ends_there)
{
  cairo_text_extents_t extents;

  cairo_set_font_size (cr, LABEL_SIZE);
  cairo_text_extents (cr, text, &extents);
  if (ends_there)
    x -= extents.x_advance + 12;
  cairo_rectangle (cr, x + 4, 4, extents.x_advance + 8, LABEL_SIZE + 6);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_fill (cr);
  cairo_move_to (cr, x + 8, 4 + LABEL_SIZE);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_show_text (cr, text);
}

/* A white line with a dark rim, and a grip in its middle. */
static void
draw_line (cairo_t *cr, const RwView *view, double x)
{
  const double middle = view->area_height / 2.0;

  cairo_rectangle (cr, x - 1.5, 0, 3, view->area_height);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.5);
  cairo_fill (cr);
  cairo_rectangle (cr, x - 0.5, 0, 1, view->area_height);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_fill (cr);
  cairo_arc (cr, x, middle, 6, 0, 2 * G_PI);
  cairo_fill_preserve (cr);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

static void
draw_split (RwPainter *painter,
            cairo_t *cr,
            const RwView *view,
            const RwKept *kept)
{
  const double x = floor (view->split * view->area_width) + 0.5;

  draw_kind (painter, cr, view, kept, RW_KEPT_BEFORE, 0, 0, x);
  draw_kind (painter, cr, view, kept, RW_KEPT_AFTER, 0, x, view->area_width);
  draw_canvas (painter, cr, view, 0);
  draw_line (cr, view, x);
  draw_label (cr, _ ("Before"), 0, FALSE);
  draw_label (cr, _ ("After"), view->area_width, TRUE);
}

static void
draw_sides (RwPainter *painter,
            cairo_t *cr,
            const RwView *view,
            const RwKept *kept)
{
  for (int pane = 0; pane < 2; pane++) {
    double x, width;

    rw_view_get_pane (view, pane, &x, &width);
    draw_kind (painter, cr, view, kept, pane ? RW_KEPT_AFTER : RW_KEPT_BEFORE,
               pane, x, x + width);
    draw_canvas (painter, cr, view, pane);
    draw_label (cr, pane ? _ ("After") : _ ("Before"), x, FALSE);
  }
}

static RwKeptKind
get_kind (RwViewMode mode)
{
  switch (mode) {
  case RW_VIEW_BEFORE:
    return RW_KEPT_BEFORE;
  case RW_VIEW_CHANGE:
    return RW_KEPT_CHANGE;
  case RW_VIEW_AFTER:
  case RW_VIEW_SPLIT:
  case RW_VIEW_SIDES:
    break;
  }
  return RW_KEPT_AFTER;
}

void
rw_painter_draw (RwPainter *painter,
                 cairo_t *cr,
                 const RwView *view,
                 const RwKept *kept)
{
  cairo_set_source_rgb (cr, AROUND, AROUND, AROUND);
  cairo_paint (cr);
  if (view->mode == RW_VIEW_SPLIT) {
    draw_split (painter, cr, view, kept);
  } else if (view->mode == RW_VIEW_SIDES) {
    draw_sides (painter, cr, view, kept);
  } else {
    draw_kind (painter, cr, view, kept, get_kind (view->mode), 0, 0,
               view->area_width);
    draw_canvas (painter, cr, view, 0);
  }
}
