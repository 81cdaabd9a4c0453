/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which pictures a path means, before any is read: files, records of batch
 * files, pairs.
 */
#include "train/data/dataset-private.h"

#include "reweave.h"
#include "io/cifar.h"
#include "io/rows.h"

#include <string.h>

static GPtrArray *
new_images (void)
{
  return g_ptr_array_new_with_free_func (
      (GDestroyNotify) rw_dataset_image_unref);
}

/* ---- folders, files and batches ---------------------------------------- */

static gboolean
is_bin (const char *path)
{
  const gsize n = strlen (path);

  return n >= 4 && g_ascii_strcasecmp (path + n - 4, ".bin") == 0;
}

static gboolean
is_training_batch (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  return is_bin (name) && g_str_has_prefix (name, "data_batch_");
}

static gboolean
add_batch (GPtrArray *images, const char *path, GError **error)
{
  int n = 0;

  if (!rw_cifar_count (path, &n, error))
    return FALSE;
  for (int i = 0; i < n; i++) {
    RwDatasetImage *image = rw_dataset_image_new (
        g_strdup_printf ("%s#%d", path, i), g_strdup (path));
    image->record = i;
    g_ptr_array_add (images, image);
  }
  return TRUE;
}

static gboolean
add_path (GPtrArray *images, const char *path, GError **error)
{
  if (is_bin (path))
    return add_batch (images, path, error);
  g_ptr_array_add (images,
                   rw_dataset_image_new (g_strdup (path), g_strdup (path)));
  return TRUE;
}

/* Whether @path is to be taken from a folder: where there are batches to train
 * on, only these, else pictures. */
static gboolean
is_wanted (const char *path, gboolean batches)
{
  return batches ? is_training_batch (path) : !is_bin (path);
}

GPtrArray *
rw_dataset_find (const char *path, GError **error)
{
  g_autoptr (GStrvBuilder) kinds = g_strv_builder_new ();
  g_strv_builder_addv (kinds, (const char **) rw_row_endings);
  g_strv_builder_add (kinds, ".bin");
  g_auto (GStrv) endings = g_strv_builder_end (kinds);
  g_auto (GStrv) paths =
      rw_dataset_list_endings (path, (const char *const *) endings, error);
  g_autoptr (GPtrArray) images = new_images ();
  gboolean batches = FALSE;

  if (paths == NULL)
    return NULL;
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return add_path (images, path, error) ? g_steal_pointer (&images) : NULL;
  for (int i = 0; paths[i] != NULL; i++)
    batches |= is_training_batch (paths[i]);
  for (int i = 0; paths[i] != NULL; i++)
    if (is_wanted (paths[i], batches) && !add_path (images, paths[i], error))
      return NULL;
  if (images->len > 0)
    return g_steal_pointer (&images);
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: has neither pictures nor a data_batch_N.bin, "
               "and one of these is needed; give another folder, or a batch "
               "file by its own path",
               path);
  return NULL;
}

/* ---- pairs ------------------------------------------------------------- */

/* "a/b" of "folder/a/b.png", the name that partners share; "" of the folder
 * itself, a file.  (transfer full) */
static char *
get_key (const char *path, const char *folder)
{
  const char *relative = path + strlen (folder);
  char *key = g_strdup (relative + strspn (relative, "/"));
  char *dot = strrchr (key, '.');

  if (dot != NULL && strchr (dot, '/') == NULL)
    *dot = '\0';
  return key;
}

static void
note_unmatched (RwDatasetReport *report, const char *path, const char *why)
{
  g_autofree char *text = g_strdup_printf ("%s (%s)", path, why);

  report->n_files++;
  rw_dataset_report_add (report, RW_LEFT_OUT_UNMATCHED, text);
}

/* Paths by the names that partners share.  Of several with one name the first
 * is taken. */
static GHashTable *
index_paths (char **paths, const char *folder, RwDatasetReport *report)
{
  GHashTable *table =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int i = 0; paths[i] != NULL; i++) {
    char *key = get_key (paths[i], folder);
    if (g_hash_table_contains (table, key)) {
      note_unmatched (report, paths[i], "another file has this name");
      g_free (key);
    } else {
      g_hash_table_insert (table, key, paths[i]);
    }
  }
  return table;
}

static void
note_rest (GHashTable *table,
           char **paths,
           const char *folder,
           const char *other,
           RwDatasetReport *report)
{
  g_autofree char *why = g_strdup_printf ("none in %s", other);

  for (int i = 0; paths[i] != NULL; i++) {
    g_autofree char *key = get_key (paths[i], folder);
    if (g_hash_table_lookup (table, key) == paths[i])
      note_unmatched (report, paths[i], why);
  }
}

/* Both are folders, or both files. */
static gboolean
check_kinds (const char *clean, const char *damaged, GError **error)
{
  const gboolean file = g_file_test (clean, G_FILE_TEST_IS_REGULAR);

  if (file == g_file_test (damaged, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "%s and %s: one is a file and one is none, expected two folders "
      "or two files; name them so",
      clean, damaged);
  return FALSE;
}

GPtrArray *
rw_dataset_find_pairs (const char *clean,
                       const char *damaged,
                       RwDatasetReport *report,
                       GError **error)
{
  if (!check_kinds (clean, damaged, error))
    return NULL;
  g_auto (GStrv) firsts = rw_dataset_list (clean, error);
  g_auto (GStrv) seconds =
      firsts != NULL ? rw_dataset_list (damaged, error) : NULL;
  if (seconds == NULL)
    return NULL;
  g_autoptr (GPtrArray) images = new_images ();
  g_autoptr (GHashTable) ours = index_paths (firsts, clean, report);
  g_autoptr (GHashTable) theirs = index_paths (seconds, damaged, report);
  for (int i = 0; firsts[i] != NULL; i++) {
    g_autofree char *key = get_key (firsts[i], clean);
    const char *partner = g_hash_table_lookup (theirs, key);
    if (partner == NULL || g_hash_table_lookup (ours, key) != firsts[i])
      continue;
    RwDatasetImage *image =
        rw_dataset_image_new (g_strdup (firsts[i]), g_strdup (firsts[i]));
    image->partner = g_strdup (partner);
    g_ptr_array_add (images, image);
    g_hash_table_remove (ours, key);
    g_hash_table_remove (theirs, key);
  }
  note_rest (ours, firsts, clean, damaged, report);
  note_rest (theirs, seconds, damaged, clean, report);
  return g_steal_pointer (&images);
}

static gboolean
check_matched (const char *clean,
               const char *damaged,
               const RwDatasetReport *report,
               GError **error)
{
  const guint n = report->n_left_out[RW_LEFT_OUT_UNMATCHED];

  if (n == 0)
    return TRUE;
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "%s and %s: %u files are without a partner (first: %s), "
      "expected the same names in both except for the ending; take them "
      "out or give other folders",
      clean, damaged, n, report->left_out[RW_LEFT_OUT_UNMATCHED][0]);
  return FALSE;
}

char **
rw_dataset_list_pairs (const char *clean, const char *damaged, GError **error)
{
  RwDatasetReport report = { 0 };
  g_autoptr (GPtrArray) found =
      rw_dataset_find_pairs (clean, damaged, &report, error);
  const gboolean good =
      found != NULL && check_matched (clean, damaged, &report, error);

  rw_dataset_report_clear (&report);
  if (!good)
    return NULL;
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  for (guint i = 0; i < found->len; i++) {
    const RwDatasetImage *image = found->pdata[i];
    g_strv_builder_add (paths, image->path);
    g_strv_builder_add (paths, image->partner);
  }
  return g_strv_builder_end (paths);
}
