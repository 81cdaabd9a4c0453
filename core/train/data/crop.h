/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A patch of a picture: where it lies and what is done to it, decided from a
 * key before any pixel is needed.
 */
#pragma once

#include "io/picture.h"
#include "train/data/augment.h"

typedef struct {
  int step;       /* picture pixels a patch pixel: 1 or 2 */
  int x, y;       /* corner in the picture */
  guint symmetry; /* of RW_FLIP_X, RW_FLIP_Y, RW_SWAP_AXES */
  float gain;
  const guint8 *order; /* of channels */
} RwCrop;

/* A patch of @side x @side pixels in a picture of @width x @height; where that
 * is smaller, the patch shows its mirror image around it.  A pure function of
 * all arguments. */
RwCrop rw_crop_draw (
    const RwAugment *augment, guint64 key, int width, int height, int side);

/* Moves @rgb, [side][side][3] floats, by @share, 0..1, towards the patch: 1
 * stores it.  Values in [0,1].  @picture: three channels. */
void rw_crop_read (const RwCrop *crop,
                   const RwPicture *picture,
                   int side,
                   float share,
                   float *rgb);
