/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Losses: one file a loss; the list is in core/meson.build.  What a training
 * makes small is a weighted sum of them: train/loss/objective.h.
 *
 * A loss is that of one picture; the loss of a batch is the mean over its
 * pictures.
 */
#pragma once

#include "reweave.h"

/* [height][width][stride] floats, of which the first @channels of each pixel
 * count. */
typedef struct {
  int height, width, channels, stride;
} RwLossShape;

/* One picture @y against @target, and where its gradient goes. */
typedef struct {
  RwLossShape shape;
  double param;            /* of the loss, see RwLoss.param */
  const float *y, *target; /* target NULL, elementwise losses: 0 */
  float *dy; /* += @weight * d loss / d y; lanes above channels are left */
  double weight;
  float *scratch; /* RwLoss.count_scratch floats, 64-byte aligned */
} RwLossPass;

typedef struct {
  const char *name;    /* "l1" */
  const char *alias;   /* "mae", or NULL */
  const char *summary; /* the formula, for help */

  /* The one number that can be written after the name, "huber delta=0.1";
   * its name is NULL: none. */
  RwField param;

  /* The mean of a function of an element of y and of the target: it can be
   * taken of any tensor.  Others compare pictures. */
  gboolean elementwise;

  /* Floats of scratch memory for one picture; NULL: none. */
  gsize (*count_scratch) (const RwLossShape *shape, double param);

  /* Returns the loss, adds its gradient.  NaN in, NaN out. */
  double (*evaluate) (const RwLossPass *pass);

  /* What the shape makes of the loss, "3 of 5 scales", or NULL for nothing
   * worth telling.  (transfer full)  The hook may be NULL. */
  char *(*describe) (const RwLossShape *shape, double param);
} RwLoss;

/* By name or alias.  RW_ERROR_FORMAT naming the known losses and the nearest.
 */
const RwLoss *rw_loss_find (const char *name, GError **error);
const RwLoss *const *rw_loss_list (void); /* NULL-terminated */

/* All names and aliases in order, NULL-terminated.  (transfer container) */
const char **rw_loss_list_names (void);
