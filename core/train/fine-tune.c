/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Fine-tuning.
 */
#include "train/fine-tune.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/choice.h"

#include <fnmatch.h>
#include <string.h>

/* ---- taking parameters -------------------------------------------------- */

/* Its number in @net, or -1. */
static int
find_param (const RwNet *net, const char *name)
{
  for (int i = 0; i < rw_net_get_n_params (net); i++)
    if (g_str_equal (rw_net_get_param (net, i)->name, name))
      return i;
  return -1;
}

static gboolean
has_same_shape (const RwParam *a, const RwParam *b)
{
  return a->n_dims == b->n_dims &&
         memcmp (a->dims, b->dims, (gsize) a->n_dims * sizeof a->dims[0]) == 0;
}

static void
append_shape (GString *text, const RwParam *param)
{
  for (int i = 0; i < param->n_dims; i++)
    g_string_append_printf (text, "%s%zu", i > 0 ? "x" : "", param->dims[i]);
}

/* TRUE when taken; otherwise says why not in @fresh.  @values is scratch. */
static gboolean
take_param (const RwNet *net,
            int i,
            const RwWeights *weights,
            float *values,
            float *params,
            GString *fresh)
{
  const RwParam *param = rw_net_get_param (net, i);
  const int k = find_param (weights->net, param->name);
  const RwParam *theirs = k >= 0 ? rw_net_get_param (weights->net, k) : NULL;

  if (theirs != NULL && has_same_shape (param, theirs)) {
    rw_net_export_param (weights->net, k, weights->params, values);
    rw_net_import_param (net, i, params, values);
    return TRUE;
  }
  g_string_append_printf (fresh, "%s%s (", fresh->len > 0 ? ", " : "",
                          param->name);
  if (theirs != NULL) {
    append_shape (fresh, param);
    g_string_append (fresh, ", there ");
    append_shape (fresh, theirs);
  } else {
    g_string_append (fresh, "not there");
  }
  g_string_append_c (fresh, ')');
  return FALSE;
}

static gboolean
take_matching (const RwNet *net,
               const RwWeights *weights,
               const char *name,
               float *params,
               char **told,
               GError **error)
{
  g_autoptr (GString) fresh = g_string_new (NULL);
  const int n = rw_net_get_n_params (net);
  int n_taken = 0;
  rw_autofree float *values = rw_net_alloc_values (net, name, error);

  if (values == NULL)
    return FALSE;
  for (int i = 0; i < n; i++)
    n_taken += take_param (net, i, weights, values, params, fresh);
  if (n_taken == 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: none of its tensors has name and shape of one that the "
                 "recipe's net needs; begin with another file, or with none",
                 name);
    return FALSE;
  }
  *told =
      g_strdup_printf ("%s: took %d of %d tensors; those that begin anew: %s",
                       name, n_taken, n, fresh->len > 0 ? fresh->str : "none");
  return TRUE;
}

gboolean
rw_fine_tune_take (const RwNet *net,
                   const RwWeights *weights,
                   const char *name,
                   float *params,
                   char **told,
                   GError **error)
{
  if (g_str_equal (rw_net_get_text (weights->net), rw_net_get_text (net))) {
    memcpy (params, weights->params,
            rw_net_get_n_inner (net) * sizeof (float));
    return TRUE;
  }
  if (told != NULL)
    return take_matching (net, weights, name, params, told, error);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: its net is another one than the recipe's, and both have "
               "to be the same; take the net from that file, or with "
               "--partial the tensors that match",
               name);
  return FALSE;
}

#define BEFORE "before:" /* in place of a pattern */

/* ---- freezing ----------------------------------------------------------- */

/* "conv3" of "conv3.weight".  (transfer full) */
static char *
get_layer (const RwParam *param)
{
  const char *dot = strrchr (param->name, '.');

  return dot != NULL ? g_strndup (param->name, (gsize) (dot - param->name))
                     : g_strdup (param->name);
}

static gboolean
matches (const char *pattern, const RwParam *param)
{
  g_autofree char *layer = get_layer (param);

  return fnmatch (pattern, layer, 0) == 0 ||
         fnmatch (pattern, param->name, 0) == 0;
}

static void
fail_to_match (const RwNet *net, const char *pattern, GError **error)
{
  g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    char *layer = get_layer (rw_net_get_param (net, i));
    if (layers->len > 0 && g_str_equal (layers->pdata[layers->len - 1], layer))
      g_free (layer);
    else
      g_ptr_array_add (layers, layer);
  }
  g_ptr_array_add (layers, NULL);
  rw_choice_set_error (error, "freeze: layer", pattern,
                       (const char *const *) layers->pdata);
}

/* The parameters of all layers that lead to the result @name. */
static gboolean
mark_before (const RwNet *net,
             const char *name,
             gboolean *frozen,
             GError **error)
{
  const int n = rw_net_get_n_nodes (net), align = rw_net_get_align (net);
  const int last = rw_net_find_result (net, name, error);
  g_autofree RwNodeView *views = g_new (RwNodeView, n);
  g_autofree gboolean *leads = g_new0 (gboolean, n);
  int width = align, height = align;
  gboolean found = FALSE;

  if (last < 0)
    return FALSE;
  rw_net_get_size (net, &width, &height);
  rw_net_view (net, height, width, views);
  leads[last] = TRUE;
  for (int i = last; i >= 0; i--)
    for (int k = 0; leads[i] && k < views[i].n_inputs; k++)
      leads[views[i].inputs[k]] = TRUE;
  for (int i = 0; i <= last; i++)
    for (int k = 0; leads[i] && k < views[i].n_params; k++)
      found = frozen[views[i].first_param + k] = TRUE;
  if (!found)
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "freeze is \"" BEFORE "%s\", but no layer before that has "
                 "parameters; name a later result",
                 name);
  return found;
}

static gboolean
mark (const RwNet *net, const char *pattern, gboolean *frozen, GError **error)
{
  gboolean found = FALSE;

  if (g_str_has_prefix (pattern, BEFORE))
    return mark_before (net, pattern + strlen (BEFORE), frozen, error);
  for (int i = 0; i < rw_net_get_n_params (net); i++)
    if (matches (pattern, rw_net_get_param (net, i)))
      found = frozen[i] = TRUE;
  if (!found)
    fail_to_match (net, pattern, error);
  return found;
}

gboolean *
rw_fine_tune_freeze (const RwNet *net, const char *patterns, GError **error)
{
  const int n = rw_net_get_n_params (net);
  g_autofree gboolean *frozen = g_new0 (gboolean, (gsize) n);
  g_auto (GStrv) words = g_strsplit_set (patterns, ", \t", -1);
  int n_frozen = 0;

  for (int i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && !mark (net, words[i], frozen, error))
      return NULL;
  for (int i = 0; i < n; i++)
    n_frozen += frozen[i];
  if (n_frozen < n)
    return g_steal_pointer (&frozen);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "freeze is \"%s\", which is all of the net, but something has "
               "to be left to train; freeze less",
               patterns);
  return NULL;
}
