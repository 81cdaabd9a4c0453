/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture that becomes larger, is mended where a mask says or marks are, or
 * becomes a mask: all are held in memory, and read and written only by the
 * core.
 */
#include "apply/apply-mend.h"

#include "io/picture.h"

#include <string.h>

typedef struct {
  const RwCliMending *mending;
  const RwPicture *from, *mask; /* mask: NULL, or of from's size */
  RwPicture *to;
} Passage;

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  rw_picture_get_rgba (((Passage *) data)->from, rect, rgba);
  return TRUE;
}

/* White is to be made up. */
static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const RwPicture *picture = ((Passage *) data)->mask;
  g_autofree float *row = g_new (float, 4 * (gsize) rect->width);

  for (int y = rect->y; y < rect->y + rect->height; y++) {
    rw_picture_get_rgba (picture, &(RwRect){ rect->x, y, rect->width, 1 },
                         row);
    for (int x = 0; x < rect->width; x++)
      *mask++ =
          row[4 * x + 3] * (0.299f * row[4 * x] + 0.587f * row[4 * x + 1] +
                            0.114f * row[4 * x + 2]);
  }
  return TRUE;
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  rw_picture_set_rgba (((Passage *) data)->to, rect, rgba, stride);
  return TRUE;
}

static gboolean
progress (gpointer data, double fraction)
{
  const Passage *passage = data;

  return rw_cli_mend_report (passage->mending, 0.1 + 0.8 * fraction, NULL);
}

/* (transfer full), of @from's size; the error names the file. */
static RwPicture *
load_mask (const char *path, const RwPicture *from, GError **error)
{
  g_autoptr (RwPicture) mask = rw_picture_load (path, error);

  if (mask == NULL ||
      (mask->width == from->width && mask->height == from->height))
    return g_steal_pointer (&mask);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is %d x %d, expected a mask of %d x %d as the picture is; "
               "white in it is what is made up",
               path, mask->width, mask->height, from->width, from->height);
  return NULL;
}

/* ---- all ---------------------------------------------------------------- */

/* The mask is the result, of no colour space: its numbers count. */
static gboolean
mend_to_mask (RwCliMending *mending, const RwPicture *from, GError **error)
{
  const RwRowOptions options = { .quality = mending->quality };
  const RwRect whole = { 0, 0, from->width, from->height };
  Passage passage = { .mending = mending, .from = from };
  const RwJob job = { .bounds = whole,
                      .roi = whole,
                      .read = read_pixels,
                      .progress = progress,
                      .data = &passage };
  const RwSettings settings = { .marks = mending->settings.marks,
                                .grey = from->channels <= 2,
                                .memory = mending->memory };
  g_autoptr (RwPicture) mask =
      rw_picture_new (from->width, from->height, 1, 8, error);

  mending->n_pixels = (double) from->width * from->height;
  return mask != NULL &&
         rw_marks_find (mending->model, &settings, &job, mask->data,
                        &mending->found, error) &&
         rw_cli_mend_report (mending, 0.9, error) &&
         rw_row_save (mask, mending->out, &options, mending->notes, error);
}

gboolean
rw_cli_mend_is_whole (const RwCliMending *mending)
{
  const RwTaskInfo *info = rw_model_get_task (mending->model);

  return info->scale > 1 || info->mask != RW_MASK_NONE || info->finds;
}

static gboolean
restore (RwCliMending *mending,
         const RwPicture *from,
         const RwPicture *mask,
         RwPicture *to,
         GError **error)
{
  Passage passage = {
    .mending = mending, .from = from, .mask = mask, .to = to
  };
  const RwJob job = { .bounds = { 0, 0, from->width, from->height },
                      .roi = { 0, 0, to->width, to->height },
                      .read = read_pixels,
                      .read_mask = mask != NULL ? read_mask : NULL,
                      .write = write_pixels,
                      .progress = progress,
                      .data = &passage,
                      .found = &mending->found };

  mending->settings.grey = from->channels <= 2;
  mending->settings.memory = mending->memory;
  if (!rw_restore (mending->model, &mending->settings, &job, error))
    return FALSE;
  /* Where nothing is made up the samples stay, whatever curves they have gone
   * through. */
  if (mending->found == 0 && job.read_mask == NULL &&
      rw_model_get_task (mending->model)->mask != RW_MASK_NONE)
    memcpy (to->data, from->data,
            rw_picture_get_stride (from) * (gsize) from->height);
  return TRUE;
}

gboolean
rw_cli_mend_whole (RwCliMending *mending, GError **error)
{
  const RwTaskInfo *info = rw_model_get_task (mending->model);
  g_autoptr (RwPicture) from =
      rw_row_load (mending->in, mending->notes, error);
  const RwRowOptions options = { .quality = mending->quality, .before = from };

  if (from == NULL)
    return FALSE;
  if (info->finds)
    return mend_to_mask (mending, from, error);
  mending->n_pixels =
      (double) from->width * from->height * info->scale * info->scale;
  g_autoptr (RwPicture) mask =
      mending->mask != NULL ? load_mask (mending->mask, from, error) : NULL;
  if (mending->mask != NULL && mask == NULL)
    return FALSE;
  g_autoptr (RwPicture) to = rw_picture_new_sized (
      from, info->scale * from->width, info->scale * from->height, error);
  return to != NULL && restore (mending, from, mask, to, error) &&
         rw_cli_mend_report (mending, 0.9, error) &&
         (!mending->difference || rw_cli_difference_put_pictures (
                                      mending->difference, from, to, error)) &&
         rw_row_save (to, mending->out, &options, mending->notes, error);
}
