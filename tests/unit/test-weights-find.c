/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * weights/weights-find.c: where weights are searched, in which order.
 */
#include "scratch.h"
#include "weights/builtin.h"
#include "weights/weights.h"

#include <string.h>

/* What @weights is found as: a path, "built in", or "error". */
static char *
find (const char *weights, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  char *path = rw_weights_find (weights, &bytes, error);

  g_assert_true (path == NULL || bytes == NULL);
  if (path != NULL)
    return path;
  return g_strdup (bytes != NULL ? "built in" : "error");
}

static void
assert_found (const char *weights, const char *expected)
{
  g_autofree char *found = find (weights, NULL);

  g_assert_cmpstr (found, ==, expected);
}

static void
test_find (Scratch *scratch, gconstpointer data)
{
  g_autofree char *folder = scratch_path (scratch, "own");
  g_autofree char *mine = g_build_filename (folder, "mine.safetensors", NULL);
  g_autofree char *own =
      g_build_filename (folder, "white-noise-s.safetensors", NULL);
  g_autofree char *user = g_build_filename (
      g_get_user_data_dir (), "reweave", "weights", "mine.safetensors", NULL);
  g_autofree char *user_folder = g_path_get_dirname (user);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (user_folder, 0700), ==, 0);
  assert_found ("white-noise-s", "built in");
  assert_found ("white-noise-s.safetensors", "built in");
  assert_found ("mine", "error");
  g_assert_true (g_file_set_contents (user, "x", 1, NULL));
  assert_found ("mine", user);
  g_setenv ("REWEAVE_WEIGHTS", folder, TRUE);
  assert_found ("mine", user);
  g_assert_true (g_file_set_contents (mine, "x", 1, NULL));
  g_assert_true (g_file_set_contents (own, "x", 1, NULL));
  assert_found ("mine", mine);
  assert_found ("mine.safetensors", mine);
  assert_found (mine, mine);
  assert_found ("white-noise-s", own);
  g_unsetenv ("REWEAVE_WEIGHTS");
  assert_found ("white-noise-s", "built in");
}

static void
test_find_errors (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "no.safetensors");
  GError *error = NULL;

  g_setenv ("REWEAVE_WEIGHTS", scratch->folder, TRUE);
  g_autofree char *unknown = find ("unknown", &error);
  g_assert_cmpstr (unknown, ==, "error");
  g_assert_nonnull (strstr (error->message, scratch->folder));
  g_assert_nonnull (strstr (error->message, rw_builtins[0].name));
  assert_error (&error, RW_ERROR_IO, "unknown: no weights of this name");
  g_free (find (path, &error));
  assert_error (&error, RW_ERROR_IO, "there is no such file");
  g_free (find (scratch->folder, &error));
  assert_error (&error, RW_ERROR_IO, "is not a regular file");
  g_unsetenv ("REWEAVE_WEIGHTS");
}

static const RwWeightsEntry *
find_entry (const GPtrArray *entries, const char *name)
{
  for (guint i = 0; i < entries->len; i++) {
    const RwWeightsEntry *entry = entries->pdata[i];
    if (strcmp (entry->weights, name) == 0)
      return entry;
  }
  return NULL;
}

/* What is built in and what lies in folders, each with its page, or with what
 * is wrong with it. */
static void
test_list (Scratch *scratch, gconstpointer data)
{
  g_autofree char *broken = scratch_path (scratch, "broken.safetensors");
  g_autofree char *card = scratch_path (scratch, "white-noise-s.md");
  g_autofree char *page = scratch_path (scratch, "broken.md");

  g_assert_true (g_file_set_contents (broken, "x", 1, NULL));
  g_assert_true (g_file_set_contents (card, "# a page", -1, NULL));
  g_assert_true (g_file_set_contents (page, "# another", -1, NULL));
  g_setenv ("REWEAVE_WEIGHTS", scratch->folder, TRUE);
  g_autoptr (GPtrArray) entries = rw_weights_list ();
  g_unsetenv ("REWEAVE_WEIGHTS");

  const RwWeightsEntry *inside = find_entry (entries, "white-noise-s");
  g_assert_nonnull (inside);
  g_assert_null (inside->path);
  g_assert_null (inside->problem);
  g_assert_cmpstr (inside->task, ==, "white-noise");
  g_assert_cmpstr (inside->card, ==, card);
  g_assert_nonnull (g_hash_table_lookup (inside->metadata, "license"));
  g_assert_cmpuint (inside->n_values, >, 100000);

  const RwWeightsEntry *bad = find_entry (entries, "broken");
  g_assert_nonnull (bad);
  g_assert_cmpstr (bad->path, ==, broken);
  g_assert_cmpstr (bad->card, ==, page);
  g_assert_null (bad->task);
  g_assert_null (bad->metadata);
  g_assert_nonnull (strstr (bad->problem, "not a whole safetensors file"));
}

static void
test_look (Scratch *scratch, gconstpointer data)
{
  g_autoptr (RwWeightsEntry) entry = rw_weights_look ("unknown");

  g_assert_null (entry->path);
  g_assert_null (entry->card);
  g_assert_nonnull (strstr (entry->problem, "no weights of this name"));
}

static void
add (const char *path, void (*test) (Scratch *, gconstpointer))
{
  g_test_add (path, Scratch, NULL, scratch_set_up, test, scratch_tear_down);
}

/* The user's own data folders play no part. */
int
main (int argc, char **argv)
{
  Scratch home;

  g_test_init (&argc, &argv, NULL);
  scratch_set_up (&home, NULL);
  g_setenv ("XDG_DATA_HOME", home.folder, TRUE);
  g_setenv ("XDG_DATA_DIRS", home.folder, TRUE);
  g_unsetenv ("REWEAVE_WEIGHTS");
  add ("/weights-find/find", test_find);
  add ("/weights-find/errors", test_find_errors);
  add ("/weights-find/list", test_list);
  add ("/weights-find/look", test_look);
  const int result = g_test_run ();
  scratch_tear_down (&home, NULL);
  return result;
}
