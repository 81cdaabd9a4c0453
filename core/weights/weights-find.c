/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where weights lie: a path, else FOLDER/NAME.safetensors in $REWEAVE_WEIGHTS,
 * the user's data folder, "weights" beside the program or module, the system's
 * data folders, else inside the library.
 */
#include "reweave.h"
#include "weights/builtin.h"
#include "weights/weights.h"
#include "base/words.h"

#include <dlfcn.h>
#include <string.h>

#define SUFFIX ".safetensors"

static gboolean
is_file (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static char *
fail_path (const char *path, GError **error)
{
  g_set_error (
      error, RW_ERROR, RW_ERROR_IO,
      g_file_test (path, G_FILE_TEST_EXISTS)
          ? _ ("%s: is not a regular file, expected a weight file; check the "
               "path, or give a name without a slash")
          : _ ("%s: there is no such file, expected a weight file; check the "
               "path, or give a name without a slash"),
      path);
  return NULL;
}

/* Beside the program or module that this code is part of, which may be a folder
 * copied by hand; NULL where that is unknown. */
static char *
get_own_folder (void)
{
  Dl_info info;

  if (dladdr (rw_builtins, &info) == 0 || info.dli_fname == NULL ||
      !g_path_is_absolute (info.dli_fname))
    return NULL;
  g_autofree char *folder = g_path_get_dirname (info.dli_fname);
  return g_build_filename (folder, "weights", NULL);
}

GPtrArray *
rw_weights_list_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  const char *own = g_getenv ("REWEAVE_WEIGHTS");

  if (own != NULL && *own != '\0')
    g_ptr_array_add (folders, g_strdup (own));
  g_ptr_array_add (folders, g_build_filename (g_get_user_data_dir (),
                                              "reweave", "weights", NULL));
  char *beside = get_own_folder ();
  if (beside != NULL && g_file_test (beside, G_FILE_TEST_IS_DIR))
    g_ptr_array_add (folders, beside);
  else
    g_free (beside);
  for (const char *const *system = g_get_system_data_dirs (); *system != NULL;
       system++)
    g_ptr_array_add (folders,
                     g_build_filename (*system, "reweave", "weights", NULL));
  return folders;
}

static const RwBuiltin *
find_builtin (const char *name)
{
  for (const RwBuiltin *builtin = rw_builtins; builtin->name != NULL;
       builtin++)
    if (strcmp (builtin->name, name) == 0)
      return builtin;
  return NULL;
}

static char *
fail_name (const char *name, const GPtrArray *folders, GError **error)
{
  g_autoptr (GString) searched = g_string_new (NULL);
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < folders->len; i++)
    g_string_append_printf (searched, "%s%s", i > 0 ? ", " : "",
                            (const char *) folders->pdata[i]);
  for (const RwBuiltin *builtin = rw_builtins; builtin->name != NULL;
       builtin++)
    g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "",
                            builtin->name);
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               _ ("%s: no weights of this name in %s, nor inside the library, "
                  "which has %s; give one of these or the path of a "
                  ".safetensors file"),
               name, searched->str, known->len > 0 ? known->str : "-");
  return NULL;
}

/* The first FOLDER/NAME.safetensors that is there, or NULL. */
static char *
search (const char *name, const GPtrArray *folders)
{
  g_autofree char *base = g_strconcat (name, SUFFIX, NULL);

  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *path = g_build_filename (folders->pdata[i], base, NULL);
    if (is_file (path))
      return g_steal_pointer (&path);
  }
  return NULL;
}

char *
rw_weights_find (const char *weights, GBytes **bytes, GError **error)
{
  g_autofree char *name = g_strdup (weights);

  *bytes = NULL;
  if (strchr (name, G_DIR_SEPARATOR) != NULL)
    return is_file (name) ? g_steal_pointer (&name) : fail_path (name, error);
  if (g_str_has_suffix (name, SUFFIX)) {
    if (is_file (name))
      return g_steal_pointer (&name);
    name[strlen (name) - strlen (SUFFIX)] = '\0';
  }
  g_autoptr (GPtrArray) folders = rw_weights_list_folders ();
  char *path = search (name, folders);
  if (path != NULL)
    return path;
  const RwBuiltin *builtin = find_builtin (name);
  if (builtin == NULL)
    return fail_name (name, folders, error);
  *bytes = g_bytes_new_static (builtin->data, builtin->n_bytes);
  return NULL;
}

RwWeights *
rw_weights_load_named (const char *weights, GError **error)
{
  g_autoptr (GBytes) builtin = NULL;
  g_autoptr (GError) find_error = NULL;
  g_autofree char *path = rw_weights_find (weights, &builtin, &find_error);

  if (find_error != NULL) {
    g_propagate_error (error, g_steal_pointer (&find_error));
    return NULL;
  }
  return path != NULL
             ? rw_weights_load (path, error)
             : rw_weights_parse (builtin, "the built-in weights", error);
}
