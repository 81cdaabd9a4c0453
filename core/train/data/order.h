/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which picture serves which patch of a training.  There is no state: the
 * answer follows from seed, step and the patch's place in the batch, so a
 * reader may be ahead of the training, and a training may resume anywhere.
 * A step here is a batch: train/gradient.h makes one step of several.
 *
 *   epochs > 0   every picture once an epoch, in an order of that epoch; so
 *                too with an optimiser of the whole set
 *   reuse > 1    a picture keeps its place in the batch for so many steps;
 *                places change hands in turn, evenly over the steps
 *   otherwise    each patch by itself; as with reuse, a picture is as likely
 *                as it is large
 */
#pragma once

#include "train/data/dataset.h"
#include "train/recipe.h"

/* RW_ERROR_MISMATCH when the recipe has reuse and passes over the pictures. */
gboolean rw_order_check (const RwRecipe *recipe, GError **error);

/* The picture of patch @place, 0..batch-1, of @step. */
int rw_order_pick (const RwDataset *dataset,
                   const RwRecipe *recipe,
                   guint64 step,
                   int place);

/* The key of all that is drawn for that patch: patch step * batch + place of
 * the training, however it is cut into batches. */
guint64 rw_order_key (const RwRecipe *recipe, guint64 step, int place);

/* What a patch's key is split into: the second argument of rw_random_key, one
 * for each thing that is drawn.  All are listed here so that no two things
 * draw the same numbers.  A number that is in use never changes, or trainings
 * would. */
typedef enum {
  RW_DRAW_CROP = 0,   /* the picture, and where and how its patch is cut */
  RW_DRAW_DAMAGE = 1, /* the task's */
  /* These two have one number, which is harmless as they are read by different
   * functions: layers take a key for each node of it, the share indices. */
  RW_DRAW_LAYERS = 2,      /* dropout and noise of layers that round */
  RW_DRAW_SHARE = 2,       /* how much of each picture mix-up takes */
  RW_DRAW_SECOND_CROP = 3, /* mix-up's other picture */
  RW_DRAW_TRANSPLANT = 4,  /* noise of a library */
  RW_N_DRAWS               /* the next one's number */
} RwDraw;

/* Where entry @i, 0..n-1, goes in a random order of n things that @key tells:
 * a Feistel network of ten rounds over the next larger even number of bits,
 * walked until it is below n.  Source: Black and Rogaway 2002, "Ciphers with
 * arbitrary finite domains", sections 4 and 5. */
guint32 rw_order_permute (guint64 key, guint32 i, guint32 n);
