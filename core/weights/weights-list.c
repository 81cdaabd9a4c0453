/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What weight files there are, and what they say of themselves: only the heads
 * of the files are looked at.
 */
#include "reweave.h"

#include "base/words.h"
#include "weights/builtin.h"
#include "weights/safetensors.h"
#include "weights/weights.h"

#include <string.h>

#define SUFFIX ".safetensors"
#define CARD_SUFFIX ".md"

static gboolean
is_file (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* The page beside a file, or of that name in one of the folders. */
static char *
find_card (const char *name, const char *path)
{
  g_autoptr (GPtrArray) folders = NULL;

  if (path != NULL) {
    const gsize end = g_str_has_suffix (path, SUFFIX)
                          ? strlen (path) - strlen (SUFFIX)
                          : strlen (path);
    g_autofree char *stem = g_strndup (path, end);
    char *card = g_strconcat (stem, CARD_SUFFIX, NULL);
    if (is_file (card))
      return card;
    g_free (card);
    return NULL;
  }
  folders = rw_weights_list_folders ();
  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *base = g_strconcat (name, CARD_SUFFIX, NULL);
    char *card = g_build_filename (folders->pdata[i], base, NULL);
    if (is_file (card))
      return card;
    g_free (card);
  }
  return NULL;
}

static void
count (RwWeightsEntry *entry, const RwSafetensors *file)
{
  const int n = rw_safetensors_get_n_tensors (file);

  for (int i = 0; i < n; i++)
    entry->n_values += rw_safetensors_get_tensor (file, i)->n_values;
}

/* Takes what the file says; a problem where it is no weight file of ours. */
static void
take_head (RwWeightsEntry *entry, RwSafetensors *file)
{
  const char *task = rw_safetensors_get_metadata (file, "task");

  if (task == NULL || rw_safetensors_get_metadata (file, "net") == NULL) {
    entry->problem =
        g_strdup_printf (_ ("%s: is no weight file of reweave, expected one "
                            "that says its task and net; choose another"),
                         entry->weights);
    return;
  }
  entry->task = g_strdup (task);
  entry->metadata = g_hash_table_ref (rw_safetensors_get_all_metadata (file));
  count (entry, file);
}

RwWeightsEntry *
rw_weights_look (const char *weights)
{
  RwWeightsEntry *entry = g_new0 (RwWeightsEntry, 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (RwSafetensors) file = NULL;

  g_return_val_if_fail (weights != NULL, entry);

  entry->weights = g_strdup (weights);
  entry->path = rw_weights_find (weights, &bytes, &error);
  if (entry->path != NULL)
    file = rw_safetensors_load (entry->path, RW_WEIGHTS_MAX_BYTES, &error);
  else if (bytes != NULL)
    file = rw_safetensors_parse (bytes, weights, &error);
  if (file != NULL)
    take_head (entry, file);
  else
    entry->problem = g_strdup (error->message);
  if (error == NULL || entry->path != NULL)
    entry->card = find_card (weights, entry->path);
  return entry;
}

void
rw_weights_entry_free (RwWeightsEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->weights);
  g_free (entry->path);
  g_free (entry->task);
  g_free (entry->problem);
  g_free (entry->card);
  g_clear_pointer (&entry->metadata, g_hash_table_unref);
  g_free (entry);
}

/* ---- all of them -------------------------------------------------------- */

static void
add_folder (GHashTable *names, const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (g_str_has_suffix (name, SUFFIX) && *name != '.')
      g_hash_table_add (names,
                        g_strndup (name, strlen (name) - strlen (SUFFIX)));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
free_entry (gpointer entry)
{
  rw_weights_entry_free (entry);
}

GPtrArray *
rw_weights_list (void)
{
  g_autoptr (GPtrArray) folders = rw_weights_list_folders ();
  g_autoptr (GHashTable) names =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *entries = g_ptr_array_new_with_free_func (free_entry);
  g_autoptr (GList) sorted = NULL;

  for (guint i = 0; i < folders->len; i++)
    add_folder (names, folders->pdata[i]);
  for (const RwBuiltin *builtin = rw_builtins; builtin->name != NULL;
       builtin++)
    g_hash_table_add (names, g_strdup (builtin->name));
  sorted = g_list_sort (g_hash_table_get_keys (names), compare);
  for (const GList *name = sorted; name != NULL; name = name->next)
    g_ptr_array_add (entries, rw_weights_look (name->data));
  return entries;
}
