/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures to floats and back, row by row.
 */
#include "codec/codec-pixels.h"
#include "base/alloc.h"
#include "base/parallel.h"

#include <math.h>

typedef struct {
  const RwPicture *from;
  RwPicture *to;
  float *rgb;
  const float *given;
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

/* The alpha of a row is there already. */
static void
set_row (int y, int worker, void *data)
{
  const Passage *passage = data;
  const int width = passage->to->width;
  const RwRect row = { 0, y, width, 1 };
  g_autofree float *rgba = g_new (float, 4 * (gsize) width);
  const float *rgb = passage->given + 3 * (gsize) y * (gsize) width;

  rw_picture_get_rgba (passage->to, &row, rgba);
  for (int x = 0; x < width; x++)
    for (int c = 0; c < 3; c++)
      rgba[4 * x + c] = rgb[3 * x + c];
  rw_picture_set_rgba (passage->to, &row, rgba, 4 * (gsize) width);
}

void
rw_codec_set_pixels (RwPicture *picture, const float *rgb)
{
  Passage passage = { .to = picture, .given = rgb };

  rw_parallel_for (picture->height, set_row, &passage);
}

static int
quantise (float value)
{
  const float clipped = value > 0 ? MIN (value, 1.0f) : 0;

  return (int) (clipped * 255 + 0.5f);
}

double
rw_codec_compare (const float *a, const float *b, gsize n)
{
  guint64 sum = 0;

  for (gsize i = 0; i < n; i++) {
    const int difference = quantise (a[i]) - quantise (b[i]);
    sum += (guint64) (difference * difference);
  }
  return sum > 0 ? 10 * log10 (255.0 * 255.0 * (double) n / (double) sum)
                 : INFINITY;
}
