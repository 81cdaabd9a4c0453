/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture of what was changed.
 */
#include "apply/apply-difference.h"

#include <math.h>

gboolean
rw_cli_difference_begin (RwCliDifference *d,
                         int width,
                         int height,
                         GError **error)
{
  const RwPicture like = {
    .width = width, .height = height, .channels = 3, .depth = 8
  };

  rw_cli_difference_clear (d);
  d->width = width;
  d->height = height;
  d->n_rows = 0;
  d->n_clipped = 0;
  d->largest = d->clipped = 0;
  for (int i = 0; i < 2; i++)
    d->rows[i] = g_new (float, 4 * (gsize) width);
  d->row = g_new (guint8, 3 * (gsize) width);
  d->writer = rw_row_writer_new (d->path, &like,
                                 &(RwRowOptions){ .quality = 100 }, error);
  return d->writer != NULL;
}

gsize
rw_cli_difference_get_bytes (const RwCliDifference *d)
{
  return d->writer ? rw_row_writer_get_bytes (d->writer) +
                         (8 * sizeof (float) + 3) * (gsize) d->width
                   : 0;
}

gboolean
rw_cli_difference_put (RwCliDifference *d, GError **error)
{
  for (int i = 0; i < 3 * d->width; i++) {
    const int at = i / 3 * 4 + i % 3;
    const double change = (double) d->rows[1][at] - (double) d->rows[0][at];
    /* what is not a number has not been touched */
    const double value =
        isfinite (change) ? 127.5 + 255 * d->amplification * change : 127.5;

    if (isfinite (change))
      d->largest = MAX (d->largest, fabs (change));
    d->n_clipped += value < -0.5 || value > 255.5;
    d->row[i] = (guint8) (CLAMP (value, 0, 255) + 0.5);
  }
  d->n_rows++;
  d->clipped = (double) d->n_clipped / (3.0 * d->width * d->n_rows);
  return rw_row_writer_write (d->writer, d->row, 1, error);
}

gboolean
rw_cli_difference_put_samples (RwCliDifference *d,
                               const RwPicture *kind,
                               const guint8 *before,
                               const guint8 *after,
                               int n,
                               GError **error)
{
  RwPicture view[2] = { *kind, *kind };

  view[0].data = (gpointer) before;
  view[1].data = (gpointer) after;
  view[0].height = view[1].height = n;
  for (int y = 0; y < n; y++) {
    for (int i = 0; i < 2; i++)
      rw_picture_get_rgba (&view[i], &(RwRect){ 0, y, d->width, 1 },
                           d->rows[i]);
    if (!rw_cli_difference_put (d, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
rw_cli_difference_put_pictures (RwCliDifference *d,
                                const RwPicture *before,
                                const RwPicture *after,
                                GError **error)
{
  return rw_cli_difference_begin (d, before->width, before->height, error) &&
         rw_cli_difference_put_samples (d, before, before->data, after->data,
                                        before->height, error);
}

gboolean
rw_cli_difference_end (RwCliDifference *d, GError **error)
{
  return !d->writer ||
         rw_row_writer_commit (g_steal_pointer (&d->writer), error);
}

void
rw_cli_difference_clear (RwCliDifference *d)
{
  rw_row_writer_discard (g_steal_pointer (&d->writer));
  g_clear_pointer (&d->rows[0], g_free);
  g_clear_pointer (&d->rows[1], g_free);
  g_clear_pointer (&d->row, g_free);
}
