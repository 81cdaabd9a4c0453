/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How a pruned net is trained.
 */
#include "shrink-recipe.h"

#include <string.h>

#define DEFAULT_LR "3e-4"

static gboolean
set_all (RwRecipe *recipe, const RwTask *task, const char *lr, GError **error)
{
  const struct {
    const char *key, *value;
  } values[] = { { "task", task->info.name }, { "lr", lr ? lr : DEFAULT_LR },
                 { "schedule", "cosine" },    { "freeze", "" },
                 { "quantise", "none" },      { "store", "f32" } };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (!rw_recipe_set (recipe, values[i].key, values[i].value, error))
      return FALSE;
  if (rw_recipe_takes_whole_set (recipe) &&
      !rw_recipe_set (recipe, "optimizer", "adamw", error))
    return FALSE;
  return !strstr (recipe->loss, "(teacher)") ||
         rw_recipe_set (recipe, "loss", "charbonnier", error);
}

RwRecipe *
rw_cli_prune_recipe (const RwWeights *parent,
                     const RwTask *task,
                     guint64 steps,
                     const char *lr,
                     GError **error)
{
  const char *text = g_hash_table_lookup (parent->metadata, "recipe");
  g_autoptr (RwRecipe) recipe =
      text ? rw_recipe_parse (text, "recipe", NULL) : NULL;
  const int align = rw_net_get_align (parent->net) * task->info.scale;
  int width, height;

  if (!recipe)
    recipe = rw_recipe_new ();
  recipe->steps = MAX (steps, 1);
  recipe->epochs = recipe->validate_every = recipe->patience = 0;
  recipe->warmup = steps / 20;
  rw_recipe_set (recipe, "patch_later", "", NULL);
  recipe->patch = (recipe->patch + align - 1) / align * align;
  if (rw_net_get_size (parent->net, &width, &height))
    recipe->patch = width;
  return set_all (recipe, task, lr, error) ? g_steal_pointer (&recipe) : NULL;
}
