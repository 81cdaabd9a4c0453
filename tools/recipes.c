/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Finding recipes and nets by path or by name.
 */
#include "recipes.h"

#include "io/files.h"
#include "reweave.h"
#include "train/checkpoint.h"
#include "weights/weights.h"

#include <string.h>

#define MAX_TEXT_BYTES ((gsize) 1 << 20)

static gboolean
is_recipe_name (const char *name)
{
  return name[0] != '.' && g_str_has_suffix (name, ".ini");
}

char *
rw_cli_get_stem (const char *path)
{
  char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (dot && dot != name)
    *dot = '\0';
  return name;
}

/* The folders, best first.  (transfer full) */
static char **
list_folders (void)
{
  const char *const *system = g_get_system_data_dirs ();
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();

  g_strv_builder_add (folders, "weights/recipes");
  char *user =
      g_build_filename (g_get_user_data_dir (), "reweave", "recipes", NULL);
  g_strv_builder_add (folders, user);
  g_free (user);
  for (int i = 0; system[i]; i++) {
    g_autofree char *folder =
        g_build_filename (system[i], "reweave", "recipes", NULL);
    g_strv_builder_add (folders, folder);
  }
  return g_strv_builder_end (folders);
}

static char *
find_file (const char *name)
{
  g_auto (GStrv) folders = list_folders ();

  for (int i = 0; folders[i]; i++) {
    g_autofree char *file = g_strconcat (name, ".ini", NULL);
    char *path = g_build_filename (folders[i], file, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return path;
    g_free (path);
  }
  return NULL;
}

static void
collect_recipes (GHashTable *found, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (is_recipe_name (name) && !g_hash_table_contains (found, name))
      g_hash_table_insert (found, g_strdup (name),
                           g_build_filename (folder, name, NULL));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

char **
rw_cli_list_recipes (void)
{
  g_auto (GStrv) folders = list_folders ();
  g_autoptr (GHashTable) found =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  for (int i = 0; folders[i]; i++)
    collect_recipes (found, folders[i]);
  g_autoptr (GList) names =
      g_list_sort (g_hash_table_get_keys (found), compare_names);
  for (GList *n = names; n; n = n->next)
    g_strv_builder_add (paths, g_hash_table_lookup (found, n->data));
  return g_strv_builder_end (paths);
}

/* The recipe that the weight file called @name was trained with, or NULL. */
static RwRecipe *
recipe_of_weights (const char *name)
{
  g_autoptr (GError) ignored = NULL;
  g_autoptr (RwModel) model = rw_model_load (NULL, name, &ignored);
  const char *text = model ? rw_model_get_metadata (model, "recipe") : NULL;

  return text ? rw_recipe_parse (text, name, NULL) : NULL;
}

RwRecipe *
rw_cli_find_recipe (const RwTask *task, const char *name, GError **error)
{
  const char *wanted = rw_task_get_weights (task, name);

  if (strchr (wanted, '/') || g_file_test (wanted, G_FILE_TEST_EXISTS))
    return rw_recipe_load (wanted, error);
  g_autofree char *path = find_file (wanted);
  if (path)
    return rw_recipe_load (path, error);
  RwRecipe *recipe = recipe_of_weights (wanted);
  if (!recipe)
    g_set_error (
        error, RW_ERROR, RW_ERROR_IO,
        "%s: no such recipe, expected a file or a name; reweave train "
        "--list names those there are",
        wanted);
  return recipe;
}

char *
rw_cli_load_net_text (const char *path, GError **error)
{
  if (g_str_has_suffix (path, ".safetensors")) {
    g_autoptr (RwWeights) weights = rw_weights_load (path, error);
    return weights ? g_strdup (rw_net_get_text (weights->net)) : NULL;
  }
  if (g_str_has_suffix (path, ".ini")) {
    g_autoptr (RwRecipe) recipe = rw_recipe_load (path, error);
    return recipe ? g_strdup (recipe->net) : NULL;
  }
  g_autoptr (GBytes) bytes = rw_file_read (path, MAX_TEXT_BYTES, error);
  if (!bytes)
    return NULL;
  gsize n;
  const char *data = g_bytes_get_data (bytes, &n);
  if (!g_utf8_validate (data ? data : "", (gssize) n, NULL)) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: found bytes that are no text, expected a net's text; "
                 "weight files end in .safetensors, recipes in .ini",
                 path);
    return NULL;
  }
  return g_strndup (data, n);
}

char *
rw_cli_net_of_weights (const char *name, GError **error)
{
  g_autoptr (RwWeights) weights = rw_weights_load_named (name, error);

  return weights ? g_strdup (rw_net_get_text (weights->net)) : NULL;
}

char *
rw_cli_net_of_checkpoint (const char *path, GError **error)
{
  g_autoptr (RwSafetensors) file =
      rw_safetensors_load (path, RW_CHECKPOINT_MAX_BYTES, error);
  const char *text = file ? rw_safetensors_get_metadata (file, "net") : NULL;

  if (file && !text)
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: has no net in its metadata, expected a checkpoint; "
                 "begin the training anew without --resume",
                 path);
  return g_strdup (text);
}

/* @text: NULL is what a file without a recipe has. */
static RwRecipe *
parse_recipe_of (const char *text, const char *name, GError **error)
{
  if (text)
    return rw_recipe_parse (text, name, error);
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: has no recipe in its metadata, expected one to continue "
               "with; leave --continue out and name a --recipe",
               name);
  return NULL;
}

RwRecipe *
rw_cli_recipe_of_weights (const char *name, GError **error)
{
  g_autoptr (RwWeights) weights = rw_weights_load_named (name, error);

  return weights ? parse_recipe_of (
                       g_hash_table_lookup (weights->metadata, "recipe"), name,
                       error)
                 : NULL;
}

RwRecipe *
rw_cli_recipe_of_checkpoint (const char *path, GError **error)
{
  g_autoptr (RwSafetensors) file =
      rw_safetensors_load (path, RW_CHECKPOINT_MAX_BYTES, error);

  return file ? parse_recipe_of (rw_safetensors_get_metadata (file, "recipe"),
                                 path, error)
              : NULL;
}
