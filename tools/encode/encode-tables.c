/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Entropy tables from a set of pictures.
 */
#include "encode/encode-tables.h"

#include "codec/codec.h"
#include "train/data/dataset.h"

#include <string.h>

/* Of each picture no more than this is looked at: latents of all are held. */
#define MAX_SIDE 512

static RwPicture *
crop (const RwPicture *from, GError **error)
{
  const int width = MIN (from->width, MAX_SIDE);
  const int height = MIN (from->height, MAX_SIDE);
  const gsize pixel =
      rw_picture_get_stride (from) / (gsize) from->width; /* bytes */
  const gsize left = pixel * (gsize) ((from->width - width) / 2);
  const int top = (from->height - height) / 2;
  RwPicture *to = rw_picture_new_sized (from, width, height, error);

  for (int y = 0; to && y < height; y++)
    memcpy ((guint8 *) to->data + (gsize) y * rw_picture_get_stride (to),
            (const guint8 *) from->data +
                (gsize) (top + y) * rw_picture_get_stride (from) + left,
            rw_picture_get_stride (to));
  return to;
}

gboolean
rw_cli_add_tables (RwWeights *weights,
                   const char *name,
                   const char *data,
                   GError **error)
{
  g_autoptr (RwDataset) dataset =
      rw_dataset_load (data, &(RwDatasetOptions){ 0 }, NULL, error);
  g_autoptr (GPtrArray) pictures =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_picture_free);

  for (int i = 0; dataset && i < rw_dataset_get_n (dataset); i++) {
    RwPicture *part = crop (rw_dataset_get_picture (dataset, i), error);
    if (!part)
      return FALSE;
    g_ptr_array_add (pictures, part);
  }
  return dataset && rw_codec_add_tables (weights, name, pictures, error);
}
