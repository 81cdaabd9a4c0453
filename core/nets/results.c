/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Results by name.
 */
#include "nets/graph.h"

#include <string.h>

#include "base/choice.h"
#include "reweave.h"

static int
compare_words (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* What the text names, in the order of the alphabet.  (transfer container) */
static GPtrArray *
list_labels (const RwNet *net)
{
  GPtrArray *words = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer label;

  g_hash_table_iter_init (&iter, net->labels);
  while (g_hash_table_iter_next (&iter, &label, NULL))
    g_ptr_array_add (words, label);
  g_ptr_array_sort (words, compare_words);
  return words;
}

static int
fail (const RwNet *net, const char *name, GError **error)
{
  g_autoptr (GPtrArray) words = list_labels (net);
  const guint n_labels = words->len;

  for (int i = 0; i < net->n_nodes; i++)
    g_ptr_array_add (words, (char *) rw_net_get_node_name (net, i));
  g_ptr_array_add (words, NULL);
  const char *nearest =
      rw_choice_nearest (name, (const char *const *) words->pdata);
  g_autofree char *hint =
      nearest != NULL
          ? g_strdup_printf ("did you mean \"%s\"?", nearest)
          : g_strdup ("name one of these, or a layer such as \"conv1\"");
  words->pdata[n_labels] = NULL;
  g_autofree char *labels = g_strjoinv (", ", (char **) words->pdata);

  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "net: has no result called \"%s\", its text names %s; %s", name,
               n_labels > 0 ? labels : "none (with \"-> name\")", hint);
  return -1;
}

int
rw_net_find_result (const RwNet *net, const char *name, GError **error)
{
  gpointer node;

  if (g_hash_table_lookup_extended (net->labels, name, NULL, &node))
    return GPOINTER_TO_INT (node);
  for (int i = 0; i < net->n_nodes; i++)
    if (strcmp (rw_net_get_node_name (net, i), name) == 0)
      return i;
  return fail (net, name, error);
}
