/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a pruned net is trained.
 */
#pragma once

#include "tasks/task.h"
#include "train/recipe.h"
#include "weights/weights.h"

/* The recipe of @parent, as far as its file has one, for @steps steps that go
 * on from where it ended, at the rate @lr, or NULL: 3e-4.  Its loss names no
 * teacher.  (transfer full); RW_ERROR_FORMAT for a bad rate. */
RwRecipe *rw_cli_prune_recipe (const RwWeights *parent,
                               const RwTask *task,
                               guint64 steps,
                               const char *lr,
                               GError **error);
