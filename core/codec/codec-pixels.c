/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures to floats and back.
 */
#include "codec/codec-pixels.h"
#include "base/alloc.h"
#include "base/parallel.h"

typedef struct {
  const RwPicture *from;
  float *rgb;
} Passage;

static void
get_row (int y, int worker, void *data)
{
  const Passage *passage = data;
  const int width = passage->from->width;
  const RwRect row = { 0, y, width, 1 };
  g_autofree float *rgba = g_new (float, 4 * (gsize) width);
  float *rgb = passage->rgb + 3 * (gsize) y * (gsize) width;

  rw_picture_get_rgba (passage->from, &row, rgba);
  for (int x = 0; x < width; x++)
    for (int c = 0; c < 3; c++)
      rgb[3 * x + c] = rgba[4 * x + c];
}

float *
rw_codec_get_pixels (const RwPicture *picture, GError **error)
{
  const gsize n = (gsize) picture->width * (gsize) picture->height;
  Passage passage = { .from = picture };

  passage.rgb = rw_try_alloc (n, 3 * sizeof (float), "the picture", error);
  if (passage.rgb != NULL)
    rw_parallel_for (picture->height, get_row, &passage);
  return passage.rgb;
}

void
rw_codec_set_row (RwPicture *picture, int y, int x, int n, const float *given)
{
  const RwRect row = { x, y, n, 1 };
  g_autofree float *rgba = g_new (float, 4 * (gsize) n);

  rw_picture_get_rgba (picture, &row, rgba);
  for (gsize i = 0; i < (gsize) n; i++)
    for (gsize c = 0; c < 3; c++)
      rgba[4 * i + c] = CLAMP (given[4 * i + c], 0.0f, 1.0f);
  rw_picture_set_rgba (picture, &row, rgba, 4 * (gsize) n);
}

static int
quantise (float value)
{
  const float clipped = value > 0 ? MIN (value, 1.0f) : 0;

  return (int) (clipped * 255 + 0.5f);
}

guint64
rw_codec_compare_row (const float *rgb, const float *rgba, int n)
{
  guint64 sum = 0;

  for (int x = 0; x < n; x++)
    for (int c = 0; c < 3; c++) {
      const int difference =
          quantise (rgb[3 * x + c]) - quantise (rgba[4 * x + c]);
      sum += (guint64) (difference * difference);
    }
  return sum;
}
