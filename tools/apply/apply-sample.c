/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the level of a picture is measured from.
 */
#include "apply/apply-sample.h"

#include "restore/blocks.h"
#include "restore/measure.h"

#include <string.h>

/* 64 patches of 48 x 48 as three floats a pixel, and what is made of them. */
#define MEASURE_BYTES ((gsize) 8 << 20)

struct RwCliSample {
  const RwPicture *picture; /* size and kind */
  GArray *places;           /* (element-type RwRect) */
  GPtrArray *patches;       /* (element-type RwPicture) */
};

static void
free_picture (gpointer data)
{
  rw_picture_free (data);
}

static RwRect
get_bounds (const RwPicture *picture)
{
  return (RwRect){ 0, 0, picture->width, picture->height };
}

static const RwRect *
get_place (const RwCliSample *sample, guint i)
{
  return &g_array_index (sample->places, RwRect, i);
}

RwCliSample *
rw_cli_sample_new (const RwPicture *picture, GError **error)
{
  const RwRect bounds = get_bounds (picture);
  g_autoptr (RwCliSample) sample = g_new (RwCliSample, 1);

  *sample = (RwCliSample){ .picture = picture,
                           .places = rw_level_list_patches (&bounds),
                           .patches =
                               g_ptr_array_new_with_free_func (free_picture) };
  for (guint i = 0; i < sample->places->len; i++) {
    const RwRect *place = get_place (sample, i);
    RwPicture *patch = rw_picture_new (
        place->width, place->height, picture->channels, picture->depth, error);
    if (patch == NULL)
      return NULL;
    patch->premultiplied = picture->premultiplied;
    patch->curves = rw_curves_ref (picture->curves);
    g_ptr_array_add (sample->patches, patch);
  }
  return g_steal_pointer (&sample);
}

void
rw_cli_sample_free (RwCliSample *sample)
{
  if (sample == NULL)
    return;
  g_array_unref (sample->places);
  g_ptr_array_unref (sample->patches);
  g_free (sample);
}

gsize
rw_cli_sample_count_bytes (const RwPicture *picture)
{
  const RwRect bounds = get_bounds (picture);
  g_autoptr (GArray) places = rw_level_list_patches (&bounds);
  const gsize pixel = (gsize) picture->channels * (gsize) picture->depth / 8;
  gsize n_bytes = MEASURE_BYTES;

  for (guint i = 0; i < places->len; i++) {
    const RwRect *place = &g_array_index (places, RwRect, i);
    n_bytes += (gsize) place->width * (gsize) place->height * pixel;
  }
  return n_bytes;
}

void
rw_cli_sample_add (RwCliSample *sample, const guint8 *rows, int y, int n)
{
  const gsize stride = rw_picture_get_stride (sample->picture);
  const gsize pixel = stride / (gsize) sample->picture->width;
  const RwRect passing = { 0, y, sample->picture->width, n };

  for (guint i = 0; i < sample->places->len; i++) {
    const RwRect *place = get_place (sample, i);
    const RwRect part = rw_rect_intersect (place, &passing);
    const RwPicture *patch = g_ptr_array_index (sample->patches, i);
    const gsize bytes = rw_picture_get_stride (patch);
    for (int row = part.y; row < part.y + part.height; row++)
      memcpy ((guint8 *) patch->data + bytes * (gsize) (row - place->y),
              rows + stride * (gsize) (row - y) + pixel * (gsize) place->x,
              bytes);
  }
}

/* Only what rw_level_list_patches lists is asked for; anything else would be a
 * fault of ours, and is reported rather than measured wrongly. */
static gboolean
read_patch (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const RwCliSample *sample = data;
  const RwRect whole = { 0, 0, rect->width, rect->height };

  for (guint i = 0; i < sample->places->len; i++)
    if (memcmp (get_place (sample, i), rect, sizeof *rect) == 0) {
      rw_picture_get_rgba (g_ptr_array_index (sample->patches, i), &whole,
                           rgba);
      return TRUE;
    }
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "the part %d,%d %dx%d of the picture was not kept, expected one "
      "of %u parts that measure the level; give --level, and report "
      "this as a fault",
      rect->x, rect->y, rect->width, rect->height, sample->places->len);
  return FALSE;
}

gboolean
rw_cli_sample_measure (RwCliSample *sample,
                       const RwModel *model,
                       double *value,
                       GError **error)
{
  const RwJob job = { .bounds = get_bounds (sample->picture),
                      .read = read_patch,
                      .data = sample };

  return rw_job_measure (model, &job, value, error);
}
