/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Luma of one row of blocks at a time; the change of luma is added to red,
 * green and blue alike, which leaves both colour differences as they are.
 */
#include "tasks/jpeg-constrain.h"

#include "tasks/chroma.h"
#include "tasks/jpeg-dct.h"

/* Luma of one row of pixels in 0..255, repeated up to @padded. */
static void
fill_row (const float *rgb, int width, gsize padded, float *luma)
{
  rw_chroma_luma (rgb, (gsize) width, 255, luma);
  for (gsize i = (gsize) width; i < padded; i++)
    luma[i] = luma[width - 1];
}

static void
add_row (float *rgb, int width, const float *change)
{
  for (int i = 0; i < width; i++)
    for (int c = 0; c < 3; c++)
      rgb[3 * i + c] += change[i] / 255;
}

void
rw_jpeg_constrain (float *rgb,
                   const float *file_rgb,
                   int width,
                   int height,
                   const guint16 *luma)
{
  if (width <= 0 || height <= 0)
    return;

  const gsize padded = ((gsize) width + 7) / 8 * 8, row = (gsize) width * 3;
  g_autofree float *plane = g_new (float, 16 * padded);
  float *file = plane + 8 * padded;

  for (int top = 0; top < height; top += 8) {
    for (int y = 0; y < 8; y++) {
      const gsize from = (gsize) MIN (top + y, height - 1) * row;
      fill_row (rgb + from, width, padded, plane + (gsize) y * padded);
      fill_row (file_rgb + from, width, padded, file + (gsize) y * padded);
    }
    rw_jpeg_dct_constrain (plane, file, padded, 8, luma);
    for (int y = 0; y < MIN (8, height - top); y++)
      add_row (rgb + (gsize) (top + y) * row, width,
               plane + (gsize) y * padded);
  }
}
