/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pruning.
 */
#include "train/prune.h"

#include "reweave.h"
#include "base/alloc.h"
#include "train/batch.h"

#include <math.h>
#include <string.h>

/* ---- scores ------------------------------------------------------------- */

/* Not NULL where there is no group, either. */
static double *
score (const RwTies *ties, const double *own)
{
  double *scores = g_new (double, (gsize) rw_ties_get_n (ties) + 1);

  rw_ties_score (ties, own, scores);
  return scores;
}

double *
rw_prune_score_magnitude (const RwTies *ties,
                          const float *params,
                          GError **error)
{
  const int n = rw_ties_get_n_own (ties);
  g_autofree double *own = g_new0 (double, (gsize) n);

  if (!rw_ties_add_products (ties, params, params, own, error))
    return NULL;
  for (int i = 0; i < n; i++)
    own[i] = sqrt (own[i]);
  return score (ties, own);
}

/* Adds what patch number @step says to @own. */
static gboolean
add_patch (const RwTies *ties,
           const float *params,
           RwBatch *batch,
           const RwPack *pack,
           guint64 step,
           double *own,
           GError **error)
{
  const int n = rw_ties_get_n_own (ties);
  g_autofree double *sums = g_new0 (double, (gsize) n);
  double norm;

  if (!rw_batch_begin (batch, step, error))
    return FALSE;
  rw_batch_run (batch, pack, 1, &norm);
  if (!rw_ties_add_products (ties, params, rw_batch_get_gradient (batch), sums,
                             error))
    return FALSE;
  for (int i = 0; i < n; i++)
    own[i] += fabs (sums[i]);
  return TRUE;
}

double *
rw_prune_score_taylor (const RwTies *ties,
                       RwNet *net,
                       const float *params,
                       const RwPruneData *data,
                       GError **error)
{
  const int n_patches =
      data->n_patches > 0 ? data->n_patches : RW_PRUNE_PATCHES;
  g_autofree double *own = g_new0 (double, (gsize) rw_ties_get_n_own (ties));
  g_autofree char *text = rw_recipe_to_text (data->recipe);
  g_autoptr (RwRecipe) recipe = rw_recipe_parse (text, "the recipe", error);

  if (recipe == NULL)
    return NULL;
  recipe->batch = recipe->slices = recipe->accumulate = 1;
  recipe->mixup = 0;
  g_autoptr (RwBatch) batch =
      rw_batch_new (net, data->task, recipe, data->dataset, error);
  g_autoptr (RwPack) pack =
      batch != NULL ? rw_pack_new (net, RW_RUN_TRAIN, error) : NULL;

  if (pack == NULL)
    return NULL;
  rw_pack_update (pack, params);
  for (int i = 0; i < n_patches; i++)
    if (!add_patch (ties, params, batch, pack, (guint64) i, own, error))
      return NULL;
  return score (ties, own);
}

/* ---- pruning ------------------------------------------------------------ */

typedef struct {
  const RwTies *ties;
  int *order, *ends, n_ends; /* as rw_ties_order gives them */
  gboolean *gone;
} Choice;

/* The net after something has gone @n times. */
static RwNet *
cut (Choice *choice, int n, GError **error)
{
  for (int group = 0; group < rw_ties_get_n (choice->ties); group++)
    choice->gone[group] = FALSE;
  for (int i = 0; n > 0 && i < choice->ends[n - 1]; i++)
    choice->gone[choice->order[i]] = TRUE;
  return rw_ties_cut (choice->ties, choice->gone, error);
}

static gboolean
measure (Choice *choice,
         int n,
         RwPruneCost cost,
         gpointer data,
         double *result,
         GError **error)
{
  g_autoptr (RwNet) net = cut (choice, n, error);

  if (net == NULL)
    return FALSE;
  *result = cost (data, net);
  return TRUE;
}

/* How often something has to go at least for the cost to be low enough; -1
 * with an error. */
static int
find_n (Choice *choice,
        RwPruneCost cost,
        gpointer data,
        const char *what,
        double target,
        GError **error)
{
  int low = -1, high = choice->n_ends;
  double now;

  if (!measure (choice, high, cost, data, &now, error))
    return -1;
  if (now > target) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: wanted %.4g, but with all channels gone that can be "
                 "spared %.4g is left; ask for that or more",
                 what, target, now);
    return -1;
  }
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;

    if (!measure (choice, middle, cost, data, &now, error))
      return -1;
    if (now > target)
      low = middle;
    else
      high = middle;
  }
  return high;
}

int
rw_prune (const RwTies *ties,
          const float *params,
          const double *scores,
          RwPruneCost cost,
          gpointer data,
          const char *what,
          double target,
          int step,
          RwNet **pruned,
          float **left,
          GError **error)
{
  const gsize n_groups = (gsize) rw_ties_get_n (ties);
  g_autofree int *order = g_new (int, n_groups);
  g_autofree int *ends = g_new (int, n_groups);
  g_autofree gboolean *gone = g_new0 (gboolean, n_groups);
  Choice choice = { ties, order, ends,
                    rw_ties_order (ties, scores, step, order, ends, error),
                    gone };
  const int n = choice.n_ends >= 0
                    ? find_n (&choice, cost, data, what, target, error)
                    : -1;
  g_autoptr (RwNet) net = n >= 0 ? cut (&choice, n, error) : NULL;

  if (net == NULL)
    return -1;
  rw_autofree float *params_left = rw_try_alloc (
      rw_net_get_n_inner (net), sizeof (float), "the pruned net", error);
  if (params_left == NULL ||
      !rw_ties_move (ties, gone, params, net, params_left, error))
    return -1;
  *pruned = g_steal_pointer (&net);
  *left = g_steal_pointer (&params_left);
  return n > 0 ? ends[n - 1] : 0;
}
