/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Numbers as colours: maps, sheets of many maps, scale bars.
 */
#pragma once

#include "io/picture.h"

typedef enum {
  RW_CLI_SCALE_SIGNED,     /* blue below 0, white at 0, red above; -1..1 */
  RW_CLI_SCALE_HEAT,       /* black at 0 to yellow at 1 */
  RW_CLI_SCALE_DIFFERENCE, /* black to white; -1..1 */
} RwCliScale;

/* Writes the colour of @value, clipped to the scale, as three bytes. */
void rw_cli_scale_colour (RwCliScale scale, double value, guint8 *rgb);

/* Sheet of @n tiles of @width x @height, @columns beside each other with a
 * grey line between.  (transfer full) */
RwPicture *
rw_cli_tiles_new (int n, int columns, int width, int height, GError **error);

/* Columns that make a sheet of @n tiles of @width about 800 pixels wide. */
int rw_cli_tiles_columns (int n, int width);

/* Where tile @i of such a sheet begins: 3 bytes a pixel, a row is 3
 * @sheet->width bytes. */
guint8 *rw_cli_tiles_at (
    const RwPicture *sheet, int columns, int width, int height, int i);

/* Values at @values, @step floats apart, in @height rows of @width, as colours
 * of @scale after division by @most, each pixel @zoom wide, at @to in
 * @sheet. */
typedef struct {
  const float *values;
  int step, width, height;
  double most;
} RwCliMap;
void rw_cli_map_draw (const RwCliMap *map,
                      RwCliScale scale,
                      int zoom,
                      const RwPicture *sheet,
                      guint8 *to);

/* A picture of one map.  (transfer full) */
RwPicture *rw_cli_map_picture (const RwCliMap *map,
                               RwCliScale scale,
                               int zoom,
                               GError **error);

/* The scale itself from its low to its high end.  (transfer full) */
RwPicture *rw_cli_scale_bar (RwCliScale scale, GError **error);

/* The outline of @rect, which is clipped, black in white. */
void rw_cli_draw_outline (const RwPicture *picture, const RwRect *rect);

/* Pixels of [height][width][4] floats, clipped.  (transfer full) */
RwPicture *
rw_cli_draw_rgba (const float *rgba, int width, int height, GError **error);
