/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The rows of a picture that are decoded and still needed.
 */
#include "apply/apply-window.h"

#include <string.h>

int
rw_cli_slice_rows (const RwPicture *picture)
{
  return (int) MAX (RW_CLI_SLICE / rw_picture_get_stride (picture), 1);
}

gboolean
rw_cli_window_open (RwCliWindow *window, const char *path, GError **error)
{
  window->reader = rw_row_reader_new (path, error);
  return window->reader != NULL;
}

gboolean
rw_cli_window_allocate (RwCliWindow *window, int capacity, GError **error)
{
  const RwPicture *picture = rw_row_reader_get_picture (window->reader);

  window->rows = rw_picture_new_like (picture, capacity, error);
  return window->rows != NULL;
}

void
rw_cli_window_clear (RwCliWindow *window)
{
  rw_row_reader_free (window->reader);
  rw_picture_free (window->rows);
}

gboolean
rw_cli_window_rewind (RwCliWindow *window, const char *path, GError **error)
{
  const RwPicture *rows = window->rows;

  if (window->first == 0)
    return TRUE;
  window->first = window->n_rows = 0;
  rw_row_reader_free (window->reader);
  if (!rw_cli_window_open (window, path, error))
    return FALSE;
  const RwPicture *again = rw_row_reader_get_picture (window->reader);
  if (again->width == rows->width && again->channels == rows->channels &&
      again->depth == rows->depth)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: changed while it was read, expected the same picture "
               "again; try once more",
               path);
  return FALSE;
}

/* Lets go of @n rows, the uppermost: of no more than have to go, since rows
 * above those asked for may be asked for again. */
static void
drop (RwCliWindow *window, int n)
{
  const gsize stride = rw_picture_get_stride (window->rows);
  guint8 *data = window->rows->data;
  const int n_gone = MIN (n, window->n_rows);

  window->first += n_gone;
  window->n_rows -= n_gone;
  memmove (data, data + stride * (gsize) n_gone,
           stride * (gsize) window->n_rows);
}

static gboolean
read_more (RwCliWindow *window, int n, GError **error)
{
  const gsize stride = rw_picture_get_stride (window->rows);

  while (n > 0) {
    const int slice = MIN (n, rw_cli_slice_rows (window->rows));
    guint8 *rows =
        (guint8 *) window->rows->data + stride * (gsize) window->n_rows;
    if ((window->pulse != NULL && !window->pulse (window->data, error)) ||
        !rw_row_reader_read (window->reader, rows, slice, error))
      return FALSE;
    window->n_rows += slice;
    n -= slice;
  }
  return TRUE;
}

const guint8 *
rw_cli_window_get (RwCliWindow *window, int y, int n, GError **error)
{
  g_return_val_if_fail (y >= window->first, NULL);
  g_return_val_if_fail (n <= window->rows->height, NULL);

  while (y + n > window->first + window->n_rows) {
    if (y + n > window->first + window->rows->height)
      drop (window, y + n - window->first - window->rows->height);
    /* rows that nobody asked for have to be read, too */
    const int end = MIN (y + n, window->first + window->rows->height);
    if (!read_more (window, end - window->first - window->n_rows, error))
      return NULL;
  }
  return (const guint8 *) window->rows->data +
         rw_picture_get_stride (window->rows) * (gsize) (y - window->first);
}

const guint8 *
rw_cli_window_peek (const RwCliWindow *window, int y, int n)
{
  if (y < window->first || y + n > window->first + window->n_rows)
    return NULL;
  return (const guint8 *) window->rows->data +
         rw_picture_get_stride (window->rows) * (gsize) (y - window->first);
}

gboolean
rw_cli_window_read (RwCliWindow *window,
                    const RwRect *rect,
                    float *rgba,
                    GError **error)
{
  if (rw_cli_window_get (window, rect->y, rect->height, error) == NULL)
    return FALSE;
  const RwRect inside = { rect->x, rect->y - window->first, rect->width,
                          rect->height };
  rw_picture_get_rgba (window->rows, &inside, rgba);
  return TRUE;
}
