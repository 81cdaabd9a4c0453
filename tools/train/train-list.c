/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What there is to choose from.
 */
#include "train/train-list.h"

#include "cli/cli.h"
#include "paths.h"
#include "recipes.h"

#include "train/loss/losses.h"
#include "train/optim/optimisers.h"
#include "train/optim/schedules.h"
#include "train/recipe.h"

#include <stdio.h>

static void
list_recipes (void)
{
  g_auto (GStrv) paths = rw_cli_list_recipes ();

  puts ("Recipes (--recipe), their task and title:");
  for (int i = 0; paths[i]; i++) {
    g_autoptr (GError) failure = NULL;
    g_autoptr (RwRecipe) recipe = rw_recipe_load (paths[i], &failure);
    g_autofree char *name = rw_cli_get_stem (paths[i]);
    if (recipe)
      printf ("  %-20s %-12s %s\n", name, recipe->task,
              recipe->title ? recipe->title : "");
    else
      rw_cli_print_error (failure->message);
  }
}

static void
list_losses (void)
{
  puts ("\nLosses (--loss), also sums such as charbonnier + 0.1 * ms-ssim:");
  for (const RwLoss *const *loss = rw_loss_list (); *loss; loss++) {
    g_autofree char *names =
        (*loss)->alias
            ? g_strdup_printf ("%s, %s", (*loss)->name, (*loss)->alias)
            : g_strdup ((*loss)->name);
    printf ("  %-20s %s", names, (*loss)->summary);
    if ((*loss)->param.name)
      printf ("; %s=%g", (*loss)->param.name, (*loss)->param.def);
    putchar ('\n');
  }
}

void
rw_cli_train_list (void)
{
  list_recipes ();
  list_losses ();
  puts ("\nOptimisers (--optimizer):");
  for (int i = 0; rw_optimiser_list ()[i]; i++)
    printf ("  %-20s %s\n", rw_optimiser_list ()[i]->name,
            rw_optimiser_list ()[i]->summary);
  puts ("\nSchedules (--schedule):");
  for (int i = 0; rw_schedule_list ()[i]; i++)
    printf ("  %-20s %s\n", rw_schedule_list ()[i]->name,
            rw_schedule_list ()[i]->summary);
}
