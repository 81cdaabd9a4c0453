/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Checkpoints: everything that a training needs to go on, in one safetensors
 * file, replaced atomically.
 *
 * Tensors:
 *   weights/NAME  average/NAME  best/NAME  mean/NAME  square/NAME
 *   second/NAME        with ema_second
 *   good               U8: an older checkpoint, whole, for the guard
 * Metadata:
 *   reweave.checkpoint "3"
 *   step  loss  seconds
 *   best_psnr  best_step  best_training  best_is_second  stale_validations
 *   plateau_factor  plateau_stale  plateau_best
 *   retries  rate_scale
 *   recipe  net  data  command  parent  teacher
 *   history  leg_begin  fresh  machine    of a training in several legs
 *   int8               the inputs' scales
 */
#pragma once

#include "nets/quant.h"
#include "train/optim/optimisers.h"
#include "train/optim/schedules.h"
#include "train/recipe.h"
#include "train/stopping.h"

#define RW_CHECKPOINT_MAX_BYTES ((gsize) 4 << 30)

typedef struct {
  /* what is trained: compared on resuming; borrowed */
  RwNet *net;
  const RwRecipe *recipe;
  const char *data;    /* fingerprint of the pictures */
  const char *teacher; /* digest of the weight file learnt from, or NULL */

  /* the state; arrays of n_inner floats, owned */
  RwOptimiser *optimiser;
  float *params;
  float *average; /* moving average of params */
  float *second;  /* another average, of recipe->ema_second, or NULL */
  float *best;    /* the better average at the best validation */
  gboolean best_is_second; /* which one it was */
  guint64 step;            /* steps done */
  RwStopping stopping;     /* validations in dB */
  double best_training;    /* of training pictures at the best validation, dB;
                           NaN unless capacity is watched */
  double loss;             /* of the last step; NaN before the first */
  GBytes *good;            /* what the guard goes back to, or NULL */
  double good_loss;        /* its loss */
  guint64 n_retries;       /* how often it went back */
  RwPlateau plateau;       /* of a schedule that watches validations */
  double rate_scale;       /* of the learning rate: 1, halved each time */
  double seconds;      /* spent so far in this leg; 0 unless the training is
                           timed or recorded */
  RwQuant *quant;      /* of layers that round, or NULL; see quant.h */
  gboolean any_data;   /* set before loading: other data are taken, too, */
  gboolean other_data; /* and this tells it: validations begin anew */
  gboolean any_recipe; /* set before loading: another leg begins, with the
                           same net and optimizer, all else may differ */
  char *history;       /* the legs before this one, see legs.h, or NULL */
  guint64 leg_begin;   /* their steps */
  guint64 fresh;       /* the step at which the optimiser's state was 0: what
                           counts its steps, as warmup does, begins there */
  char *machine;       /* of this leg, as far as it is recorded, or NULL */
  char *command;       /* that began the training, or NULL */
  char *parent;        /* digest of the weight file it began with, or NULL */
} RwTrainState;

/* Borrows @net, @recipe, @data.  All arrays 0.  RW_ERROR_LIMIT, _FORMAT. */
RwTrainState *rw_train_state_new (RwNet *net,
                                  const RwRecipe *recipe,
                                  const char *data,
                                  GError **error);
void rw_train_state_free (RwTrainState *state); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwTrainState, rw_train_state_free)

/* Same state, same bytes. */
gboolean rw_checkpoint_save (const RwTrainState *state,
                             const char *path,
                             GError **error);

/* The same without what the guard goes back to; NULL if the net has more
 * parameters than a header, or the memory, has room for.  (transfer full) */
GBytes *rw_checkpoint_to_bytes (const RwTrainState *state);

/* Fills @state.  RW_ERROR_IO or _FORMAT when there is no good checkpoint;
 * _MISMATCH, which names the difference, when it was made with another net,
 * recipe (except for what ends the training and the texts of [about]), data or
 * teacher.
 * After a failure @state can only be freed. */
gboolean
rw_checkpoint_load (RwTrainState *state, const char *path, GError **error);

/* The same from @bytes; @name: for messages. */
gboolean rw_checkpoint_parse (RwTrainState *state,
                              GBytes *bytes,
                              const char *name,
                              GError **error);
