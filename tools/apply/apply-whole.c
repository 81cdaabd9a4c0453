/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture that becomes larger, is mended where a mask says, or becomes a
 * mask: all are held in memory, and read and written only by the core.
 */
#include "apply/apply-mend.h"

#include "io/picture.h"

#include <string.h>

typedef struct {
  const RwCliMending *mending;
  const RwPicture *from, *mask; /* mask: NULL, or of from's size */
  RwPicture *to;
  double begin, share; /* of the time, what is gone and what this takes */
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

  return rw_cli_mend_report (passage->mending,
                             passage->begin + passage->share * fraction, NULL);
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

/* ---- marks -------------------------------------------------------------- */

/* What @finder finds in @from, white: a grey picture, (transfer full). */
static RwPicture *
find_marks (RwCliMending *mending,
            RwModel *finder,
            const RwPicture *from,
            double share,
            GError **error)
{
  Passage passage = {
    .mending = mending, .from = from, .begin = 0.1, .share = share
  };
  const RwRect whole = { 0, 0, from->width, from->height };
  const RwJob job = { .bounds = whole,
                      .roi = whole,
                      .read = read_pixels,
                      .progress = progress,
                      .data = &passage };
  const RwSettings settings = { .grey = from->channels <= 2,
                                .memory = mending->memory };
  g_autoptr (RwPicture) mask =
      rw_picture_new (from->width, from->height, 1, 8, error);

  if (mask == NULL || !rw_marks_find (finder, &settings, &job, mask->data,
                                      &mending->found, error))
    return NULL;
  return g_steal_pointer (&mask);
}

/* The mask is the result, of no colour space: its numbers count. */
static gboolean
mend_to_mask (RwCliMending *mending, const RwPicture *from, GError **error)
{
  const RwRowOptions options = { .quality = mending->quality };

  mending->n_pixels = (double) from->width * from->height;
  g_autoptr (RwPicture) mask =
      find_marks (mending, mending->model, from, 0.8, error);
  return mask != NULL && rw_cli_mend_report (mending, 0.9, error) &&
         rw_row_save (mask, mending->out, &options, mending->notes, error);
}

/* (transfer full): the file's, or what is found, or NULL without error where a
 * task has none. */
static RwPicture *
get_mask (RwCliMending *mending, const RwPicture *from, GError **error)
{
  if (mending->mask != NULL)
    return load_mask (mending->mask, from, error);
  if (mending->finder == NULL)
    return NULL;
  g_autoptr (RwPicture) mask =
      find_marks (mending, mending->finder, from, 0.4, error);
  if (mask == NULL || !(mending->found > RW_MARKS_SHARE_MAX))
    return g_steal_pointer (&mask);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%.0f %% of it looks like scratches and dust, expected at most "
               "%.0f; give a --mask that is white where the picture is to be "
               "made up",
               100 * mending->found, 100 * RW_MARKS_SHARE_MAX);
  return NULL;
}

/* ---- all ---------------------------------------------------------------- */

gboolean
rw_cli_mend_is_whole (const RwCliMending *mending)
{
  const RwTaskInfo *info = rw_model_get_task (mending->model);

  return info->scale > 1 || info->mask != RW_MASK_NONE || info->finds;
}

/* Where nothing is to be made up the samples stay, whatever curves they have
 * gone through. */
static gboolean
restore (RwCliMending *mending,
         const RwPicture *from,
         const RwPicture *mask,
         RwPicture *to,
         GError **error)
{
  const gboolean searched = mending->finder != NULL;
  Passage passage = { .mending = mending,
                      .from = from,
                      .mask = mask,
                      .to = to,
                      .begin = searched ? 0.5 : 0.1,
                      .share = searched ? 0.4 : 0.8 };
  const RwJob job = { .bounds = { 0, 0, from->width, from->height },
                      .roi = { 0, 0, to->width, to->height },
                      .read = read_pixels,
                      .read_mask = mask != NULL ? read_mask : NULL,
                      .write = write_pixels,
                      .progress = progress,
                      .data = &passage };

  if (searched && mending->found == 0) {
    memcpy (to->data, from->data,
            rw_picture_get_stride (from) * (gsize) from->height);
    return TRUE;
  }
  mending->settings.grey = from->channels <= 2;
  mending->settings.memory = mending->memory;
  return rw_restore (mending->model, &mending->settings, &job, error);
}

gboolean
rw_cli_mend_whole (RwCliMending *mending, GError **error)
{
  const RwTaskInfo *info = rw_model_get_task (mending->model);
  g_autoptr (RwPicture) from =
      rw_row_load (mending->in, mending->notes, error);
  const RwRowOptions options = { .quality = mending->quality, .before = from };
  g_autoptr (GError) failure = NULL;

  if (from == NULL)
    return FALSE;
  if (info->finds)
    return mend_to_mask (mending, from, error);
  mending->n_pixels =
      (double) from->width * from->height * info->scale * info->scale;
  g_autoptr (RwPicture) mask = get_mask (mending, from, &failure);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  g_autoptr (RwPicture) to = rw_picture_new_sized (
      from, info->scale * from->width, info->scale * from->height, error);
  return to != NULL && restore (mending, from, mask, to, error) &&
         rw_cli_mend_report (mending, 0.9, error) &&
         (!mending->difference || rw_cli_difference_put_pictures (
                                      mending->difference, from, to, error)) &&
         rw_row_save (to, mending->out, &options, mending->notes, error);
}
