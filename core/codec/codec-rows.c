/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Rows of a picture, in memory or in a file.
 */
#include "codec/codec-rows.h"
#include "base/alloc.h"
#include "reweave.h"

#include <string.h>

/* Bytes that are read at once: a packer of alpha wants to see each row. */
#define SLICE ((gsize) 1 << 20)

struct RwCodecRows {
  const RwPicture *at; /* the rows at hand: the picture, or the window */
  int first, n;        /* of the picture's, those in it */
  /* of files only */
  char *path;
  RwRowReader *reader;
  RwPicture *window;
  RwRwiAlphaPacker *packer; /* that has seen the first n_packed rows */
  int n_packed;
};

RwCodecRows *
rw_codec_rows_new (const RwPicture *picture)
{
  RwCodecRows *rows = g_new0 (RwCodecRows, 1);

  rows->at = picture;
  rows->n = picture->height;
  return rows;
}

RwCodecRows *
rw_codec_rows_open (const char *path, GError **error)
{
  RwRowReader *reader = rw_row_reader_new (path, error);

  if (reader == NULL)
    return NULL;
  RwCodecRows *rows = g_new0 (RwCodecRows, 1);
  rows->path = g_strdup (path);
  rows->reader = reader;
  return rows;
}

void
rw_codec_rows_free (RwCodecRows *rows)
{
  if (rows == NULL)
    return;
  rw_rwi_alpha_packer_free (rows->packer);
  rw_picture_free (rows->window);
  rw_row_reader_free (rows->reader);
  g_free (rows->path);
  g_free (rows);
}

const RwPicture *
rw_codec_rows_get_picture (const RwCodecRows *rows)
{
  return rows->reader != NULL ? rw_row_reader_get_picture (rows->reader)
                              : rows->at;
}

void
rw_codec_rows_add_notes (const RwCodecRows *rows, GPtrArray *notes)
{
  if (rows->reader != NULL)
    rw_row_add_notes (notes, rw_row_reader_get_notes (rows->reader));
}

gsize
rw_codec_rows_count_bytes (const RwCodecRows *rows, int n)
{
  const RwPicture *picture = rw_codec_rows_get_picture (rows);

  if (rows->reader == NULL)
    return 0;
  return rw_row_reader_get_bytes (rows->reader) +
         rw_picture_get_stride (picture) * (gsize) MIN (n, picture->height);
}

gboolean
rw_codec_rows_reserve (RwCodecRows *rows, int n, GError **error)
{
  const RwPicture *picture = rw_codec_rows_get_picture (rows);

  if (rows->reader == NULL)
    return TRUE;
  rw_picture_free (rows->window);
  rows->window =
      rw_picture_new_like (picture, MIN (n, picture->height), error);
  rows->at = rows->window;
  if (rows->window != NULL && picture->channels % 2 == 0 &&
      rows->packer == NULL)
    rows->packer = rw_rwi_alpha_packer_new (picture, error);
  return rows->window != NULL &&
         (picture->channels % 2 != 0 || rows->packer != NULL);
}

/* ---- files -------------------------------------------------------------- */

static gboolean
rewind_file (RwCodecRows *rows, GError **error)
{
  RwRowReader *again = rw_row_reader_new (rows->path, error);

  if (again == NULL)
    return FALSE;
  const RwPicture *old = rw_row_reader_get_picture (rows->reader);
  const RwPicture *new = rw_row_reader_get_picture (again);
  const gboolean same = new->width == old->width &&new->height ==
                        old->height &&new->channels ==
                        old->channels &&new->depth == old->depth;
  rw_row_reader_free (rows->reader);
  rows->reader = again;
  rows->first = rows->n = 0;
  if (same)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: changed while it was read, expected the same picture "
               "again; try once more",
               rows->path);
  return FALSE;
}

static void
pack (RwCodecRows *rows, int from, int n)
{
  for (int y = from; y < from + n; y++)
    if (rows->packer != NULL && rows->first + y == rows->n_packed) {
      rw_rwi_alpha_packer_add (rows->packer, rows->window, y);
      rows->n_packed++;
    }
}

/* The next @n rows, for which there is room. */
static gboolean
read_more (RwCodecRows *rows, int n, GError **error)
{
  const gsize stride = rw_picture_get_stride (rows->window);

  while (n > 0) {
    const int slice = MIN (n, (int) MAX (SLICE / stride, 1));
    guint8 *to = (guint8 *) rows->window->data + stride * (gsize) rows->n;

    if (!rw_row_reader_read (rows->reader, to, slice, error))
      return FALSE;
    pack (rows, rows->n, slice);
    rows->n += slice;
    n -= slice;
  }
  return TRUE;
}

/* Lets go of what is above row @y. */
static void
drop_above (RwCodecRows *rows, int y)
{
  const gsize stride = rw_picture_get_stride (rows->window);
  guint8 *data = rows->window->data;
  const int n_gone = MIN (y - rows->first, rows->n);

  rows->first += n_gone;
  rows->n -= n_gone;
  memmove (data, data + stride * (gsize) n_gone, stride * (gsize) rows->n);
}

gboolean
rw_codec_rows_need (RwCodecRows *rows, int y, int n, GError **error)
{
  if (rows->reader == NULL)
    return TRUE;
  g_return_val_if_fail (n <= rows->window->height, FALSE);
  if (y < rows->first && !rewind_file (rows, error))
    return FALSE;
  while (y + n > rows->first + rows->n) {
    if (y + n > rows->first + rows->window->height)
      drop_above (rows, y);
    const int end = MIN (y + n, rows->first + rows->window->height);
    if (!read_more (rows, end - rows->first - rows->n, error))
      return FALSE;
  }
  return TRUE;
}

/* ---- pixels ------------------------------------------------------------- */

void
rw_codec_rows_get (const RwCodecRows *rows, int y, int x, int n, float *rgb)
{
  const RwRect part = { x, y - rows->first, n, 1 };
  g_autofree float *rgba = g_new (float, 4 * (gsize) n);

  rw_picture_get_rgba (rows->at, &part, rgba);
  for (int i = 0; i < n; i++)
    for (int c = 0; c < 3; c++)
      rgb[3 * i + c] = rgba[4 * i + c];
}

GByteArray *
rw_codec_rows_pack_alpha (RwCodecRows *rows, GError **error)
{
  if (rows->reader == NULL)
    return rw_rwi_pack_alpha (rows->at, error);
  return rw_rwi_alpha_packer_get (rows->packer);
}
