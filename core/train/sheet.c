/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A contact sheet of a validation.
 */
#include "train/sheet.h"

#include "io/picture.h"

#include <string.h>

#define MAX_ROWS 6
#define GAP 4 /* white pixels around each picture */
#define JPEG_QUALITY 95

/* Pictures of the sheet: spread over the whole set. */
static int
get_item (int row, int n_rows, int n)
{
  return row * n / n_rows;
}

/* @width and @height: on the sheet, where a pixel of @rgb is @scale wide. */
static void
paste (RwPicture *sheet,
       const float *rgb,
       int left,
       int top,
       int width,
       int height,
       int scale)
{
  for (int y = 0; y < height; y++) {
    guint8 *at = (guint8 *) sheet->data +
                 3 * ((gsize) (top + y) * (gsize) sheet->width + (gsize) left);
    const float *row = rgb + 3 * (gsize) (y / scale) * (gsize) (width / scale);
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        *at++ = (guint8) (CLAMP (row[3 * (x / scale) + c], 0.0f, 1.0f) * 255 +
                          0.5f);
  }
}

static gboolean
paste_row (RwPicture *sheet,
           RwValidator *validator,
           int item,
           int *top,
           int column,
           GError **error)
{
  RwValidationExample example;

  if (!rw_validator_show (validator, item, &example, error))
    return FALSE;
  const float *const pictures[] = { example.damaged, example.restored,
                                    example.clean };
  for (int i = 0; i < 3; i++)
    paste (sheet, pictures[i], GAP + i * (column + GAP), *top, example.width,
           example.height, i == 0 ? example.scale : 1);
  *top += example.height + GAP;
  return TRUE;
}

gboolean
rw_sheet_save (RwValidator *validator, const char *path, GError **error)
{
  const int n = rw_validator_get_n (validator), n_rows = MIN (n, MAX_ROWS);
  int column = 0, height = GAP, top = GAP;

  for (int row = 0; row < n_rows; row++) {
    int w, h;
    rw_validator_get_size (validator, get_item (row, n_rows, n), &w, &h);
    column = MAX (column, w);
    height += h + GAP;
  }
  g_autoptr (RwPicture) sheet =
      rw_picture_new (3 * column + 4 * GAP, height, 3, 8, error);
  if (sheet == NULL)
    return FALSE;
  memset (sheet->data, 255, 3 * (gsize) sheet->width * (gsize) sheet->height);
  for (int row = 0; row < n_rows; row++)
    if (!paste_row (sheet, validator, get_item (row, n_rows, n), &top, column,
                    error))
      return FALSE;
  return rw_picture_save (sheet, path, JPEG_QUALITY, error);
}
