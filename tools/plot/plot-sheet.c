/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a plot is drawn on, by cairo.
 */
#include "plot/plot-sheet.h"

#include <cairo-svg.h>
#include <cairo.h>

struct RwCliSheet {
  RwCliSheetKind kind;
  cairo_t *cairo;
  GByteArray *bytes; /* of the file */
};

static void
set_colour (cairo_t *cairo, guint32 colour)
{
  cairo_set_source_rgb (cairo, (colour >> 16 & 255) / 255.0,
                        (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0);
}

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned int n)
{
  g_byte_array_append (closure, data, n);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
make_surface (RwCliSheetKind kind, int width, int height, GByteArray *bytes)
{
  cairo_surface_t *surface = NULL;

  switch (kind) {
  case RW_CLI_SHEET_SVG:
    surface =
        cairo_svg_surface_create_for_stream (append, bytes, width, height);
    cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
    break;
  case RW_CLI_SHEET_PNG:
    surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
    break;
  }
  return surface;
}

RwCliSheet *
rw_cli_sheet_new (RwCliSheetKind kind, int width, int height)
{
  RwCliSheet *sheet = g_new0 (RwCliSheet, 1);

  sheet->kind = kind;
  sheet->bytes = g_byte_array_new ();
  cairo_surface_t *surface = make_surface (kind, width, height, sheet->bytes);
  sheet->cairo = cairo_create (surface);
  cairo_surface_destroy (surface); /* the context holds it */
  set_colour (sheet->cairo, 0xffffff);
  cairo_paint (sheet->cairo);
  cairo_set_line_join (sheet->cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_select_font_face (sheet->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                          CAIRO_FONT_WEIGHT_NORMAL);
  return sheet;
}

void
rw_cli_sheet_line (RwCliSheet *sheet,
                   const double *xy,
                   gsize n,
                   const RwCliPen *pen)
{
  const double dashes[] = { 5, 4 };
  cairo_t *cairo = sheet->cairo;

  cairo_set_dash (cairo, dashes, pen->style == RW_CLI_LINE_DASHED ? 2 : 0, 0);
  cairo_set_line_width (cairo, pen->width);
  set_colour (cairo, pen->colour);
  cairo_new_path (cairo); /* text leaves a point behind */
  for (gsize i = 0; i < n; i++)
    cairo_line_to (cairo, xy[2 * i], xy[2 * i + 1]);
  cairo_stroke (cairo);
}

void
rw_cli_sheet_disc (
    RwCliSheet *sheet, double x, double y, double radius, guint32 colour)
{
  set_colour (sheet->cairo, colour);
  cairo_new_path (sheet->cairo);
  cairo_arc (sheet->cairo, x, y, radius, 0, 2 * G_PI);
  cairo_fill (sheet->cairo);
}

double
rw_cli_sheet_measure (RwCliSheet *sheet, double size, const char *text)
{
  cairo_text_extents_t extents;

  cairo_set_font_size (sheet->cairo, size);
  cairo_text_extents (sheet->cairo, text, &extents);
  return extents.x_advance;
}

void
rw_cli_sheet_text (RwCliSheet *sheet,
                   double x,
                   double y,
                   double size,
                   RwCliTextPlace place,
                   const char *text)
{
  static const double shares[] = { 0, 0.5, 1, 0.5 }; /* left of x */
  const double width = rw_cli_sheet_measure (sheet, size, text);
  cairo_t *cairo = sheet->cairo;

  cairo_save (cairo);
  cairo_translate (cairo, x, y);
  if (place == RW_CLI_TEXT_TURNED)
    cairo_rotate (cairo, -G_PI / 2);
  cairo_move_to (cairo, -shares[place] * width, 0);
  set_colour (cairo, 0);
  cairo_show_text (cairo, text);
  cairo_restore (cairo);
}

GBytes *
rw_cli_sheet_finish (RwCliSheet *sheet)
{
  cairo_surface_t *surface = cairo_get_target (sheet->cairo);
  GByteArray *bytes = sheet->bytes;

  if (sheet->kind == RW_CLI_SHEET_PNG)
    cairo_surface_write_to_png_stream (surface, append, bytes);
  else
    cairo_surface_finish (surface); /* writes what is left */
  cairo_destroy (sheet->cairo);
  g_free (sheet);
  return g_byte_array_free_to_bytes (bytes);
}
