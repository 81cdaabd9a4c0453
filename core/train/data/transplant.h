/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Noise of a library, put into clean patches.  A patch is covered with windows
 * of its own brightness, mirrored and turned at random, that overlap by 16
 * pixels.  There they are weighted by sine and cosine, so that the variance
 * stays what it was.  Each pixel's noise is scaled as the deviation depends on
 * its own brightness, and that of a patch by a factor of some 20 percent.
 */
#pragma once

#include "tasks/task.h"
#include "train/data/noise-library.h"

/* Share of the patches that get this noise; the others get the task's damage,
 * so that what the weights knew before is not forgotten. */
#define RW_TRANSPLANT_SHARE 0.5f

/* RW_ERROR_MISMATCH unless it is noise that @task undoes. */
gboolean rw_transplant_check (const RwTask *task, GError **error);

/* Whether the patch of @key, rw_order_key, gets it. */
gboolean rw_transplant_is_due (guint64 key);

/* Damages @pair's clean picture, which is filled, and sets values[0] of
 * @damage to the deviation that came out: of Y, or as the task compares.  What
 * else there is in @damage stays.  The input is rounded to 8 bits.  A pure
 * function of its arguments. */
void rw_transplant (const RwNoiseLibrary *library,
                    const RwTask *task,
                    guint64 key,
                    RwPair *pair,
                    RwDamage *damage);
