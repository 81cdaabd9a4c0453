/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which picture serves which patch.
 */
#include "train/data/order.h"

#include "reweave.h"
#include "base/random.h"

#define PATCH_STREAM 0x9a7c4
#define REUSE_STREAM 0x4e05e
#define EPOCH_STREAM 0xe90c4
#define N_ROUNDS 10 /* with 4, orders of few pictures are uneven */

gboolean
rw_order_check (const RwRecipe *recipe, GError **error)
{
  if (recipe->reuse == 1 ||
      (recipe->epochs == 0 && !rw_recipe_takes_whole_set (recipe)))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "reuse is %d, but with epochs or gd each picture comes once in "
               "each pass; set reuse to 1, or epochs to 0 and steps",
               recipe->reuse);
  return FALSE;
}

guint64
rw_order_key (const RwRecipe *recipe, guint64 step, int place)
{
  const guint64 key = rw_random_key (recipe->seed, PATCH_STREAM);
  const guint64 batch = (guint64) recipe->batch;

  return rw_random_key (key, step * batch + (guint64) place);
}

guint32
rw_order_permute (guint64 key, guint32 i, guint32 n)
{
  int half = 1;

  while (half < 16 && ((guint64) 1 << 2 * half) < n)
    half++;
  const guint32 mask = ((guint32) 1 << half) - 1;
  do {
    guint32 left = i >> half, right = i & mask;
    for (guint64 round = 0; round < N_ROUNDS; round++) {
      const guint64 mixed = rw_random_bits (rw_random_key (key, round), right);
      const guint32 next = left ^ ((guint32) (mixed >> 32) & mask);
      left = right;
      right = next;
    }
    i = left << half | right;
  } while (i >= n);
  return i;
}

/* The last batch of an epoch is filled up from the epoch's beginning. */
static int
pick_of_epoch (int n, const RwRecipe *recipe, guint64 step, int place)
{
  const guint64 batch = (guint64) recipe->batch;
  const guint64 n_batches = ((guint64) n + batch - 1) / batch;
  const guint64 key = rw_random_key (
      rw_random_key (recipe->seed, EPOCH_STREAM), step / n_batches);
  const guint64 at = step % n_batches * batch + (guint64) place;

  return (int) rw_order_permute (key, (guint32) (at % (guint64) n),
                                 (guint32) n);
}

int
rw_order_pick (const RwDataset *dataset,
               const RwRecipe *recipe,
               guint64 step,
               int place)
{
  const guint64 reuse = (guint64) recipe->reuse;

  if (recipe->epochs > 0 || rw_recipe_takes_whole_set (recipe))
    return pick_of_epoch (rw_dataset_get_n (dataset), recipe, step, place);
  if (reuse == 1)
    return rw_dataset_pick (
        dataset,
        rw_random_key (rw_order_key (recipe, step, place), RW_DRAW_CROP));
  const guint64 delay = (guint64) place * reuse / (guint64) recipe->batch;
  const guint64 key = rw_random_key (recipe->seed, REUSE_STREAM);
  const guint64 turn = (step + delay) / reuse;

  return rw_dataset_pick (
      dataset, rw_random_key (rw_random_key (key, turn), (guint64) place));
}
