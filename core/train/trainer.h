/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The training loop: batches, gradient, optimiser, moving average, validation,
 * checkpoints.  A step is a pure function of (checkpoint, settings, data), so
 * a resumed run gives the bytes of an uninterrupted one, for any thread count.
 */
#pragma once

#include <glib.h>

#include "nets/net.h"
#include "tasks/task.h"
#include "train/data/dataset.h"
#include "train/data/noise-library.h"
#include "train/recipe.h"

typedef struct {
  guint64 step, n_steps; /* steps done; steps in all */
  double loss;           /* of this step, without penalties */
  double mean_loss;      /* moving average over some 100 steps */
  double learning_rate;
  double gradient_norm; /* before clipping */
  double psnr;          /* of the last validation, or NaN */
  double training_psnr; /* of training pictures, measured alike, or NaN */
  const char *capacity; /* what that means, a sentence, or NULL; borrowed */
  double rate;          /* of a codec: bits a pixel, as new as psnr; or NaN */
  double score;         /* what the best weights have most of: psnr, or of a
                           codec rw_validator_get_score; or NaN */
  double best_score;    /* or NaN */
  double patches_per_second; /* lately */
  double seconds;            /* of training, resumed ones included */
  double seconds_left;       /* estimate, or NaN */
  gboolean timed;            /* n_steps is an estimate, as time ends it */
  gboolean validated;        /* psnr is new */
  gboolean saved;            /* a checkpoint was just written */
  gboolean done;             /* this was the last step */
} RwTrainReport;

/* Called after each step by the training thread; return FALSE to stop after
 * saving weights and a checkpoint. */
typedef gboolean (*RwTrainFunc) (gpointer data, const RwTrainReport *report);

/* Called when something happens that a user should know, with one sentence.
 */
typedef void (*RwTrainNoteFunc) (gpointer data, const char *sentence);

typedef struct {
  const RwTask *task;     /* or NULL: the recipe's */
  const RwRecipe *recipe; /* net text and settings */
  RwDataset *training;
  RwDataset *validation; /* or NULL */
  RwNoiseLibrary *noise; /* or NULL: of somebody's own pictures, for a
                                  share of the patches and for validation, see
                                  data/transplant.h; not with pairs */
  const char *out;       /* weight file to write; beside it OUT.checkpoint,
                            OUT.log.csv and, while training, OUT.lock; with a
                            schedule that leaves a plateau also OUT.plateau
                            and OUT.plateau.checkpoint, as they were then */
  const char *sheet;     /* contact sheet made at each validation, or NULL */
  gboolean capacity;     /* at each validation measure as many training
                            pictures too, and report what that means */
  gboolean resume;       /* go on from the checkpoint; error if none */
  gboolean new_data;     /* resume also with other pictures than before, and
                            note it */
  const char *from;      /* weights to start from, a path or a name; or NULL */
  gboolean continues;    /* begin another leg of `from`, see rw_train */
  gboolean record;       /* write seconds and the machine's class into the
                            file's history also where max_seconds is 0; its
                            bytes are of this run alone then */
  gboolean partial;      /* of `from` take what matches by name and shape, and
                            note what does not */
  const char *teacher;   /* weights whose output is the target of the loss's
                            "(teacher)", a path or a name; or NULL */
  const char *command;   /* recorded in the weight file, or NULL */
  double max_seconds;    /* 0: none.  Else the schedule's position is the
                            greater of step / steps and seconds /
                            max_seconds, and training ends at 1: what a
                            timed training gives depends on the machine's
                            speed, bit for bit it is not repeatable */
  double checkpoint_seconds; /* between checkpoints; 0: 300 */
  guint64 guard_steps;       /* see train/guard.h; 0: RW_GUARD_STEPS */
  RwTrainFunc report;        /* or NULL */
  RwTrainNoteFunc note;      /* or NULL; with report_data */
  gpointer report_data;
} RwTraining;

typedef struct {
  guint64 step;      /* steps done, resumed ones included */
  guint64 best_step; /* of the weights in `out`, or 0 without validation */
  gboolean stopped;  /* report said so, before the end */
  gboolean worse;    /* the loss ended at ten times that of the beginning:
                        numbers may be finite and nonsense */
  double psnr;       /* of the weights in `out`, of a codec's their score, or
                        NaN without validation */
  double seconds;
} RwTrained;

/* Trains to the end, or until report says stop.  On success and on stop, `out`
 * holds weights (the moving average; the best validation's if validating) and
 * the checkpoint the state to go on from.
 *
 * Resuming requires the net, the recipe (except for steps, patience and
 * retries), data (unless new_data), teacher and seed of the checkpoint; RW_ERROR_MISMATCH says
 * what differs.
 *
 * Another leg (`continues`) goes on from the weight file `from`, whose net and
 * task it has: its steps count on from that file's, and its history has one
 * leg more.  Where FROM.checkpoint lies beside it and has the same net and
 * optimizer, all of its state is taken, whatever else the recipe says now;
 * otherwise the file's weights are, the optimiser begins anew, and the rate
 * rises over warmup steps.  A note tells which.  RW_ERROR_MISMATCH when the
 * recipe's steps are done already.
 *
 * A loss or gradient that is not finite brings back an earlier state and
 * halves the learning rate, and is RW_ERROR_FORMAT when recipe->retries are
 * used up; the last checkpoint is intact then.  RW_ERROR_IO when another
 * training holds OUT.lock; errors of rw_supply_begin when a picture cannot be decoded any
 * more, with a checkpoint of all that was done.
 * @result: may be NULL. */
gboolean
rw_train (const RwTraining *training, RwTrained *result, GError **error);

/* RW_ERROR_MISMATCH when the recipe's loss names the teacher and there is
 * none, or the other way round; @teacher as in RwTraining. */
gboolean rw_train_check_teacher (const RwRecipe *recipe,
                                 const char *teacher,
                                 GError **error);
