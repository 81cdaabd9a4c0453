/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A list of a key file.  What cannot be read or written is no reason to stop.
 */
#include "recent.h"

#include <glib/gstdio.h>

#define GROUP "recent"
#define MOST 6 /* files of a task */

static char *
get_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "reweave", "recent.ini",
                           NULL);
}

static void
append_existing (GPtrArray *list, char **paths)
{
  for (; paths != NULL && *paths != NULL && list->len < MOST; paths++)
    if (g_file_test (*paths, G_FILE_TEST_IS_REGULAR) &&
        !g_ptr_array_find_with_equal_func (list, *paths, g_str_equal, NULL))
      g_ptr_array_add (list, g_strdup (*paths));
}

static GKeyFile *
load (void)
{
  GKeyFile *file = g_key_file_new ();
  g_autofree char *path = get_path ();

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  return file;
}

char **
rw_recent_list (const RwTaskInfo *task)
{
  g_autoptr (GKeyFile) file = load ();
  g_auto (GStrv) paths =
      g_key_file_get_string_list (file, GROUP, task->name, NULL, NULL);
  GPtrArray *list = g_ptr_array_new ();

  append_existing (list, paths);
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

void
rw_recent_add (const RwTaskInfo *task, const char *path)
{
  g_autoptr (GKeyFile) file = load ();
  g_auto (GStrv) paths =
      g_key_file_get_string_list (file, GROUP, task->name, NULL, NULL);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *place = get_path ();
  g_autofree char *folder = g_path_get_dirname (place);

  g_ptr_array_add (list, g_strdup (path));
  append_existing (list, paths);
  g_key_file_set_string_list (file, GROUP, task->name,
                              (const char *const *) list->pdata, list->len);
  g_mkdir_with_parents (folder, 0700);
  g_key_file_save_to_file (file, place, NULL);
}
