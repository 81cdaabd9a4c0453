/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The nets that reweave bench measures.
 */
#pragma once

#include "nets/net.h"
#include "train/recipe.h"

/* The net that @name means: a built-in net, a weight file, a recipe or a net's
 * text, by path or name.  (transfer full) */
RwNet *rw_bench_load_net (const char *name, GError **error);

/* How it is trained: by the recipe that @name means, by path or name, or that
 * a weight file of that name has, else by the defaults with 16 patches of
 * 64 x 64.  (transfer full) */
RwRecipe *rw_bench_load_recipe (const char *name);
