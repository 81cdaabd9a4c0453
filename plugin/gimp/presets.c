/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A name becomes a file's by URI escapes, so that it may have any characters.
 */
#include "presets.h"

#include <glib/gstdio.h>
#include <string.h>

#define ENDING ".ini"

static char *
get_folder (const char *task)
{
  return g_build_filename (g_get_user_config_dir (), "reweave", "presets",
                           task, NULL);
}

static char *
get_path (const char *task, const char *name)
{
  g_autofree char *folder = get_folder (task);
  g_autofree char *escaped = g_uri_escape_string (name, " ", TRUE);
  g_autofree char *file = g_strconcat (escaped, ENDING, NULL);

  return g_build_filename (folder, file, NULL);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (*(const char *const *) a, *(const char *const *) b);
}

/* NULL: no file of ours. */
static char *
get_name (const char *file)
{
  if (!g_str_has_suffix (file, ENDING))
    return NULL;
  g_autofree char *escaped = g_strndup (file, strlen (file) - strlen (ENDING));
  g_autofree char *name = g_uri_unescape_string (escaped, NULL);

  if (name == NULL || *name == '\0' || !g_utf8_validate (name, -1, NULL))
    return NULL;
  return g_steal_pointer (&name);
}

char **
rw_presets_list (const char *task)
{
  g_autofree char *folder = get_folder (task);
  g_autoptr (GDir) files = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new ();
  const char *file;

  while (files != NULL && (file = g_dir_read_name (files)) != NULL) {
    char *name = get_name (file);

    if (name != NULL)
      g_ptr_array_add (names, name);
  }
  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

char *
rw_presets_read (const char *task, const char *name)
{
  g_autofree char *path = get_path (task, name);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

gboolean
rw_presets_write (const char *task,
                  const char *name,
                  const char *text,
                  GError **error)
{
  g_autofree char *folder = get_folder (task);
  g_autofree char *path = get_path (task, name);

  g_mkdir_with_parents (folder, 0700);
  return g_file_set_contents (path, text, -1, error);
}

void
rw_presets_remove (const char *task, const char *name)
{
  g_autofree char *path = get_path (task, name);

  g_remove (path);
}
