/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Smaller pictures.
 */
#include "encode/encode-thumbnail.h"

static void
set_sample (RwPicture *picture, gsize i, guint value)
{
  if (picture->depth == 8)
    ((guint8 *) picture->data)[i] = (guint8) value;
  else
    ((guint16 *) picture->data)[i] = (guint16) value;
}

/* Pixel (@x, @y) of @to. */
static void
average (const RwPicture *from, RwPicture *to, int x, int y)
{
  const gsize channels = (gsize) from->channels;
  const gsize n_colours = channels - (channels % 2 == 0);
  const gint64 x0 = (gint64) x * from->width / to->width,
               x1 = (gint64) (x + 1) * from->width / to->width;
  const gint64 y0 = (gint64) y * from->height / to->height,
               y1 = (gint64) (y + 1) * from->height / to->height;
  const double peak = rw_picture_get_peak (from);
  double sums[4] = { 0 }, weights = 0;

  for (gint64 j = y0; j < y1; j++)
    for (gint64 i = x0; i < x1; i++) {
      const gsize at = channels * (gsize) (j * from->width + i);
      const double weight =
          n_colours == channels
              ? 1
              : rw_picture_get_sample (from, at + n_colours) / peak;
      for (gsize c = 0; c < n_colours; c++)
        sums[c] += weight * rw_picture_get_sample (from, at + c);
      weights += weight;
    }
  if (n_colours < channels)
    sums[n_colours] =
        peak * weights * weights / (double) ((x1 - x0) * (y1 - y0));
  for (gsize c = 0; c < channels; c++)
    set_sample (to, channels * ((gsize) y * (gsize) to->width + (gsize) x) + c,
                weights > 0 ? (guint) (sums[c] / weights + 0.5) : 0);
}

static int
shrink (int side, int longest, int wanted)
{
  return MAX (1, (int) ((gint64) side * wanted / longest));
}

void
rw_cli_thumbnail_size (int *width, int *height, int side)
{
  const int longest = MAX (*width, *height);
  const int wanted = MIN (side, longest);

  *width = shrink (*width, longest, wanted);
  *height = shrink (*height, longest, wanted);
}

RwPicture *
rw_cli_thumbnail (const RwPicture *from, int side, GError **error)
{
  int width = from->width, height = from->height;

  rw_cli_thumbnail_size (&width, &height, side);
  RwPicture *to = rw_picture_new_sized (from, width, height, error);

  for (int y = 0; to && y < to->height; y++)
    for (int x = 0; x < to->width; x++)
      average (from, to, x, y);
  return to;
}
