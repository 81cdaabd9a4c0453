/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The nets that reweave bench measures: two fixed ones to compare machines and
 * versions by, and whatever is named.
 */
#include "bench/bench-nets.h"

#include "cli/cli.h"
#include "recipes.h"
#include "reweave.h"

#include <string.h>

/* Of what has no recipe. */
#define BATCH 16
#define PATCH 64

/* Two 3x3 convolutions a level, max-pooling, nearest upsampling and concat:
 * the U-Net that most denoisers are variations of. */
static const char net_a[] = "input rgb\n"
                            "unshuffle 2\n"
                            "conv 32 | relu | conv 32 | relu -> a\n"
                            "max-pool | conv 48 | relu | conv 48 | relu -> b\n"
                            "max-pool | conv 64 | relu | conv 64 | relu -> c\n"
                            "max-pool | conv 96 | relu | conv 96 | relu\n"
                            "upsample | concat c\n"
                            "conv 64 | relu | conv 64 | relu\n"
                            "upsample | concat b\n"
                            "conv 48 | relu | conv 48 | relu\n"
                            "upsample | concat a\n"
                            "conv 32 | relu | conv 32 | relu\n"
                            "conv 12 | shuffle 2\n";

static const char net_b[] = "input rgb\n"
                            "unshuffle 2\n"
                            "conv 48 | relu | conv 48 | relu -> a\n"
                            "max-pool | conv 64 | relu | conv 64 | relu -> b\n"
                            "max-pool | conv 96 | relu | conv 96 | relu -> c\n"
                            "max-pool | conv 128 | relu | conv 128 | relu\n"
                            "upsample | concat c\n"
                            "conv 96 | relu | conv 96 | relu\n"
                            "upsample | concat b\n"
                            "conv 64 | relu | conv 64 | relu\n"
                            "upsample | concat a\n"
                            "conv 48 | relu | conv 48 | relu\n"
                            "conv 12 | shuffle 2\n";

static const char *const names[] = { "net-a", "net-b", NULL };
static const char *const texts[] = { net_a, net_b };

/* The text of net-a or net-b, or NULL. */
static const char *
built_in (const char *name)
{
  for (int i = 0; names[i]; i++)
    if (strcmp (name, names[i]) == 0)
      return texts[i];
  return NULL;
}

/* (transfer full) */
static char *
find_text (const char *name, GError **error)
{
  const RwTask *task = rw_task_get (rw_task_list ()[0]);

  if (built_in (name))
    return g_strdup (built_in (name));
  if (g_file_test (name, G_FILE_TEST_IS_REGULAR))
    return rw_cli_load_net_text (name, error);
  g_autoptr (RwModel) model = rw_model_load (NULL, name, NULL);
  if (model)
    return g_strdup (rw_model_get_metadata (model, "net"));
  g_autoptr (RwRecipe) recipe = rw_cli_find_recipe (task, name, NULL);
  if (recipe)
    return g_strdup (recipe->net);
  g_set_error (
      error, RW_ERROR, RW_ERROR_IO,
      "%s: no such net, expected net-a, net-b, the name of weights or "
      "of a recipe, or a file; see reweave help bench",
      name);
  return NULL;
}

RwNet *
rw_bench_load_net (const char *name, GError **error)
{
  g_autofree char *text = find_text (name, error);
  RwNet *net = text ? rw_net_parse (text, error) : NULL;

  if (text && !net)
    g_prefix_error (error, "%s: ", name);
  return net;
}

RwRecipe *
rw_bench_load_recipe (const char *name)
{
  RwRecipe *recipe = NULL;

  if (!built_in (name))
    recipe = rw_cli_find_recipe (rw_task_get (rw_task_list ()[0]), name, NULL);
  if (recipe)
    return recipe;
  recipe = rw_recipe_new ();
  recipe->batch = BATCH;
  recipe->patch = PATCH;
  return recipe;
}
