/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Plots as PNG, drawn by cairo.
 */
#include "plot/plot-canvas.h"

#include <cairo.h>

static void
set_colour (cairo_t *cairo, guint32 colour)
{
  cairo_set_source_rgb (cairo, (colour >> 16 & 255) / 255.0,
                        (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0);
}

static gpointer
begin (int width, int height)
{
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cairo = cairo_create (surface);

  cairo_surface_destroy (surface); /* the context holds it */
  set_colour (cairo, 0xffffff);
  cairo_paint (cairo);
  cairo_set_line_join (cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_select_font_face (cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                          CAIRO_FONT_WEIGHT_NORMAL);
  return cairo;
}

static void
line (gpointer sheet, const double *xy, gsize n, const RwCliPen *pen)
{
  const double dashes[] = { 5, 4 };

  cairo_set_dash (sheet, dashes, pen->style == RW_CLI_LINE_DASHED ? 2 : 0, 0);
  cairo_set_line_width (sheet, pen->width);
  set_colour (sheet, pen->colour);
  cairo_new_path (sheet); /* text leaves a point behind */
  for (gsize i = 0; i < n; i++)
    cairo_line_to (sheet, xy[2 * i], xy[2 * i + 1]);
  cairo_stroke (sheet);
}

static void
disc (gpointer sheet, double x, double y, double radius, guint32 colour)
{
  set_colour (sheet, colour);
  cairo_new_path (sheet);
  cairo_arc (sheet, x, y, radius, 0, 2 * G_PI);
  cairo_fill (sheet);
}

static void
text (gpointer sheet,
      double x,
      double y,
      double size,
      RwCliTextPlace place,
      const char *words)
{
  static const double shares[] = { 0, 0.5, 1, 0.5 }; /* left of x */
  cairo_text_extents_t extents;

  cairo_set_font_size (sheet, size);
  cairo_text_extents (sheet, words, &extents);
  cairo_save (sheet);
  cairo_translate (sheet, x, y);
  if (place == RW_CLI_TEXT_TURNED)
    cairo_rotate (sheet, -G_PI / 2);
  cairo_move_to (sheet, -shares[place] * extents.x_advance, 0);
  set_colour (sheet, 0);
  cairo_show_text (sheet, words);
  cairo_restore (sheet);
}

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned int n)
{
  g_byte_array_append (closure, data, n);
  return CAIRO_STATUS_SUCCESS;
}

static GBytes *
finish (gpointer sheet)
{
  GByteArray *bytes = g_byte_array_new ();

  cairo_surface_write_to_png_stream (cairo_get_target (sheet), append, bytes);
  cairo_destroy (sheet);
  return g_byte_array_free_to_bytes (bytes);
}

const RwCliCanvas rw_cli_canvas_png = {
  .ending = ".png",
  .begin = begin,
  .line = line,
  .disc = disc,
  .text = text,
  .finish = finish,
};
