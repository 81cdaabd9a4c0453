/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Restored rows on their way into a file.
 */
#include "apply/apply-strips.h"

typedef struct {
  RwPicture *rows;
  gint64 n_missing; /* pixels */
} Strip;

static void
free_strip (gpointer data)
{
  Strip *strip = data;

  rw_picture_free (strip->rows);
  g_free (strip);
}

void
rw_cli_strips_clear (RwCliStrips *strips)
{
  g_queue_clear_full (&strips->strips, free_strip);
}

/* The rows of a strip are still in the window when it is written: nothing has
 * been read for the next one. */
static gboolean
put_difference (
    RwCliStrips *strips, int y, const guint8 *rows, int n, GError **error)
{
  if (strips->difference == NULL)
    return TRUE;
  const guint8 *before = rw_cli_window_peek (strips->window, y, n);
  g_return_val_if_fail (before != NULL, FALSE);
  return rw_cli_difference_put_samples (strips->difference, strips->kind,
                                        before, rows, n, error);
}

gboolean
rw_cli_strips_put (RwCliStrips *strips,
                   const guint8 *rows,
                   int n,
                   GError **error)
{
  const gsize stride = rw_picture_get_stride (strips->kind);
  const int slice = rw_cli_slice_rows (strips->kind);

  for (int y = 0; y < n; y += slice) {
    const int n_rows = MIN (n - y, slice);
    if ((strips->pulse != NULL && !strips->pulse (strips->data, error)) ||
        !put_difference (strips, strips->n_written + y,
                         rows + stride * (gsize) y, n_rows, error) ||
        !rw_row_writer_write (strips->writer, rows + stride * (gsize) y,
                              n_rows, error))
      return FALSE;
  }
  strips->n_written += n;
  return TRUE;
}

/* The strip of row @y, made if it is not there. */
static Strip *
get_strip (RwCliStrips *strips, int y, GError **error)
{
  const guint place = (guint) ((y - strips->n_written) / strips->height);

  for (guint i = g_queue_get_length (&strips->strips); i <= place; i++) {
    const int top = strips->n_written + (int) i * strips->height;
    const int height = MIN (strips->height, strips->kind->height - top);
    RwPicture *rows = rw_picture_new_like (strips->kind, height, error);
    if (rows == NULL)
      return NULL;
    Strip *strip = g_new (Strip, 1);
    *strip =
        (Strip){ .rows = rows, .n_missing = (gint64) rows->width * height };
    g_queue_push_tail (&strips->strips, strip);
  }
  return g_queue_peek_nth (&strips->strips, place);
}

/* Writes the uppermost strips as far as they are whole. */
static gboolean
put_whole (RwCliStrips *strips, GError **error)
{
  Strip *strip;

  while ((strip = g_queue_peek_head (&strips->strips)) != NULL &&
         strip->n_missing == 0) {
    if (!rw_cli_strips_put (strips, strip->rows->data, strip->rows->height,
                            error))
      return FALSE;
    free_strip (g_queue_pop_head (&strips->strips));
  }
  return TRUE;
}

gboolean
rw_cli_strips_write (RwCliStrips *strips,
                     const RwRect *rect,
                     const float *rgba,
                     gsize stride,
                     GError **error)
{
  for (int y = rect->y; y < rect->y + rect->height;) {
    Strip *strip = get_strip (strips, y, error);
    if (strip == NULL)
      return FALSE;
    const int row = (y - strips->n_written) % strips->height;
    const RwRect part = { rect->x, row, rect->width,
                          MIN (rect->y + rect->height - y,
                               strip->rows->height - row) };
    rw_picture_set_rgba (strip->rows, &part,
                         rgba + stride * (gsize) (y - rect->y), stride);
    strip->n_missing -= (gint64) part.width * part.height;
    y += part.height;
  }
  return put_whole (strips, error);
}
