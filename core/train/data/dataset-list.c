/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Picture files below a folder, in an order that does not depend on the file
 * system.
 */
#include "train/data/dataset.h"

#include "io/rows.h"

#include <string.h>

#define MAX_DEPTH 32
#define MAX_FILES 1000000

static gboolean
has_ending (const char *name, const char *const *endings)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (int i = 0; endings[i] != NULL; i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}

static gboolean
fail (GError **error, RwErrorCode code, const char *path, const char *message)
{
  g_set_error (error, RW_ERROR, code, "%s: %s", path, message);
  return FALSE;
}

static gboolean
list_folder (const char *path,
             const char *const *endings,
             int depth,
             GPtrArray *found,
             GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (depth > MAX_DEPTH)
    return fail (error, RW_ERROR_LIMIT, path,
                 "more than 32 folders deep, which is the limit; is it a "
                 "circle of links?");
  g_autoptr (GDir) folder = g_dir_open (path, 0, &reason);
  if (folder == NULL) {
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: cannot be read as a folder of pictures: %s; check the "
                 "path and its permissions",
                 path, reason->message);
    return FALSE;
  }
  for (const char *name; (name = g_dir_read_name (folder)) != NULL;) {
    g_autofree char *below = g_build_filename (path, name, NULL);
    if (name[0] == '.')
      continue;
    if (g_file_test (below, G_FILE_TEST_IS_DIR)) {
      if (!list_folder (below, endings, depth + 1, found, error))
        return FALSE;
    } else if (has_ending (name, endings)) {
      g_ptr_array_add (found, g_steal_pointer (&below));
    }
    if (found->len > MAX_FILES)
      return fail (error, RW_ERROR_LIMIT, path,
                   "more than a million pictures, which is the limit; give a "
                   "smaller folder");
  }
  return TRUE;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* "no file in it ends in .png or .jpg, ..." */
static void
fail_empty (GError **error, const char *path, const char *const *endings)
{
  g_autoptr (GString) text = g_string_new ("no file in it ends in ");

  for (int i = 0; endings[i] != NULL; i++)
    g_string_append_printf (text, "%s%s",
                            i == 0                   ? ""
                            : endings[i + 1] != NULL ? ", "
                                                     : " or ",
                            endings[i]);
  g_string_append (text, ", and pictures are needed; give another folder");
  fail (error, RW_ERROR_FORMAT, path, text->str);
}

char **
rw_dataset_list_endings (const char *path,
                         const char *const *endings,
                         GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    g_ptr_array_add (found, g_strdup (path));
  else if (!list_folder (path, endings, 0, found, error))
    return NULL;
  if (found->len == 0) {
    fail_empty (error, path, endings);
    return NULL;
  }
  g_ptr_array_sort (found, compare_paths);
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_steal (found, NULL);
}

char **
rw_dataset_list (const char *path, GError **error)
{
  return rw_dataset_list_endings (path, rw_row_endings, error);
}
