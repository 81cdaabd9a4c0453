/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * In which order groups of channels go, one by one or some at a time.
 */
#include "nets/ties-private.h"

#include "base/alloc.h"
#include "base/sort.h"

#include <string.h>

enum { LEAST_SHARE = 8 /* of a layer's channels one in so many stays */ };

/* ---- which layers a group is of ----------------------------------------- */

/* The nodes of each group, one for each channel of it. */
typedef struct {
  int *nodes, *firsts; /* firsts: n groups + 1 */
} Members;

static gboolean
list_members (const RwTies *ties, Members *members, GError **error)
{
  const gsize n_channels = ties->firsts[ties->net->n_nodes];
  g_autofree int *ends = NULL;

  members->firsts = g_new0 (int, (gsize) ties->n + 1);
  members->nodes =
      rw_try_alloc (n_channels, sizeof (int), "the channels of a net", error);
  if (!members->nodes)
    return FALSE;
  for (gsize c = 0; c < n_channels; c++)
    if (ties->groups[c] >= 0)
      members->firsts[ties->groups[c] + 1]++;
  for (int g = 0; g < ties->n; g++)
    members->firsts[g + 1] += members->firsts[g];
  ends = g_memdup2 (members->firsts, ((gsize) ties->n + 1) * sizeof *ends);
  for (int i = 0; i < ties->net->n_nodes; i++)
    for (gsize c = ties->firsts[i]; c < ties->firsts[i + 1]; c++)
      if (ties->groups[c] >= 0)
        members->nodes[ends[ties->groups[c]]++] = i;
  return TRUE;
}

/* Less than, like or more than 0: groups of the same layers are alike. */
static int
compare_members (const Members *members, int a, int b)
{
  const int first = members->firsts[a], other = members->firsts[b],
            n = members->firsts[a + 1] - first,
            m = members->firsts[b + 1] - other;

  if (n != m)
    return n - m;
  for (int i = 0; i < n; i++)
    if (members->nodes[first + i] != members->nodes[other + i])
      return members->nodes[first + i] - members->nodes[other + i];
  return 0;
}

static void
take (const Members *members, int group, int sign, int *left)
{
  for (int m = members->firsts[group]; m < members->firsts[group + 1]; m++)
    left[members->nodes[m]] -= sign;
}

/* ---- bundles ------------------------------------------------------------- */

typedef struct {
  double score;
  int group;
  const Members *kinds; /* groups of the same nodes come together; or NULL */
} Ranked;

/* Groups that go together. */
typedef struct {
  double score; /* the mean of theirs */
  int first, n; /* in the list of ranked groups */
} Bundle;

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *left = a, *right = b;
  const int kind =
      left->kinds ? compare_members (left->kinds, left->group, right->group)
                  : 0;

  if (kind != 0)
    return kind;
  if (left->score != right->score)
    return left->score < right->score ? -1 : 1;
  return left->group - right->group;
}

/* Stable, so that bundles with one score go in the order of the net. */
static int
compare_bundles (gconstpointer a, gconstpointer b)
{
  const Bundle *left = a, *right = b;

  if (left->score != right->score)
    return left->score < right->score ? -1 : 1;
  return left->first - right->first;
}

static Bundle
make_bundle (const Ranked *ranked, int first, int n)
{
  Bundle bundle = { 0, first, n };

  for (int i = 0; i < n; i++)
    bundle.score += ranked[first + i].score / n;
  return bundle;
}

/* Cuts @ranked, in which groups of the same layers follow each other, so that
 * what is left of each kind is a multiple of @step. */
static int
cut_bundles (const Members *members,
             const Ranked *ranked,
             int n,
             int step,
             Bundle *bundles)
{
  int n_bundles = 0;

  for (int first = 0, end; first < n; first = end) {
    for (end = first + 1;
         end < n && compare_members (members, ranked[first].group,
                                     ranked[end].group) == 0;
         end++)
      ;
    for (int at = first; end - at > step;) {
      const int over = (end - at) % step, size = over ? over : step;

      bundles[n_bundles++] = make_bundle (ranked, at, size);
      at += size;
    }
  }
  return n_bundles;
}

static int
list_bundles (const RwTies *ties,
              const Members *members,
              Ranked *ranked,
              int step,
              Bundle *bundles)
{
  int n = ties->n;

  for (int g = 0; g < n; g++)
    ranked[g].kinds = step > 1 ? members : NULL;
  rw_sort (ranked, (gsize) n, sizeof *ranked, compare_ranked);
  if (step > 1)
    n = cut_bundles (members, ranked, ties->n, step, bundles);
  else
    for (int g = 0; g < n; g++)
      bundles[g] = make_bundle (ranked, g, 1);
  rw_sort (bundles, (gsize) n, sizeof *bundles, compare_bundles);
  return n;
}

/* Takes a bundle's groups out of @left, the channels of each node, if all can
 * spare them. */
static gboolean
spare (const RwTies *ties,
       const Members *members,
       const Ranked *ranked,
       int n,
       int *left)
{
  gboolean good = TRUE;

  for (int i = 0; i < n; i++)
    take (members, ranked[i].group, 1, left);
  for (int i = 0; i < ties->net->n_nodes; i++) {
    const int c = ties->net->nodes[i].shape.c;

    good = good && left[i] >= (c + LEAST_SHARE - 1) / LEAST_SHARE;
  }
  for (int i = 0; i < n && !good; i++)
    take (members, ranked[i].group, -1, left);
  return good;
}

int
rw_ties_order (const RwTies *ties,
               const double *scores,
               int step,
               int *order,
               int *ends,
               GError **error)
{
  g_autofree Ranked *ranked = g_new (Ranked, (gsize) ties->n);
  g_autofree Bundle *bundles = g_new (Bundle, (gsize) ties->n);
  g_autofree int *left = g_new (int, (gsize) ties->net->n_nodes);
  Members members = { NULL, NULL };
  int n = 0, n_ends = 0;

  if (ties->n == 0)
    return 0;
  for (int g = 0; g < ties->n; g++)
    ranked[g] = (Ranked){ scores[g], g };
  for (int i = 0; i < ties->net->n_nodes; i++)
    left[i] = ties->net->nodes[i].shape.c;
  const gboolean good = list_members (ties, &members, error);
  const int n_bundles =
      good ? list_bundles (ties, &members, ranked, step, bundles) : 0;

  for (int b = 0; b < n_bundles; b++) {
    const Ranked *first = ranked + bundles[b].first;

    if (!spare (ties, &members, first, bundles[b].n, left))
      continue;
    for (int i = 0; i < bundles[b].n; i++)
      order[n++] = first[i].group;
    ends[n_ends++] = n;
  }
  rw_free (members.nodes);
  g_free (members.firsts);
  return good ? n_ends : -1;
}
