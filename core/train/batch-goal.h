/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a batch's loss is of: the targets of each image, clean and the
 * teacher's, and the results inside the net that the loss names.  For batch.c.
 */
#pragma once

#include "nets/feed.h"
#include "tasks/task.h"
#include "train/loss/objective.h"
#include "train/recipe.h"
#include "weights/weights.h"

/* What all workers share. */
typedef struct {
  const RwTask *task;
  const RwRecipe *recipe;
  RwObjective *objective;
  RwLossShape shape;        /* of the output and of the targets */
  int n_results;            /* that the loss is of besides the output */
  int *results;             /* their nodes */
  const RwWeights *teacher; /* or NULL */
  RwPack *teacher_pack;
  RwFeed teacher_feed;
} RwGoal;

/* What a worker has of it. */
typedef struct {
  int n;                        /* images at most */
  float *targets[RW_N_TARGETS]; /* [n][patch][patch][stride], or NULL */
  RwRun *teacher;               /* of one image, or NULL */
  double *trades;               /* of each image, see RwObjectivePass */
  RwObjectiveResult *results;   /* of the image at hand */
  float *scratch;
} RwGoalDesk;

/* Borrows all.  RW_ERROR_FORMAT, and _MISMATCH for a result that the net does
 * not have.  To be cleared also on failure, as the others. */
gboolean rw_goal_init (RwGoal *goal,
                       RwNet *net,
                       const RwTask *task,
                       const RwRecipe *recipe,
                       GError **error);
void rw_goal_clear (RwGoal *goal);

/* For @n images of @run, which is to keep the results; before its prepare. */
gboolean rw_goal_desk_init (
    RwGoalDesk *desk, const RwGoal *goal, RwRun *run, int n, GError **error);
void rw_goal_desk_clear (RwGoalDesk *desk);

/* See rw_batch_set_teacher; for all desks then. */
gboolean
rw_goal_set_teacher (RwGoal *goal, const RwWeights *weights, GError **error);
gboolean rw_goal_desk_set_teacher (RwGoalDesk *desk,
                                   const RwGoal *goal,
                                   GError **error);

/* RW_ERROR_MISMATCH when the loss wants a teacher and there is none. */
gboolean rw_goal_check (const RwGoal *goal, GError **error);

/* The targets of image @i from a pair, whose input the net is fed as well and
 * told as @told says. */
void rw_goal_set_targets (RwGoalDesk *desk,
                          const RwGoal *goal,
                          int i,
                          const RwPair *pair,
                          const RwTold *told);

/* After forward: the loss of image @i, whose gradients it puts where backward
 * begins, times @weight. */
double rw_goal_evaluate (
    RwGoalDesk *desk, const RwGoal *goal, RwRun *run, int i, double weight);
