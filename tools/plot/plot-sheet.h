/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a plot is drawn on: a white sheet, y downwards, in pixels.  cairo draws
 * it and writes the file's bytes.
 */
#pragma once

#include <glib.h>

typedef enum { RW_CLI_SHEET_SVG, RW_CLI_SHEET_PNG } RwCliSheetKind;

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

typedef struct RwCliSheet RwCliSheet;

/* A new sheet.  (transfer full), to finish. */
RwCliSheet *rw_cli_sheet_new (RwCliSheetKind kind, int width, int height);

/* A line through @n points, x and y in turn. */
void rw_cli_sheet_line (RwCliSheet *sheet,
                        const double *xy,
                        gsize n,
                        const RwCliPen *pen);
void rw_cli_sheet_disc (
    RwCliSheet *sheet, double x, double y, double radius, guint32 colour);

/* @y: the base line; @size: pixels. */
void rw_cli_sheet_text (RwCliSheet *sheet,
                        double x,
                        double y,
                        double size,
                        RwCliTextPlace place,
                        const char *text);

/* How far @text of @size reaches, in pixels. */
double rw_cli_sheet_measure (RwCliSheet *sheet, double size, const char *text);

/* The file's bytes, (transfer full); frees @sheet. */
GBytes *rw_cli_sheet_finish (RwCliSheet *sheet);
