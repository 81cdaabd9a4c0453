/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Recipes: parsed, written as text, parsed again.
 */
#include <string.h>

#include "fuzz.h"
#include "train/recipe.h"

void
fuzz_add_seeds (GPtrArray *seeds)
{
  g_autoptr (RwRecipe) recipe = rw_recipe_new ();

  g_assert_true (rw_recipe_set (
      recipe, "net", "input rgb sigma\nconv 4 | relu | conv 3\nresidual\n",
      NULL));
  g_autofree char *text = rw_recipe_to_text (recipe);
  fuzz_add_text (seeds, text);
  fuzz_add_text (seeds,
                 "# a comment\n[about]\ntitle = ours\n\n[train]\n"
                 "task = white-noise\npatch = 96\nlr = 0.0015\n\n[net]\n"
                 "input rgb sigma\nconv 3\nresidual\n");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n)
{
  g_autofree char *text = g_strndup ((const char *) data, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (text, "fuzz", &error);

  g_assert_true ((recipe == NULL) == (error != NULL));
  if (recipe == NULL)
    return 0;
  g_autofree char *written = rw_recipe_to_text (recipe);
  g_autoptr (RwRecipe) again = rw_recipe_parse (written, "again", &error);
  if (again == NULL)
    g_error ("%s\n%s", error->message, written);
  g_autofree char *twice = rw_recipe_to_text (again);
  g_assert_cmpstr (twice, ==, written);
  return 0;
}
