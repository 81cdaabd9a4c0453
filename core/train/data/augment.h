/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Augmentation: what is done to a patch so that a net sees more variety.
 * Every choice is a pure function of the patch's key, and both pictures of a
 * pair get the same.
 */
#pragma once

#include "train/recipe.h"

/* The keys of a recipe that bear these names. */
typedef struct {
  gboolean flip;      /* mirrored at random */
  gboolean turn;      /* by quarter turns at random; with flip all of the
                         square's 8 symmetries are equally likely */
  float scale;        /* share taken from the half-size picture, 2 x 2 means */
  float exposure;     /* share whose colours are multiplied by a gain, drawn
                         evenly from exposure_low..exposure_high, and cut at 1 */
  float exposure_low; /* 0..4 */
  float exposure_high;
  float permute; /* share whose channels are put in a random order */
  double mixup;  /* 0: none; else 0..2, see below */
} RwAugment;

RwAugment rw_augment_get (const RwRecipe *recipe);

/* Bits of a symmetry: mirror left and right, top and bottom, swap the axes,
 * in this order as a reader of the result undoes them. */
enum { RW_FLIP_X = 1, RW_FLIP_Y = 2, RW_SWAP_AXES = 4 };

/* The symmetry that @draw, 0..7, chooses. */
guint rw_augment_symmetry (const RwAugment *augment, guint draw);

/* The share of the first of two patches that are mixed: of the distribution
 * Beta (mixup, mixup), by Jöhnk's rejection.  A pure function of @key.
 * Source: Zhang, Cisse, Dauphin and Lopez-Paz 2018, "mixup", section 2; Jöhnk
 * 1964. */
float rw_augment_share (const RwAugment *augment, guint64 key);
