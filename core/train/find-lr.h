/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The learning-rate range test: a short training in which the rate rises
 * exponentially, and the rate that its loss suggests.
 * Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks"
 * (first of 2015), section 3.3; an exponential rise and the point of steepest
 * fall as is usual since.
 *
 * Some patches are much harder than others, since the damage of each is drawn
 * anew, and a few steps of training change the loss less than that.  So every
 * loss is divided by that of the first weights on the same patches, which costs
 * another pass over them.
 */
#pragma once

#include "train/trainer.h"

typedef struct {
  double rate;
  double loss;     /* of the step's patches, before it */
  double relative; /* to that of the first weights */
  double smooth;   /* geometric mean of the relative ones around it */
} RwLrPoint;

typedef struct {
  RwLrPoint *points; /* owned */
  int n_points;
  double suggestion; /* the rate where the smooth loss falls most steeply per
                        factor of the rate, before it is lowest; NaN when it
                        falls nowhere */
  double lowest;     /* the rate where it is lowest */
} RwLrSearch;

void rw_lr_search_clear (RwLrSearch *search);

/* Fills in smooth, suggestion and lowest from rate and relative of the points,
 * whose rates rise by a fixed factor. */
void rw_lr_search_judge (RwLrSearch *search);

enum { RW_LR_STEPS = 200 };
#define RW_LR_LEAST 1e-7
#define RW_LR_MOST 10.0

/* Called after each step; FALSE stops with RW_ERROR_CANCELLED. */
typedef gboolean (*RwLrFunc) (gpointer data, int step, const RwLrPoint *point);

/* Trains as @training says (its weights, recipe and pictures; neither
 * validation nor schedule) with rates from RW_LR_LEAST to RW_LR_MOST, or until
 * the relative loss is not finite or, in its mean of lately, more than four
 * times the lowest such mean.  Writes no file.  Errors of rw_train. */
gboolean rw_find_lr (const RwTraining *training,
                     RwLrFunc report,
                     gpointer report_data,
                     RwLrSearch *search,
                     GError **error);
