/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a plot is drawn on: a white sheet, y downwards, in pixels.  One file
 * for each kind of picture.
 */
#pragma once

#include <glib.h>

typedef enum {
  RW_CLI_TEXT_START,  /* begins at x */
  RW_CLI_TEXT_MIDDLE, /* centred on x */
  RW_CLI_TEXT_END,    /* ends at x */
  RW_CLI_TEXT_TURNED, /* upwards, centred on y */
} RwCliTextPlace;

typedef enum { RW_CLI_LINE_SOLID, RW_CLI_LINE_DASHED } RwCliLineStyle;

typedef struct {
  double width;   /* pixels */
  guint32 colour; /* 0xRRGGBB */
  RwCliLineStyle style;
} RwCliPen;

typedef struct {
  const char *ending; /* of files: ".svg" */

  /* A new sheet.  (transfer full), to finish. */
  gpointer (*begin) (int width, int height);
  /* A line through @n points, x and y in turn. */
  void (*line) (gpointer sheet,
                const double *xy,
                gsize n,
                const RwCliPen *pen);
  void (*disc) (
      gpointer sheet, double x, double y, double radius, guint32 colour);
  /* @y: the base line; @size: pixels. */
  void (*text) (gpointer sheet,
                double x,
                double y,
                double size,
                RwCliTextPlace place,
                const char *text);
  /* The file's bytes, (transfer full); frees @sheet. */
  GBytes *(*finish) (gpointer sheet);
} RwCliCanvas;

extern const RwCliCanvas rw_cli_canvas_svg;
#ifdef RW_HAVE_CAIRO
extern const RwCliCanvas rw_cli_canvas_png;
#endif
