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

/* Where entry @i, 0..n-1, goes in a random order of n things that @key tells:
 * a Feistel network of ten rounds over the next larger even number of bits,
 * walked until it is below n.  Source: Black and Rogaway 2002, "Ciphers with
 * arbitrary finite domains", sections 4 and 5. */
guint32 rw_order_permute (guint64 key, guint32 i, guint32 n);
