/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Curves as a picture.
 */
#include "plot/plot.h"

#include "plot/plot-axis.h"
#include "plot/plot-sheet.h"

#include "io/files.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

/* Pixels. */
#define WIDTH 900
#define PANEL_HEIGHT 230
#define LEFT 90
#define RIGHT 30
#define TOP 40    /* the title */
#define BOTTOM 50 /* the x axis */
#define HEAD 26   /* the legend above a panel */
#define SMALL 12  /* letters */
#define LARGE 16
#define MAX_DOTS 50 /* a series of so many points shows each */
#define MARGIN 0.05

/* Okabe and Ito 2008: told apart by colour-blind readers too. */
static const guint32 colours[] = { 0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7 };
static const RwCliPen frame_pen = { 1, 0x404040, RW_CLI_LINE_SOLID };
static const RwCliPen grid_pen = { 1, 0xe0e0e0, RW_CLI_LINE_SOLID };
static const RwCliPen mark_pen = { 1, 0x808080, RW_CLI_LINE_DASHED };

typedef struct {
  const RwCliPlot *plot;
  RwCliSheet *sheet;
  RwCliAxis x;
} Drawing;

/* A panel's axis and where its frame is. */
typedef struct {
  const RwCliPanel *panel;
  RwCliAxis y;
  double top, bottom;
} Frame;

/* ---- places ------------------------------------------------------------- */

static double
place_x (const Drawing *d, double value)
{
  return LEFT + (WIDTH - LEFT - RIGHT) * rw_cli_axis_place (&d->x, value);
}

static double
place_y (const Frame *frame, double value)
{
  return frame->bottom -
         (frame->bottom - frame->top) * rw_cli_axis_place (&frame->y, value);
}

static gboolean
is_shown (const RwCliAxis *x,
          const RwCliAxis *y,
          const RwCliSeries *s,
          gsize i)
{
  return rw_cli_axis_takes (x, s->x[i]) && rw_cli_axis_takes (y, s->y[i]);
}

static void
set_x_axis (Drawing *d)
{
  const RwCliPlot *plot = d->plot;

  rw_cli_axis_begin (&d->x, plot->x_log);
  for (int p = 0; p < plot->n_panels; p++)
    for (int k = 0; k < plot->panels[p].n_series; k++) {
      const RwCliSeries *s = &plot->panels[p].series[k];
      for (gsize i = 0; i < s->n; i++)
        rw_cli_axis_add (&d->x, s->x[i]);
    }
  rw_cli_axis_end (&d->x, 0, 8);
}

static void
set_frame (Drawing *d, Frame *frame, int index)
{
  frame->panel = &d->plot->panels[index];
  frame->top = TOP + index * PANEL_HEIGHT + HEAD;
  frame->bottom = TOP + (index + 1) * PANEL_HEIGHT - 8;
  rw_cli_axis_begin (&frame->y, frame->panel->log);
  for (int k = 0; k < frame->panel->n_series; k++) {
    const RwCliSeries *s = &frame->panel->series[k];
    for (gsize i = 0; i < s->n; i++)
      if (is_shown (&d->x, &frame->y, s, i))
        rw_cli_axis_add (&frame->y, s->y[i]);
  }
  rw_cli_axis_end (&frame->y, MARGIN, 5);
}

/* ---- drawing ------------------------------------------------------------ */

static void
draw_line (const Drawing *d,
           double x0,
           double y0,
           double x1,
           double y1,
           const RwCliPen *pen)
{
  rw_cli_sheet_line (d->sheet, (const double[]){ x0, y0, x1, y1 }, 2, pen);
}

static void
draw_text (const Drawing *d,
           double x,
           double y,
           RwCliTextPlace place,
           const char *text)
{
  rw_cli_sheet_text (d->sheet, x, y, SMALL, place, text);
}

/* On half pixels a line of one pixel is sharp. */
static double
sharpen (double at)
{
  return floor (at) + 0.5;
}

static void
draw_grid (const Drawing *d, const Frame *frame, gboolean last)
{
  const double left = LEFT - 0.5, right = WIDTH - RIGHT + 0.5;

  for (int i = 0; i < frame->y.n_ticks; i++) {
    const double y = sharpen (place_y (frame, frame->y.ticks[i]));
    g_autofree char *text = rw_cli_axis_format (&frame->y, frame->y.ticks[i]);
    draw_line (d, left, y, right, y, &grid_pen);
    draw_text (d, left - 6, y + 4, RW_CLI_TEXT_END, text);
  }
  for (int i = 0; i < d->x.n_ticks; i++) {
    const double x = sharpen (place_x (d, d->x.ticks[i]));
    g_autofree char *text = rw_cli_axis_format (&d->x, d->x.ticks[i]);
    draw_line (d, x, frame->top, x, frame->bottom, &grid_pen);
    if (last)
      draw_text (d, x, frame->bottom + 18, RW_CLI_TEXT_MIDDLE, text);
  }
}

static void
draw_border (const Drawing *d, const Frame *frame)
{
  const double left = LEFT - 0.5, right = WIDTH - RIGHT + 0.5;
  const double top = sharpen (frame->top), bottom = sharpen (frame->bottom);
  const double border[] = { left,   top,  right,  top,  right,
                            bottom, left, bottom, left, top };

  rw_cli_sheet_line (d->sheet, border, 5, &frame_pen);
  draw_text (d, 24, (frame->top + frame->bottom) / 2, RW_CLI_TEXT_TURNED,
             frame->panel->label);
}

/* The points from @first to the next gap; returns where to go on. */
static gsize
draw_run (const Drawing *d,
          const Frame *frame,
          const RwCliSeries *s,
          gsize first,
          guint32 colour)
{
  const RwCliPen pen = { 1.5, colour, RW_CLI_LINE_SOLID };
  g_autoptr (GArray) xy = g_array_new (FALSE, FALSE, sizeof (double));
  gsize i = first;

  for (; i < s->n && is_shown (&d->x, &frame->y, s, i); i++) {
    const double at[] = { place_x (d, s->x[i]), place_y (frame, s->y[i]) };
    g_array_append_vals (xy, at, 2);
    if (s->n <= MAX_DOTS)
      rw_cli_sheet_disc (d->sheet, at[0], at[1], 2.5, colour);
  }
  if (i - first > 1)
    rw_cli_sheet_line (d->sheet, (const double *) (void *) xy->data, i - first,
                       &pen);
  else if (s->n > MAX_DOTS)
    rw_cli_sheet_disc (d->sheet, g_array_index (xy, double, 0),
                       g_array_index (xy, double, 1), 1.5, colour);
  return i;
}

static void
draw_series (const Drawing *d, const Frame *frame, int k)
{
  const RwCliSeries *s = &frame->panel->series[k];
  const guint32 colour = colours[k % (int) G_N_ELEMENTS (colours)];

  for (gsize i = 0; i < s->n; i++)
    if (is_shown (&d->x, &frame->y, s, i))
      i = draw_run (d, frame, s, i, colour);
}

/* Above the frame, from the right, where no curve is. */
static void
draw_legend (const Drawing *d, const Frame *frame)
{
  double x = WIDTH - RIGHT;
  const double y = frame->top - 9;

  for (int k = frame->panel->n_series - 1; k >= 0; k--) {
    const char *name = frame->panel->series[k].name;
    const RwCliPen pen = { 2.5, colours[k % (int) G_N_ELEMENTS (colours)],
                           RW_CLI_LINE_SOLID };
    draw_text (d, x, y, RW_CLI_TEXT_END, name);
    x -= rw_cli_sheet_measure (d->sheet, SMALL, name) + 8;
    draw_line (d, x - 22, y - 4, x, y - 4, &pen);
    x -= 40;
  }
}

static void
draw_mark (const Drawing *d, const Frame *frame, gboolean first)
{
  const RwCliPlot *plot = d->plot;

  if (plot->mark == NULL || !rw_cli_axis_takes (&d->x, plot->mark_x))
    return;
  const double share = rw_cli_axis_place (&d->x, plot->mark_x);
  if (!(share >= 0 && share <= 1))
    return;
  const double x = sharpen (place_x (d, plot->mark_x));
  draw_line (d, x, frame->top, x, frame->bottom, &mark_pen);
  if (first)
    draw_text (d, share < 0.5 ? x + 6 : x - 6, frame->top + 16,
               share < 0.5 ? RW_CLI_TEXT_START : RW_CLI_TEXT_END, plot->mark);
}

static void
draw_panel (Drawing *d, int index)
{
  const gboolean last = index == d->plot->n_panels - 1;
  Frame frame;

  set_frame (d, &frame, index);
  draw_grid (d, &frame, last);
  draw_mark (d, &frame, index == 0);
  for (int k = 0; k < frame.panel->n_series; k++)
    draw_series (d, &frame, k);
  draw_border (d, &frame);
  draw_legend (d, &frame);
  if (last)
    draw_text (d, (LEFT + WIDTH - RIGHT) / 2.0, frame.bottom + 38,
               RW_CLI_TEXT_MIDDLE, d->plot->x_label);
}

static GBytes *
draw (const RwCliPlot *plot, RwCliSheetKind kind)
{
  const int height = TOP + plot->n_panels * PANEL_HEIGHT + BOTTOM;
  Drawing d = { .plot = plot,
                .sheet = rw_cli_sheet_new (kind, WIDTH, height) };

  set_x_axis (&d);
  rw_cli_sheet_text (d.sheet, WIDTH / 2.0, 26, LARGE, RW_CLI_TEXT_MIDDLE,
                     plot->title);
  for (int i = 0; i < plot->n_panels; i++)
    draw_panel (&d, i);
  return rw_cli_sheet_finish (d.sheet);
}

/* ---- files -------------------------------------------------------------- */

gboolean
rw_cli_plot_is_built (void)
{
  return TRUE;
}

static gboolean
find_kind (const char *path, RwCliSheetKind *kind, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  *kind =
      g_str_has_suffix (lower, ".png") ? RW_CLI_SHEET_PNG : RW_CLI_SHEET_SVG;
  if (*kind == RW_CLI_SHEET_PNG || g_str_has_suffix (lower, ".svg"))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: what its name ends in is no kind of plot, expected .svg "
               "or .png; change the name",
               path);
  return FALSE;
}

gboolean
rw_cli_plot_check (const char *path, GError **error)
{
  RwCliSheetKind kind;

  return find_kind (path, &kind, error);
}

gboolean
rw_cli_plot_save (const RwCliPlot *plot, const char *path, GError **error)
{
  RwCliSheetKind kind;

  if (!find_kind (path, &kind, error))
    return FALSE;
  g_autoptr (GBytes) bytes = draw (plot, kind);
  gsize n = 0;
  const void *data = g_bytes_get_data (bytes, &n);
  return rw_file_save (path, data, n, error);
}
