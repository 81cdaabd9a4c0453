/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests of data sets: picture files whose pixels tell their place.
 */
#pragma once

#include "train/data/dataset.h"

#include "scratch.h"

enum { SEED = 16 };

/* Red is x, green y, blue 0, in steps of @scale: a patch tells its place. */
static inline RwPicture *
make_ramp (int width, int height, int channels, int depth)
{
  RwPicture *picture = rw_picture_new (width, height, channels, depth, NULL);

  g_assert_nonnull (picture);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < channels; c++) {
        const int values[4] = { channels < 3 ? x + y : x,
                                channels < 3 ? 255 : y, 0, 7 };
        const int at = (y * width + x) * channels + c;
        if (depth == 8)
          ((guint8 *) picture->data)[at] = (guint8) values[c];
        else
          ((guint16 *) picture->data)[at] = (guint16) (257 * values[c]);
      }
  return picture;
}

static inline void
save_ramp (const Scratch *scratch,
           const char *name,
           int width,
           int height,
           int channels,
           int depth)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch_path (scratch, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (RwPicture) picture = make_ramp (width, height, channels, depth);

  g_mkdir_with_parents (folder, 0700);
  g_assert_true (rw_picture_save (picture, path, 95, &error));
  g_assert_no_error (error);
}

static inline void
save_text (const Scratch *scratch, const char *name, const char *text)
{
  g_autofree char *path = scratch_path (scratch, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static inline RwDataset *
load (const char *path, int min_side, RwDatasetReport *report, GError **error)
{
  return rw_dataset_load (
      path, &(RwDatasetOptions){ .min_side = min_side, .seed = SEED }, report,
      error);
}
