/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From a file to the RGB pixels of a data set, and those last decoded.
 */
#include "train/data/dataset-private.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/random.h"
#include "io/cifar.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- one picture ------------------------------------------------------- */

gsize
rw_dataset_count_bytes (const RwPicture *info)
{
  return (gsize) info->width * (gsize) info->height * 3 *
         (info->depth > 8 ? 2 : 1);
}

#define DEFINE_TO_RGB(name, type)                                             \
  static void name (type *out, const type *in, gsize n, gsize channels)       \
  {                                                                           \
    const gsize step = channels >= 3 ? 1 : 0;                                 \
    for (gsize i = 0; i < n; i++)                                             \
      for (gsize c = 0; c < 3; c++)                                           \
        out[3 * i + c] = in[channels * i + step * c];                         \
  }
DEFINE_TO_RGB (to_rgb_8, guint8)
DEFINE_TO_RGB (to_rgb_16, guint16)

/* Samples that are no coded values as they stand, by way of floats. */
static gboolean
convert (const RwPicture *from, RwPicture *rgb, GError **error)
{
  const gsize stride = 4 * (gsize) from->width;
  rw_autofree float *row =
      rw_try_alloc (stride, sizeof (float), "a row of a picture", error);

  if (row == NULL)
    return FALSE;
  for (int y = 0; y < from->height; y++) {
    const RwRect rect = { 0, y, from->width, 1 };
    rw_picture_get_rgba (from, &rect, row);
    rw_picture_set_rgba (rgb, &rect, row, stride);
  }
  return TRUE;
}

/* @picture itself when it is RGB of coded values, else a copy that is.
 * (transfer full) both */
static RwPicture *
make_rgb (RwPicture *picture, GError **error)
{
  const gsize n = (gsize) picture->width * (gsize) picture->height;

  const gboolean coded = picture->depth <= 16 && picture->curves == NULL &&
                         !picture->premultiplied;

  if (picture->channels == 3 && coded)
    return picture;
  g_autoptr (RwPicture) from = picture;
  g_autoptr (RwPicture) rgb = rw_picture_new (from->width, from->height, 3,
                                              MIN (from->depth, 16), error);
  if (rgb == NULL || (!coded && !convert (from, rgb, error)))
    return NULL;
  if (!coded)
    return g_steal_pointer (&rgb);
  if (from->depth == 8)
    to_rgb_8 (rgb->data, from->data, n, (gsize) from->channels);
  else
    to_rgb_16 (rgb->data, from->data, n, (gsize) from->channels);
  return g_steal_pointer (&rgb);
}

static RwPicture *
load_rgb (const char *path, GError **error)
{
  RwPicture *picture = rw_picture_load (path, error);

  return picture != NULL ? make_rgb (picture, error) : NULL;
}

/* ---- images ------------------------------------------------------------ */

static gboolean
check_size (const RwPicture *picture,
            const char *path,
            int width,
            int height,
            GError **error)
{
  if (picture->width == width && picture->height == height)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: is %d x %d, expected %d x %d; give pictures of one size",
               path, picture->width, picture->height, width, height);
  return FALSE;
}

gboolean
rw_dataset_image_probe (RwDatasetImage *image,
                        gboolean *mismatched,
                        GError **error)
{
  RwPicture info = { 0 };

  *mismatched = FALSE;
  if (image->record >= 0)
    info = (RwPicture){ .width = RW_CIFAR_SIDE,
                        .height = RW_CIFAR_SIDE,
                        .depth = 8 };
  else if (!rw_picture_probe (image->path, &info, error))
    return FALSE;
  image->width = info.width;
  image->height = info.height;
  image->n_bytes = rw_dataset_count_bytes (&info);
  if (image->partner == NULL)
    return TRUE;
  if (!rw_picture_probe (image->partner, &info, error))
    return FALSE;
  image->n_bytes += rw_dataset_count_bytes (&info);
  *mismatched =
      !check_size (&info, image->partner, image->width, image->height, error);
  return !*mismatched;
}

gboolean
rw_dataset_image_decode (const RwDatasetImage *image,
                         RwDatasetPixels *pixels,
                         GError **error)
{
  pixels->damaged = NULL;
  pixels->clean = image->record >= 0
                      ? rw_cifar_read (image->path, image->record, error)
                      : load_rgb (image->path, error);
  if (pixels->clean != NULL && image->partner != NULL)
    pixels->damaged = load_rgb (image->partner, error);
  if (pixels->clean != NULL &&
      (image->partner == NULL || pixels->damaged != NULL) &&
      check_size (pixels->clean, image->path, image->width, image->height,
                  error) &&
      (image->partner == NULL ||
       check_size (pixels->damaged, image->partner, image->width,
                   image->height, error)))
    return TRUE;
  rw_dataset_pixels_clear (pixels);
  return FALSE;
}

/* XXH3 of the size and the samples, the first half of its 128 bits. */
static guint64
hash_picture (const RwPicture *picture)
{
  const XXH128_hash_t samples =
      XXH3_128bits (picture->data, rw_dataset_count_bytes (picture));
  const guint64 words[] = { (guint64) picture->width,
                            (guint64) picture->height, samples.low64,
                            samples.high64 };

  return XXH3_128bits (words, sizeof words).low64;
}

guint64
rw_dataset_pixels_hash (const RwDatasetPixels *pixels)
{
  const guint64 hash = hash_picture (pixels->clean);

  return pixels->damaged != NULL
             ? rw_random_bits (hash, hash_picture (pixels->damaged))
             : hash;
}
