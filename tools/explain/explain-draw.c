/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Numbers as colours.
 */
#include "explain/explain-draw.h"

#include <math.h>
#include <string.h>

#define GAP 2       /* pixels between tiles */
#define GAP_GREY 72 /* seen beside dark and light tiles */
#define SHEET_WIDTH 800
#define BAR_WIDTH 256
#define BAR_HEIGHT 12

/* ---- colours ------------------------------------------------------------ */

/* Steps of equal width. */
static const guint8 heat[][3] = { { 0, 0, 8 },
                                  { 84, 8, 104 },
                                  { 190, 44, 78 },
                                  { 246, 140, 24 },
                                  { 255, 250, 180 } };
static const guint8 signs[][3] = { { 24, 84, 168 },
                                   { 130, 180, 220 },
                                   { 248, 248, 248 },
                                   { 240, 150, 120 },
                                   { 170, 16, 40 } };
static const guint8 greys[][3] = { { 0, 0, 0 },
                                   { 64, 64, 64 },
                                   { 128, 128, 128 },
                                   { 191, 191, 191 },
                                   { 255, 255, 255 } };

/* @place: 0..1 */
static void
mix (const guint8 table[5][3], double place, guint8 *rgb)
{
  const double at = CLAMP (place, 0, 1) * 4;
  const int i = MIN ((int) at, 3);

  for (int c = 0; c < 3; c++)
    rgb[c] = (guint8) (table[i][c] +
                       (at - i) * (table[i + 1][c] - table[i][c]) + 0.5);
}

void
rw_cli_scale_colour (RwCliScale scale, double value, guint8 *rgb)
{
  if (scale == RW_CLI_SCALE_HEAT)
    mix (heat, value, rgb);
  else
    mix (scale == RW_CLI_SCALE_SIGNED ? signs : greys, (value + 1) / 2, rgb);
}

/* ---- sheets ------------------------------------------------------------- */

int
rw_cli_tiles_columns (int n, int width)
{
  return CLAMP (SHEET_WIDTH / (width + GAP), 1, n);
}

RwPicture *
rw_cli_tiles_new (int n, int columns, int width, int height, GError **error)
{
  const int rows = (n + columns - 1) / columns;
  RwPicture *sheet = rw_picture_new (columns * (width + GAP) + GAP,
                                     rows * (height + GAP) + GAP, 3, 8, error);

  if (sheet)
    memset (sheet->data, GAP_GREY,
            rw_picture_get_stride (sheet) * (gsize) sheet->height);
  return sheet;
}

guint8 *
rw_cli_tiles_at (
    const RwPicture *sheet, int columns, int width, int height, int i)
{
  const gsize x = (gsize) (GAP + i % columns * (width + GAP)),
              y = (gsize) (GAP + i / columns * (height + GAP));

  return (guint8 *) sheet->data + rw_picture_get_stride (sheet) * y + 3 * x;
}

void
rw_cli_map_draw (const RwCliMap *map,
                 RwCliScale scale,
                 int zoom,
                 const RwPicture *sheet,
                 guint8 *to)
{
  const gsize stride = rw_picture_get_stride (sheet);

  for (int y = 0; y < map->height * zoom; y++, to += stride)
    for (int x = 0; x < map->width * zoom; x++) {
      const gsize at = (gsize) (y / zoom * map->width + x / zoom);
      const double value = (double) map->values[at * (gsize) map->step];
      rw_cli_scale_colour (scale, map->most > 0 ? value / map->most : 0,
                           to + 3 * x);
    }
}

RwPicture *
rw_cli_map_picture (const RwCliMap *map,
                    RwCliScale scale,
                    int zoom,
                    GError **error)
{
  RwPicture *picture =
      rw_picture_new (map->width * zoom, map->height * zoom, 3, 8, error);

  if (picture)
    rw_cli_map_draw (map, scale, zoom, picture, picture->data);
  return picture;
}

RwPicture *
rw_cli_scale_bar (RwCliScale scale, GError **error)
{
  RwPicture *bar = rw_picture_new (BAR_WIDTH, BAR_HEIGHT, 3, 8, error);

  for (int i = 0; bar && i < BAR_WIDTH * BAR_HEIGHT; i++) {
    const double place = (double) (i % BAR_WIDTH) / (BAR_WIDTH - 1);
    rw_cli_scale_colour (scale,
                         scale == RW_CLI_SCALE_HEAT ? place : 2 * place - 1,
                         (guint8 *) bar->data + 3 * i);
  }
  return bar;
}

/* ---- pictures ----------------------------------------------------------- */

static void
put (const RwPicture *picture, int x, int y, guint8 grey)
{
  if (x >= 0 && y >= 0 && x < picture->width && y < picture->height)
    memset ((guint8 *) picture->data +
                3 * ((gsize) y * (gsize) picture->width + (gsize) x),
            grey, 3);
}

void
rw_cli_draw_outline (const RwPicture *picture, const RwRect *rect)
{
  for (int out = 1; out <= 2; out++) {
    const guint8 grey = out == 1 ? 0 : 255;
    const int left = rect->x - out, right = rect->x + rect->width + out - 1,
              top = rect->y - out, bottom = rect->y + rect->height + out - 1;
    for (int x = left; x <= right; x++) {
      put (picture, x, top, grey);
      put (picture, x, bottom, grey);
    }
    for (int y = top; y <= bottom; y++) {
      put (picture, left, y, grey);
      put (picture, right, y, grey);
    }
  }
}

RwPicture *
rw_cli_draw_rgba (const float *rgba, int width, int height, GError **error)
{
  RwPicture *picture = rw_picture_new (width, height, 3, 8, error);

  if (picture)
    rw_picture_set_rgba (picture, &(RwRect){ 0, 0, width, height }, rgba,
                         4 * (gsize) width);
  return picture;
}
