/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a batch's loss is of.
 */
#include "train/batch-goal.h"

#include "reweave.h"
#include "base/alloc.h"

#include <math.h>
#include <string.h>

static gboolean
find_results (RwGoal *goal, const RwNet *net, GError **error)
{
  goal->n_results = rw_objective_get_n_results (goal->objective);
  goal->results = g_new0 (int, (gsize) goal->n_results);
  for (int i = 0; i < goal->n_results; i++) {
    goal->results[i] = rw_net_find_result (
        net, rw_objective_get_result (goal->objective, i), error);
    if (goal->results[i] < 0) {
      g_prefix_error (error, "loss \"%s\": ", goal->recipe->loss);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
rw_goal_init (RwGoal *goal,
              RwNet *net,
              const RwTask *task,
              const RwRecipe *recipe,
              GError **error)
{
  const int channels = rw_net_get_out_channels (net);

  goal->task = task;
  goal->recipe = recipe;
  goal->shape = (RwLossShape){ .height = recipe->patch,
                               .width = recipe->patch,
                               .channels = channels,
                               .stride = rw_channel_stride (channels) };
  goal->objective = rw_objective_parse (recipe->loss, error);
  return goal->objective != NULL && find_results (goal, net, error);
}

void
rw_goal_clear (RwGoal *goal)
{
  rw_objective_free (goal->objective);
  g_free (goal->results);
  rw_pack_free (goal->teacher_pack);
}

/* Floats of an output. */
static gsize
count_output (const RwGoal *goal)
{
  return (gsize) goal->shape.height * (gsize) goal->shape.width *
         (gsize) goal->shape.stride;
}

static gboolean
alloc_floats (float **floats, gsize n, GError **error)
{
  *floats = rw_try_alloc (n, sizeof (float), "the buffers of a training batch",
                          error);
  return *floats != NULL;
}

gboolean
rw_goal_desk_init (
    RwGoalDesk *desk, const RwGoal *goal, RwRun *run, int n, GError **error)
{
  desk->n = n;
  desk->trades = g_new0 (double, (gsize) n);
  desk->results = g_new0 (RwObjectiveResult, (gsize) goal->n_results);
  for (int i = 0; i < goal->n_results; i++)
    rw_run_keep (run, goal->results[i]);
  return alloc_floats (&desk->targets[RW_TARGET_CLEAN],
                       count_output (goal) * (gsize) n, error) &&
         alloc_floats (
             &desk->scratch,
             rw_objective_count_scratch (goal->objective, &goal->shape),
             error);
}

void
rw_goal_desk_clear (RwGoalDesk *desk)
{
  rw_run_free (desk->teacher);
  for (int i = 0; i < RW_N_TARGETS; i++)
    rw_free (desk->targets[i]);
  g_free (desk->trades);
  g_free (desk->results);
  rw_free (desk->scratch);
}

/* ---- the teacher -------------------------------------------------------- */

static gboolean
pack_teacher (RwGoal *goal, const RwWeights *weights, GError **error)
{
  if (!rw_feed_init (&goal->teacher_feed, weights->net, weights->range_low,
                     weights->range_high, goal->task->info.scale, error))
    return FALSE;
  goal->teacher_pack = rw_pack_new (weights->net, RW_RUN_INFER, error);
  if (goal->teacher_pack == NULL ||
      (weights->quant != NULL &&
       !rw_pack_set_quant (goal->teacher_pack, weights->quant, error)))
    return FALSE;
  rw_pack_update (goal->teacher_pack, weights->params);
  return TRUE;
}

gboolean
rw_goal_set_teacher (RwGoal *goal, const RwWeights *weights, GError **error)
{
  goal->teacher = weights;
  if (pack_teacher (goal, weights, error))
    return TRUE;
  g_prefix_error (error, "teacher: ");
  return FALSE;
}

gboolean
rw_goal_desk_set_teacher (RwGoalDesk *desk, const RwGoal *goal, GError **error)
{
  const int side = goal->recipe->patch / goal->task->info.scale;

  desk->teacher = rw_run_new (goal->teacher->net, RW_RUN_INFER, 1);
  if (rw_run_prepare (desk->teacher, 1, side, side, error) &&
      alloc_floats (&desk->targets[RW_TARGET_TEACHER],
                    count_output (goal) * (gsize) desk->n, error))
    return TRUE;
  g_prefix_error (error, "teacher: ");
  return FALSE;
}

gboolean
rw_goal_check (const RwGoal *goal, GError **error)
{
  if (goal->teacher != NULL ||
      !rw_objective_uses (goal->objective, RW_TARGET_TEACHER))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "loss \"%s\": compares with a teacher, but there is none; give "
               "one, or take \"(teacher)\" out",
               goal->recipe->loss);
  return FALSE;
}

static void
teach (RwGoalDesk *desk,
       const RwGoal *goal,
       const RwSample *input,
       const RwTold *told,
       float *target)
{
  rw_feed_fill (&goal->teacher_feed, input->rgb, input->mask, told,
                (gsize) input->width * (gsize) input->height,
                rw_run_get_input (desk->teacher));
  rw_run_forward (desk->teacher, goal->teacher_pack);
  memcpy (target, rw_run_get_output (desk->teacher),
          count_output (goal) * sizeof (float));
}

/* ---- an image ----------------------------------------------------------- */

/* The clean patch, in the layout of the net's output. */
static void
set_clean (const RwGoal *goal, const RwSample *clean, float *target)
{
  const gsize n_pixels =
      (gsize) goal->shape.height * (gsize) goal->shape.width;

  for (gsize i = 0; i < n_pixels; i++)
    memcpy (target + i * (gsize) goal->shape.stride, clean->rgb + 3 * i,
            3 * sizeof (float));
}

void
rw_goal_set_targets (RwGoalDesk *desk,
                     const RwGoal *goal,
                     int i,
                     const RwPair *pair,
                     const RwTold *told)
{
  const gsize at = (gsize) i * count_output (goal);
  const RwTask *task = goal->task;

  /* the root, so that a step is made of patches of equal weight */
  if (task->trade != NULL)
    desk->trades[i] = sqrt (task->trade ((double) told->value));
  set_clean (goal, &pair->clean, desk->targets[RW_TARGET_CLEAN] + at);
  if (desk->teacher != NULL)
    teach (desk, goal, &pair->input, told,
           desk->targets[RW_TARGET_TEACHER] + at);
}

static void
find_image_results (RwGoalDesk *desk, const RwGoal *goal, RwRun *run, int i)
{
  for (int k = 0; k < goal->n_results; k++) {
    const int node = goal->results[k];
    RwObjectiveResult *result = &desk->results[k];
    RwLossShape *shape = &result->shape;

    rw_run_get_result_shape (run, node, &shape->height, &shape->width,
                             &shape->channels);
    shape->stride = rw_channel_stride (shape->channels);
    const gsize n =
        (gsize) shape->height * (gsize) shape->width * (gsize) shape->stride;
    result->y = rw_run_get_result (run, node) + (gsize) i * n;
    result->dy = rw_run_get_result_grad (run, node) + (gsize) i * n;
  }
}

double
rw_goal_evaluate (
    RwGoalDesk *desk, const RwGoal *goal, RwRun *run, int i, double weight)
{
  const gsize at = (gsize) i * count_output (goal);
  RwObjectivePass pass = { .shape = goal->shape,
                           .y = rw_run_get_output (run) + at,
                           .dy = rw_run_get_output_grad (run) + at,
                           .results = desk->results,
                           .weight = weight,
                           .trade = desk->trades[i],
                           .scratch = desk->scratch };

  for (int k = 0; k < RW_N_TARGETS; k++)
    if (desk->targets[k] != NULL)
      pass.targets[k] = desk->targets[k] + at;
  find_image_results (desk, goal, run, i);
  return rw_objective_evaluate (goal->objective, &pass);
}
