/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A patch of a picture.
 */
#include "train/data/crop.h"

#include "base/random.h"
#include "tasks/sample.h"

/* Indices into a patch's key, one a decision.  The first is its picture's. */
enum {
  DRAW_PICTURE,
  DRAW_HALF,
  DRAW_X,
  DRAW_Y,
  DRAW_SYMMETRY,
  DRAW_GAINED,
  DRAW_GAIN,
  DRAW_PERMUTED,
  DRAW_PERMUTATION,
};

/* Where @span of @length pixels begin. */
static int
draw_corner (guint64 key, guint64 index, int length, int span)
{
  return length < span ? (length - span) / 2
                       : (int) rw_random_below (key, index,
                                                (guint32) (length - span + 1));
}

RwCrop
rw_crop_draw (
    const RwAugment *augment, guint64 key, int width, int height, int side)
{
  static const guint8 orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                       { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  const float low = augment->exposure_low, high = augment->exposure_high;
  RwCrop crop = { .step = 1, .gain = 1, .order = orders[0] };

  if (MIN (width, height) >= 2 * side &&
      rw_random_uniform (key, DRAW_HALF) < augment->scale)
    crop.step = 2;
  const int span = crop.step * side;
  crop.x = draw_corner (key, DRAW_X, width, span);
  crop.y = draw_corner (key, DRAW_Y, height, span);
  crop.symmetry =
      rw_augment_symmetry (augment, rw_random_below (key, DRAW_SYMMETRY, 8));
  if (rw_random_uniform (key, DRAW_GAINED) < augment->exposure)
    crop.gain = low + (high - low) * rw_random_uniform (key, DRAW_GAIN);
  if (rw_random_uniform (key, DRAW_PERMUTED) < augment->permute)
    crop.order = orders[rw_random_below (key, DRAW_PERMUTATION, 6)];
  return crop;
}

/* Channel @c of the patch pixel whose corner in the picture is (x, y); in
 * [0,1] before the gain. */
static float
read_value (const RwCrop *crop, const RwPicture *picture, int x, int y, int c)
{
  const gsize row = 3 * (gsize) picture->width;
  const gsize at = (gsize) y * row + 3 * (gsize) x + (gsize) c;
  const float scale = 1.0f / (float) rw_picture_get_peak (picture);

  if (crop->step == 1)
    return scale * (float) rw_picture_get_sample (picture, at);
  return 0.25f * scale *
         (float) (rw_picture_get_sample (picture, at) +
                  rw_picture_get_sample (picture, at + 3) +
                  rw_picture_get_sample (picture, at + row) +
                  rw_picture_get_sample (picture, at + row + 3));
}

void
rw_crop_read (const RwCrop *crop,
              const RwPicture *picture,
              int side,
              float share,
              float *rgb)
{
  const gboolean swap = (crop->symmetry & RW_SWAP_AXES) != 0;

  for (int y = 0; y < side; y++) {
    for (int x = 0; x < side; x++) {
      const int u = crop->symmetry & RW_FLIP_X ? side - 1 - x : x;
      const int v = crop->symmetry & RW_FLIP_Y ? side - 1 - y : y;
      const int px =
          rw_mirror (crop->x + crop->step * (swap ? v : u), picture->width);
      const int py =
          rw_mirror (crop->y + crop->step * (swap ? u : v), picture->height);
      for (int c = 0; c < 3; c++, rgb++) {
        const float value =
            MIN (1.0f, crop->gain *
                           read_value (crop, picture, px, py, crop->order[c]));
        *rgb = share == 1 ? value : *rgb + share * (value - *rgb);
      }
    }
  }
}
