/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture continued beyond its edges by its mirror image.
 */
#include "restore/mirror.h"

#include <string.h>

/* Mirrors @x into first..first+n-1 and clamps the result to
 * have..have+n_have-1. */
static int
reflect (int x, int first, int n, int have, int n_have)
{
  const gint64 period = n > 1 ? 2 * ((gint64) n - 1) : 1;
  gint64 d = ((gint64) x - first) % period;

  d = d < 0 ? d + period : d;
  d = d < n ? d : period - d;
  return (int) CLAMP (first + d, (gint64) have, (gint64) have + n_have - 1);
}

/* Moves the packed rows of @inside to their places in @full, the last row
 * first: no row moves to a place before its own. */
static void
spread_rows (float *pixels,
             gsize channels,
             const RwRect *inside,
             const RwRect *full)
{
  const gsize width = channels * (gsize) full->width;
  const gsize n = channels * (gsize) inside->width;
  float *first = pixels + (inside->y - full->y) * width +
                 channels * (gsize) (inside->x - full->x);

  if (first == pixels && width == n)
    return; /* they are there */
  for (gsize y = (gsize) inside->height; y-- > 0;)
    memmove (first + y * width, pixels + y * n, n * sizeof (float));
}

static void
mirror_row (float *row,
            gsize channels,
            const RwRect *inside,
            const RwRect *full,
            const RwRect *bounds)
{
  for (int x = full->x; x < full->x + full->width; x++) {
    if (x == inside->x)
      x += inside->width;
    if (x == full->x + full->width)
      break;
    const int from =
        reflect (x, bounds->x, bounds->width, inside->x, inside->width);

    memcpy (row + channels * (gsize) (x - full->x),
            row + channels * (gsize) (from - full->x),
            channels * sizeof (float));
  }
}

void
rw_mirror_edges (float *pixels,
                 int channels,
                 const RwRect *inside,
                 const RwRect *full,
                 const RwRect *bounds)
{
  const gsize n = (gsize) channels, width = n * (gsize) full->width;
  const int end = inside->y + inside->height;

  spread_rows (pixels, n, inside, full);
  for (int y = inside->y; y < end; y++)
    mirror_row (pixels + (y - full->y) * width, n, inside, full, bounds);
  for (int y = full->y; y < full->y + full->height; y++) {
    if (y >= inside->y && y < end)
      continue;
    const int from =
        reflect (y, bounds->y, bounds->height, inside->y, inside->height);

    memcpy (pixels + (y - full->y) * width, pixels + (from - full->y) * width,
            width * sizeof (float));
  }
}
