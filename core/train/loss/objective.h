/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The objective: the weighted sum of losses that a training makes small, from
 * a text such as
 *
 *   charbonnier
 *   charbonnier + 0.1 * ms-ssim + 0.05 * edge
 *   0.5 * huber delta=0.1 + bce
 *   charbonnier + 0.5 * charbonnier(teacher)
 *   mse + 0.01 * l1(y) + 0.001 * huber(relu3) delta=1
 *
 * A term is a loss of train/loss/losses.h with a weight above 0 before it or
 * none, which is 1, and its parameter after it or none, which is its default.
 * It compares the net's output with what is clean; with "(teacher)" behind its
 * name, with what another net makes of the same input; with the name of a
 * result of the net, that result with 0, which only elementwise losses do.
 */
#pragma once

#include "train/loss/losses.h"

typedef struct RwObjective RwObjective; /* immutable; use from any thread */

/* What the net's output is compared with. */
typedef enum {
  RW_TARGET_CLEAN,
  RW_TARGET_TEACHER, /* "teacher": what another net gives */
  RW_N_TARGETS,
} RwTarget;

/* RW_ERROR_FORMAT saying which word is wrong; also for more than 8 terms, for
 * the same loss of the same thing twice, and for a loss that compares pictures
 * of a result. */
RwObjective *rw_objective_parse (const char *text, GError **error);
void rw_objective_free (RwObjective *objective); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwObjective, rw_objective_free)

gboolean rw_objective_uses (const RwObjective *objective, RwTarget target);

/* The results that it is of besides the output, each once, in the order of the
 * text; whether the net has them is for others to say. */
int rw_objective_get_n_results (const RwObjective *objective);
const char *rw_objective_get_result (const RwObjective *objective, int i);

/* Floats of scratch memory that one picture takes. */
gsize rw_objective_count_scratch (const RwObjective *objective,
                                  const RwLossShape *shape);

/* A result of one picture, and where its gradient goes. */
typedef struct {
  RwLossShape shape;
  const float *y;
  float
      *dy; /* += weight * d objective / d y, except in lanes above channels */
} RwObjectiveResult;

/* One picture. */
typedef struct {
  RwLossShape shape; /* of the output and of the targets */
  const float *y;    /* the net's output */
  float *dy; /* = weight * d objective / d y, 0 in the lanes above channels */
  const float *targets[RW_N_TARGETS]; /* NULL for those that it does not use */
  const RwObjectiveResult *results;   /* as rw_objective_get_result counts */
  double weight;
  double trade;   /* above 0: terms of the output count so many times more, and
                     those of results so many times less; 0: as 1 */
  float *scratch; /* as rw_objective_count_scratch says, 64-byte aligned */
} RwObjectivePass;

/* Returns the objective of a picture, and stores its gradients. */
double rw_objective_evaluate (const RwObjective *objective,
                              const RwObjectivePass *pass);

/* As it is written, with what the shape makes of its losses: "charbonnier +
 * 0.1 * ms-ssim (3 of 5 scales: the last needs 176 pixels)".  (transfer full)
 */
char *rw_objective_describe (const RwObjective *objective,
                             const RwLossShape *shape);
