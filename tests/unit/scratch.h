/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: a folder that is removed with all files in it, and errors that
 * are what they should be.
 */
#pragma once

#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "reweave.h"

typedef struct {
  char *folder;
} Scratch;

static inline void
scratch_set_up (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;

  scratch->folder = g_dir_make_tmp ("reweave-test-XXXXXX", &error);
  g_assert_no_error (error);
}

/* Names of the files in @folder. */
static inline GPtrArray *
scratch_list (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (folder, 0, NULL);

  g_assert_nonnull (dir);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    g_ptr_array_add (names, g_strdup (name));
  g_dir_close (dir);
  return names;
}

static inline void
scratch_remove (const char *folder)
{
  g_autoptr (GPtrArray) names = scratch_list (folder);

  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
    if (g_file_test (path, G_FILE_TEST_IS_DIR) &&
        !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
      scratch_remove (path);
    else
      g_unlink (path);
  }
  g_rmdir (folder);
}

static inline void
scratch_tear_down (Scratch *scratch, gconstpointer data)
{
  scratch_remove (scratch->folder);
  g_free (scratch->folder);
}

static inline char *
scratch_path (const Scratch *scratch, const char *name)
{
  return g_build_filename (scratch->folder, name, NULL);
}

/* The error is there, of this code, with @fragment in its message; it is
 * cleared. */
static inline void
assert_error (GError **error, RwErrorCode code, const char *fragment)
{
  g_assert_nonnull (*error);
  if (!g_error_matches (*error, RW_ERROR, (gint) code) ||
      strstr ((*error)->message, fragment) == NULL) {
    g_test_message ("code %d, expected %d; message \"%s\", expected \"%s\"",
                    (*error)->code, (int) code, (*error)->message, fragment);
    g_test_fail ();
  }
  g_clear_error (error);
}
