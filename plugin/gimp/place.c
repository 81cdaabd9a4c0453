/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The program's own folder is the link of Linux to what runs.
 */
#include "place.h"

static char *
get_own_folder (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  return program != NULL ? g_path_get_dirname (program) : NULL;
}

char *
rw_place_find (const char *name, const char *installed)
{
  g_autofree char *folder = get_own_folder ();
  g_autofree char *beside = NULL;

  if (folder != NULL)
    beside = g_build_filename (folder, name, NULL);
  if (beside != NULL && g_file_test (beside, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&beside);
  return g_strdup (installed);
}

char *
rw_place_get_locale (void)
{
  return rw_place_find ("locale", RW_LOCALE_DIR);
}

/* As `meson install` has it where it is there, else NULL. */
static char *
find_file (const char *name, const char *installed)
{
  g_autofree char *path = rw_place_find (name, installed);

  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path)
                                                : NULL;
}

char *
rw_place_get_help (void)
{
  const char *const *languages = g_get_language_names ();

  for (int i = 0; languages[i] != NULL; i++) {
    g_autofree char *name =
        g_strconcat ("help/reweave.", languages[i], ".html", NULL);
    g_autofree char *installed = g_build_filename (RW_DATA_DIR, name, NULL);
    char *path = find_file (name, installed);

    if (path != NULL)
      return path;
  }
  return find_file ("help/reweave.html", RW_DATA_DIR "/help/reweave.html");
}

char *
rw_place_get_icon (void)
{
  return find_file ("reweave.svg", RW_ICON_DIR "/reweave.svg");
}
