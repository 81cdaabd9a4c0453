/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Plots as SVG 1.1: the text stays text.
 */
#include "plot/plot-canvas.h"

/* A number with two decimals, whatever the locale. */
static void
append_number (GString *svg, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (svg, g_ascii_formatd (text, sizeof text, "%.2f", value));
}

static void
append_attribute (GString *svg, const char *name, double value)
{
  g_string_append_printf (svg, " %s=\"", name);
  append_number (svg, value);
  g_string_append_c (svg, '"');
}

static gpointer
begin (int width, int height)
{
  GString *svg = g_string_new (NULL);

  g_string_append_printf (
      svg,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
      "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">\n"
      "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
      width, height, width, height, width, height);
  return svg;
}

static void
line (gpointer sheet, const double *xy, gsize n, const RwCliPen *pen)
{
  GString *svg = sheet;

  g_string_append_printf (
      svg,
      "<polyline fill=\"none\" stroke=\"#%06x\""
      " stroke-linejoin=\"round\"%s",
      pen->colour,
      pen->style == RW_CLI_LINE_DASHED ? " stroke-dasharray=\"5 4\"" : "");
  append_attribute (svg, "stroke-width", pen->width);
  g_string_append (svg, " points=\"");
  for (gsize i = 0; i < n; i++) {
    append_number (svg, xy[2 * i]);
    g_string_append_c (svg, ',');
    append_number (svg, xy[2 * i + 1]);
    g_string_append (svg, i + 1 < n ? " " : "\"/>\n");
  }
}

static void
disc (gpointer sheet, double x, double y, double radius, guint32 colour)
{
  GString *svg = sheet;

  g_string_append_printf (svg, "<circle fill=\"#%06x\"", colour);
  append_attribute (svg, "cx", x);
  append_attribute (svg, "cy", y);
  append_attribute (svg, "r", radius);
  g_string_append (svg, "/>\n");
}

static void
text (gpointer sheet,
      double x,
      double y,
      double size,
      RwCliTextPlace place,
      const char *words)
{
  static const char *const anchors[] = { "start", "middle", "end", "middle" };
  GString *svg = sheet;
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  g_string_append_printf (svg, "<text text-anchor=\"%s\"", anchors[place]);
  append_attribute (svg, "font-size", size);
  if (place == RW_CLI_TEXT_TURNED) {
    g_string_append (svg, " transform=\"translate(");
    append_number (svg, x);
    g_string_append_c (svg, ' ');
    append_number (svg, y);
    g_string_append (svg, ") rotate(-90)\"");
  } else {
    append_attribute (svg, "x", x);
    append_attribute (svg, "y", y);
  }
  g_string_append_printf (svg, ">%s</text>\n", escaped);
}

static GBytes *
finish (gpointer sheet)
{
  GString *svg = sheet;

  g_string_append (svg, "</svg>\n");
  return g_string_free_to_bytes (svg);
}

const RwCliCanvas rw_cli_canvas_svg = {
  .ending = ".svg",
  .begin = begin,
  .line = line,
  .disc = disc,
  .text = text,
  .finish = finish,
};
