/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Groups of channels, by union and find over all channels of all results.
 */
#include "nets/ties-private.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* ---- finding groups ----------------------------------------------------- */

/* While groups are found an entry of ties->groups is another channel of the
 * same group, or the channel itself, which then stands for the group. */
static int
find_root (RwTies *ties, gsize channel)
{
  int at = (int) channel;

  while (ties->groups[at] != at) {
    ties->groups[at] = ties->groups[ties->groups[at]];
    at = ties->groups[at];
  }
  return at;
}

/* The first channel stands for both groups. */
static void
unite (RwTies *ties, gsize a, gsize b)
{
  const int left = find_root (ties, a), right = find_root (ties, b);

  ties->groups[MAX (left, right)] = MIN (left, right);
}

/* All channels of a node with the first of the input, which stays. */
static void
hold (RwTies *ties, int node)
{
  for (gsize c = ties->firsts[node]; c < ties->firsts[node + 1]; c++)
    unite (ties, 0, c);
}

/* @n channels one by one. */
static void
unite_same (RwTies *ties, int a, int b, int n)
{
  for (int c = 0; c < n; c++)
    unite (ties, ties->firsts[a] + (gsize) c, ties->firsts[b] + (gsize) c);
}

/* Each channel of @few with so many of @many, one behind the other. */
static void
unite_runs (RwTies *ties, int few, int many)
{
  const gsize n = ties->firsts[many + 1] - ties->firsts[many],
              run = n / (ties->firsts[few + 1] - ties->firsts[few]);

  for (gsize c = 0; c < n; c++)
    unite (ties, ties->firsts[few] + c / run, ties->firsts[many] + c);
}

static void
tie_inputs (RwTies *ties, int i)
{
  const RwNode *node = &ties->net->nodes[i];
  const gsize y = ties->firsts[i];
  const int *inputs = node->inputs, n = node->shape.c;

  switch (node->layer->class->channels.way) {
  case RW_CHANNELS_STAY:
    hold (ties, i);
    for (int k = 0; k < node->n_inputs; k++)
      hold (ties, inputs[k]);
    break;
  case RW_CHANNELS_OWN:
    break;
  case RW_CHANNELS_SAME:
  case RW_CHANNELS_FIRST:
    for (int k = 0; k < node->n_inputs; k++)
      unite_same (ties, i, inputs[k], n);
    break;
  case RW_CHANNELS_SECOND:
    unite_same (ties, i, inputs[1], n);
    break;
  case RW_CHANNELS_JOINED: {
    const gsize left = ties->firsts[inputs[0] + 1] - ties->firsts[inputs[0]];

    for (gsize c = 0; c < (gsize) n; c++)
      unite (ties, y + c,
             c < left ? ties->firsts[inputs[0]] + c
                      : ties->firsts[inputs[1]] + c - left);
    break;
  }
  case RW_CHANNELS_HALVES:
    for (int c = 0; c < 2 * n; c++)
      unite (ties, y + (gsize) (c % n), ties->firsts[inputs[0]] + (gsize) c);
    break;
  case RW_CHANNELS_GATHERED:
    unite_runs (ties, i, inputs[0]);
    break;
  case RW_CHANNELS_SPREAD:
    unite_runs (ties, inputs[0], i);
    break;
  }
}

/* The rounds of a block have the same parameters, and so the same channels. */
static void
tie_rounds (RwTies *ties, int i)
{
  const RwNode *node = &ties->net->nodes[i];
  const RwNode *twin = &ties->net->nodes[node->twin];

  unite_same (ties, i, node->twin, node->shape.c);
  for (int k = 0; k < node->n_inputs; k++)
    unite_same (ties, node->inputs[k], twin->inputs[k],
                ties->net->nodes[node->inputs[k]].shape.c);
}

/* From roots to numbers; a root stands before all else of its group. */
static void
number_groups (RwTies *ties)
{
  const gsize n = ties->firsts[ties->net->n_nodes];

  for (gsize c = 0; c < n; c++)
    ties->groups[c] = find_root (ties, c);
  for (gsize c = 0; c < n; c++)
    if (ties->groups[c] != (int) c)
      ties->groups[c] = ties->groups[ties->groups[c]];
    else
      ties->groups[c] = c == 0 ? -1 : ties->n++;
}

static gboolean
count_channels (RwTies *ties, GError **error)
{
  const RwNet *net = ties->net;

  ties->firsts = g_new0 (gsize, (gsize) net->n_nodes + 1);
  for (int i = 0; i < net->n_nodes; i++)
    ties->firsts[i + 1] = ties->firsts[i] + (gsize) net->nodes[i].shape.c;
  const gsize n = ties->firsts[net->n_nodes];

  ties->groups =
      rw_try_alloc (n, sizeof (int), "the channels of a net", error);
  for (gsize c = 0; ties->groups && c < n; c++)
    ties->groups[c] = (int) c;
  return ties->groups != NULL;
}

RwTies *
rw_ties_new (const RwNet *net, GError **error)
{
  g_autoptr (RwTies) ties = g_new0 (RwTies, 1);

  ties->net = rw_net_parse (rw_net_get_text (net), error);
  if (!ties->net || !count_channels (ties, error))
    return NULL;
  hold (ties, 0);
  hold (ties, rw_net_output_node (ties->net));
  for (int i = 1; i < ties->net->n_nodes; i++) {
    tie_inputs (ties, i);
    if (ties->net->nodes[i].twin != i)
      tie_rounds (ties, i);
    if (rw_ties_owns (ties, i))
      ties->n_own += ties->net->nodes[i].shape.c;
  }
  number_groups (ties);
  return g_steal_pointer (&ties);
}

void
rw_ties_free (RwTies *ties)
{
  if (!ties)
    return;
  rw_net_unref (ties->net);
  g_free (ties->firsts);
  rw_free (ties->groups);
  g_free (ties);
}

int
rw_ties_get_n (const RwTies *ties)
{
  return ties->n;
}

int
rw_ties_find (const RwTies *ties, int node, int channel)
{
  return ties->groups[ties->firsts[node] + (gsize) channel];
}

/* ---- what channels are worth -------------------------------------------- */

int
rw_ties_get_n_own (const RwTies *ties)
{
  return ties->n_own;
}

/* Of one parameter: the values of a channel stand together, in pieces that
 * come again for each value of the dimensions before. */
static void
add_param (const RwNode *node,
           int which,
           const RwParam *param,
           const float *a,
           const float *b,
           double *sums)
{
  const char *letters = node->layer->class->channels.params[which];
  const char *found = letters ? strchr (letters, 'o') : NULL;
  gsize piece = 1;

  if (!found)
    return;
  for (int d = (int) (found - letters) + 1; d < param->n_dims; d++)
    piece *= param->dims[d];
  for (gsize i = 0; i < param->n_values; i++)
    sums[i / piece % (gsize) node->shape.c] += (double) a[i] * (double) b[i];
}

gboolean
rw_ties_add_products (const RwTies *ties,
                      const float *a,
                      const float *b,
                      double *sums,
                      GError **error)
{
  const RwNet *net = ties->net;
  rw_autofree float *left = rw_net_alloc_values (net, "a parameter", error);
  rw_autofree float *right =
      left ? rw_net_alloc_values (net, "a parameter", error) : NULL;

  if (!right)
    return FALSE;
  for (int i = 1; i < net->n_nodes; i++) {
    const RwNode *node = &net->nodes[i];

    if (!rw_ties_owns (ties, i))
      continue;
    for (int k = 0; k < node->n_params; k++) {
      rw_net_export_param (net, node->first_param + k, a, left);
      rw_net_export_param (net, node->first_param + k, b, right);
      add_param (node, k, &net->params[node->first_param + k], left, right,
                 sums);
    }
    sums += node->shape.c;
  }
  return TRUE;
}

void
rw_ties_score (const RwTies *ties, const double *own, double *scores)
{
  memset (scores, 0, (gsize) ties->n * sizeof *scores);
  for (int i = 1; i < ties->net->n_nodes; i++) {
    const int n = ties->net->nodes[i].shape.c;
    double squares = 0;

    if (!rw_ties_owns (ties, i))
      continue;
    for (int c = 0; c < n; c++)
      squares += own[c] * own[c];
    for (int c = 0; c < n && squares > 0; c++) {
      const int group = rw_ties_find (ties, i, c);

      if (group >= 0)
        scores[group] += own[c] / sqrt (squares);
    }
    own += n;
  }
}
