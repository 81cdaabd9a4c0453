/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net without some groups of channels: its text and its parameters.
 */
#include "nets/ties-private.h"

#include "base/alloc.h"
#include "nets/text/parser.h"
#include "reweave.h"

#include <string.h>

/* Channels of node @node that are left; their numbers go to @kept, or NULL. */
static int
list_kept (const RwTies *ties, const gboolean *gone, int node, int *kept)
{
  int n = 0;

  for (int c = 0; c < ties->net->nodes[node].shape.c; c++) {
    const int group = rw_ties_find (ties, node, c);

    if (group >= 0 && gone[group])
      continue;
    if (kept)
      kept[n] = c;
    n++;
  }
  return n;
}

/* ---- the text ------------------------------------------------------------ */

/* The setting "channels" of the statement at @words. */
static void
set_channels (RwToken *words, int channels)
{
  static const char key[] = "channels=";

  for (words++; words->kind == RW_TOKEN_WORD; words++) {
    const gboolean named = g_str_has_prefix (words->word, key);

    if (!named && !g_ascii_isdigit (*words->word))
      continue;
    g_free (words->word);
    words->word = g_strdup_printf ("%s%d", named ? key : "", channels);
    return;
  }
}

/* A statement that stands for several layers says how many channels its last
 * one has. */
static void
edit_tokens (const RwTies *ties, const gboolean *gone, GArray *tokens)
{
  const RwNet *net = ties->net;
  g_autofree int *lasts = g_new0 (int, tokens->len);
  g_autofree gboolean *owns = g_new0 (gboolean, tokens->len);

  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];

    lasts[node->statement] = i;
    if (node->layer->class->channels.way == RW_CHANNELS_OWN)
      owns[node->statement] = TRUE;
  }
  for (guint i = 0; i < tokens->len; i++)
    if (owns[i])
      set_channels (&g_array_index (tokens, RwToken, i),
                    list_kept (ties, gone, lasts[i], NULL));
}

static gboolean
check_left (const RwTies *ties, const gboolean *gone, GError **error)
{
  for (int i = 1; i < ties->net->n_nodes; i++)
    if (list_kept (ties, gone, i, NULL) == 0) {
      g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                   "net: %s would have no channel left, expected at least "
                   "one; take fewer out",
                   ties->net->nodes[i].name);
      return FALSE;
    }
  return TRUE;
}

RwNet *
rw_ties_cut (const RwTies *ties, const gboolean *gone, GError **error)
{
  if (!check_left (ties, gone, error))
    return NULL;
  g_autoptr (GArray) tokens = rw_tokens_from_text (ties->net->text);

  edit_tokens (ties, gone, tokens);
  g_autofree char *text = rw_tokens_to_text (tokens);

  return rw_net_parse (text, error);
}

/* ---- the parameters ------------------------------------------------------ */

/* Where each coordinate of a dimension was.  (transfer full), @n of them */
static gsize *
list_places (const RwTies *ties,
             const gboolean *gone,
             int node,
             char letter,
             gsize before,
             gsize *n)
{
  const int from = letter == 'i' ? ties->net->nodes[node].inputs[0] : node;
  const int channels = ties->net->nodes[from].shape.c;
  const gsize each = letter == '.' ? 1 : before / (gsize) channels;
  g_autofree int *kept = g_new (int, (gsize) channels);
  gsize *places = g_new (gsize, before);

  *n = letter == '.' ? before
                     : each * (gsize) list_kept (ties, gone, from, kept);
  for (gsize i = 0; i < *n; i++)
    places[i] = letter == '.' ? i : (gsize) kept[i / each] * each + i % each;
  return places;
}

static void
copy_values (gsize *const *places,
             const gsize *n,
             const RwParam *from,
             const float *values,
             float *left)
{
  gsize i = 0;

  for (gsize a = 0; a < n[0]; a++)
    for (gsize b = 0; b < n[1]; b++)
      for (gsize c = 0; c < n[2]; c++)
        for (gsize d = 0; d < n[3]; d++) {
          const gsize at[] = { places[0][a], places[1][b], places[2][c],
                               places[3][d] };
          gsize was = 0;

          for (int k = 0; k < 4; k++)
            was = was * (k < from->n_dims ? from->dims[k] : 1) + at[k];
          left[i++] = values[was];
        }
}

static void
move_param (const RwTies *ties,
            const gboolean *gone,
            int node,
            int which,
            const float *values,
            float *left)
{
  const RwNode *owner = &ties->net->nodes[node];
  const RwParam *param = &ties->net->params[owner->first_param + which];
  const char *letters = owner->layer->class->channels.params[which];
  gsize *places[4], n[4];

  for (int d = 0; d < 4; d++)
    places[d] = list_places (ties, gone, node,
                             letters && d < param->n_dims ? letters[d] : '.',
                             d < param->n_dims ? param->dims[d] : 1, &n[d]);
  copy_values (places, n, param, values, left);
  for (int d = 0; d < 4; d++)
    g_free (places[d]);
}

gboolean
rw_ties_move (const RwTies *ties,
              const gboolean *gone,
              const float *params,
              const RwNet *cut,
              float *left,
              GError **error)
{
  const RwNet *net = ties->net;
  rw_autofree float *values = rw_net_alloc_values (net, "a parameter", error);
  rw_autofree float *fewer =
      values ? rw_net_alloc_values (net, "a parameter", error) : NULL;

  if (!fewer)
    return FALSE;
  memset (left, 0, cut->n_inner * sizeof *left);
  for (int i = 1; i < net->n_nodes; i++)
    for (int k = 0; net->nodes[i].twin == i && k < net->nodes[i].n_params;
         k++) {
      const int param = net->nodes[i].first_param + k;

      rw_net_export_param (net, param, params, values);
      move_param (ties, gone, i, k, values, fewer);
      rw_net_import_param (cut, param, left, fewer);
    }
  return TRUE;
}
