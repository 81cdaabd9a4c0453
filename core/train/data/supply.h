/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The prefetcher: it supplies the patches of a training.  When all pictures are
 * held in memory, patches are drawn as they are asked for.  Otherwise a thread
 * decodes pictures and draws patches up to a few steps ahead.  A patch depends
 * only on its step and its place, so both ways give the same bytes.
 */
#pragma once

#include "tasks/task.h"
#include "train/data/dataset.h"
#include "train/recipe.h"

typedef struct RwSupply RwSupply;

/* Supplies places @first to @end - 1 of every batch, the share of this process.
 * @task says how much of a picture the damage of a patch takes.  Borrows all
 * arguments.  RW_ERROR_MISMATCH from rw_order_check; _LIMIT when memory for the
 * steps ahead is short or the thread cannot be started. */
RwSupply *rw_supply_new (const RwDataset *dataset,
                         const RwRecipe *recipe,
                         const RwTask *task,
                         int first,
                         int end,
                         GError **error);
void rw_supply_free (RwSupply *supply); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwSupply, rw_supply_free)

/* From now on, before any step, some patches get the noise of a library in
 * place of the task's damage, and take no more than their size. */
void rw_supply_transplant (RwSupply *supply);

/* The key of the noise of patch @place of @step.  FALSE: it gets the task's
 * damage. */
gboolean rw_supply_draw_noise (const RwSupply *supply,
                               guint64 step,
                               int place,
                               guint64 *key);

/* Of the pair of patch @place of @step, see rw_dataset_get_noise_share. */
double
rw_supply_get_noise_share (const RwSupply *supply, guint64 step, int place);

/* Waits until the patches of @step are there.  Steps that follow one another
 * are prepared meanwhile; any other order is allowed and waits longer.  Errors
 * of rw_pixels_cache_get. */
gboolean rw_supply_begin (RwSupply *supply, guint64 step, GError **error);

/* Patch @place of the step begun: [side][side][3] floats in [0,1], side as
 * rw_supply_draw_damage says.  @damaged: of pairs, else it is left alone and
 * may be NULL.  From any thread. */
void rw_supply_get (const RwSupply *supply,
                    int place,
                    float *clean,
                    float *damaged);

/* Draws the damage of patch @place of @step; returns the side of the patch that
 * it takes.  Of pairs no damage is made, and it is the recipe's patch. */
int rw_supply_draw_damage (const RwSupply *supply,
                           guint64 step,
                           int place,
                           RwDamage *damage);
