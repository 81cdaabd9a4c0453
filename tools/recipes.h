/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finding recipes and nets by path or by name.
 */
#pragma once

#include "nets/net.h"
#include "tasks/task.h"
#include "train/recipe.h"

/* The recipe that @name means: a file, or a name like "white-noise-s", looked up
 * in weights/recipes, the user's and the system's data folders, and last in
 * the weight file of that name, which keeps its recipe.  NULL: the task's
 * default. (transfer full) */
RwRecipe *
rw_cli_find_recipe (const RwTask *task, const char *name, GError **error);

/* Paths of all recipes that names are looked up among, sorted; those found
 * first hide later ones of the same name.  (transfer full), g_strfreev. */
char **rw_cli_list_recipes (void);

/* "white-noise-s" of ".../white-noise-s.ini".  (transfer full) */
char *rw_cli_get_stem (const char *path);

/* The text of a net in a file: a weight file, a recipe (.ini) or the text
 * itself.  (transfer full) */
char *rw_cli_load_net_text (const char *path, GError **error);

/* The net's text in the weights called @name, a path or a name, and in a
 * checkpoint.  (transfer full) */
char *rw_cli_net_of_weights (const char *name, GError **error);
char *rw_cli_net_of_checkpoint (const char *path, GError **error);

/* The recipe in the metadata of the weights called @name, and of a checkpoint:
 * that of their training, the net with it.  (transfer full) */
RwRecipe *rw_cli_recipe_of_weights (const char *name, GError **error);
RwRecipe *rw_cli_recipe_of_checkpoint (const char *path, GError **error);
