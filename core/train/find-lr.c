/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The learning-rate range test.
 */
#include "train/find-lr.h"

#include "reweave.h"
#include "base/alloc.h"
#include "train/trainer-private.h"

#include <math.h>
#include <string.h>

#define WIDTH 6.0    /* deviation of the smoothing, points: 0.24 decades */
#define SPAN 18      /* points on each side that it takes in */
#define LATELY 0.9   /* decay of the mean that tells of divergence */
#define DIVERGED 4.0 /* times its lowest */

void
rw_lr_search_clear (RwLrSearch *search)
{
  g_clear_pointer (&search->points, g_free);
  search->n_points = 0;
}

/* ---- judging ------------------------------------------------------------ */

static double
smooth (const RwLrSearch *search, int at)
{
  const int first = MAX (at - SPAN, 0);
  const int end = MIN (at + SPAN + 1, search->n_points);
  double sum = 0, weights = 0;

  for (int i = first; i < end; i++) {
    const double d = (i - at) / WIDTH;
    const double weight = exp (-d * d / 2);
    sum += weight * log (search->points[i].relative);
    weights += weight;
  }
  return exp (sum / weights);
}

void
rw_lr_search_judge (RwLrSearch *search)
{
  RwLrPoint *points = search->points;
  double steepest = 0;
  int lowest = 0;

  search->suggestion = search->lowest = NAN;
  if (search->n_points == 0)
    return;
  for (int i = 0; i < search->n_points; i++) {
    points[i].smooth = smooth (search, i);
    if (points[i].smooth < points[lowest].smooth)
      lowest = i;
  }
  search->lowest = points[lowest].rate;
  for (int i = 1; i < lowest; i++) {
    const double fall = log (points[i - 1].smooth / points[i + 1].smooth);
    if (fall > steepest) {
      steepest = fall;
      search->suggestion = points[i].rate;
    }
  }
}

/* ---- searching ---------------------------------------------------------- */

typedef struct {
  RwTrainer trainer;
  RwLrSearch *search;
  RwPack *first_pack; /* the first weights */
  float *first;
  double mean, weight; /* of the losses lately, and of what it is made of */
  double lowest;       /* such mean */
} Sweep;

static gboolean
setup (Sweep *sweep, GError **error)
{
  RwTrainer *trainer = &sweep->trainer;

  if (!rw_trainer_setup_search (trainer, error))
    return FALSE;
  const gsize n = rw_net_get_n_inner (trainer->net);
  sweep->first = rw_try_alloc (n, sizeof (float), "the first weights", error);
  sweep->first_pack = sweep->first != NULL
                          ? rw_pack_new (trainer->net, RW_RUN_TRAIN, error)
                          : NULL;
  if (sweep->first_pack == NULL)
    return FALSE;
  memcpy (sweep->first, trainer->state->params, n * sizeof (float));
  rw_pack_update (sweep->first_pack, sweep->first);
  return TRUE;
}

static void
clear (Sweep *sweep)
{
  rw_pack_free (sweep->first_pack);
  rw_free (sweep->first);
  rw_trainer_clear (&sweep->trainer);
}

/* TRUE when the loss has left. */
static gboolean
has_diverged (Sweep *sweep, double loss)
{
  sweep->mean = LATELY * sweep->mean + (1 - LATELY) * loss;
  sweep->weight = LATELY * sweep->weight + (1 - LATELY);
  const double lately = sweep->mean / sweep->weight;

  sweep->lowest = fmin (sweep->lowest, lately);
  return !(lately <= DIVERGED * sweep->lowest);
}

/* @go_on: FALSE when the sweep has seen enough. */
static gboolean
do_step (Sweep *sweep, int step, double rate, gboolean *go_on, GError **error)
{
  RwTrainer *trainer = &sweep->trainer;
  RwTrainState *state = trainer->state;
  RwGradientStep first, g;

  if (!rw_gradient_run (trainer->gradient, sweep->first_pack, (guint64) step,
                        &first, error) ||
      !rw_gradient_run (trainer->gradient, trainer->pack, (guint64) step, &g,
                        error))
    return FALSE;
  *go_on = isfinite (g.loss) && isfinite (g.norm);
  if (!*go_on)
    return TRUE;
  sweep->search->points[sweep->search->n_points++] = (RwLrPoint){
    .rate = rate, .loss = g.loss, .relative = g.loss / first.loss
  };
  *go_on = !has_diverged (sweep, g.loss / first.loss);
  rw_optimiser_step (state->optimiser, state->params, g.values,
                     (guint64) step + 1, rate, g.scale);
  rw_pack_update (trainer->pack, state->params);
  return TRUE;
}

static gboolean
run (Sweep *sweep, RwLrFunc report, gpointer report_data, GError **error)
{
  const double factor =
      pow (RW_LR_MOST / RW_LR_LEAST, 1.0 / (RW_LR_STEPS - 1));
  gboolean go_on = TRUE;

  for (int step = 0; go_on && step < RW_LR_STEPS; step++) {
    const double rate = RW_LR_LEAST * pow (factor, step);
    if (!do_step (sweep, step, rate, &go_on, error))
      return FALSE;
    if (go_on && report != NULL &&
        !report (report_data, step, &sweep->search->points[step])) {
      g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                   "stopped at step %d of %d, where no rate is found yet; "
                   "start it again",
                   step + 1, RW_LR_STEPS);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
rw_find_lr (const RwTraining *training,
            RwLrFunc report,
            gpointer report_data,
            RwLrSearch *search,
            GError **error)
{
  RwRecipe recipe = *training->recipe; /* borrows its texts */
  RwTraining alone = *training;
  Sweep sweep = { .search = search, .lowest = INFINITY };

  recipe.patience = 0;
  recipe.schedule = (char *) "constant";
  alone.recipe = &recipe;
  alone.validation = NULL;
  alone.capacity = FALSE;
  sweep.trainer.training = &alone;
  *search = (RwLrSearch){ .points = g_new0 (RwLrPoint, RW_LR_STEPS) };
  const gboolean good =
      setup (&sweep, error) && run (&sweep, report, report_data, error);
  clear (&sweep);
  if (good)
    rw_lr_search_judge (search);
  else
    rw_lr_search_clear (search);
  return good;
}
