/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inside of a training: how it is set up, and one step.
 */
#pragma once

#include "train/batch.h"
#include "train/checkpoint.h"
#include "train/gradient.h"
#include "train/lock.h"
#include "train/log.h"
#include "train/optim/schedules.h"
#include "train/trainer.h"
#include "train/validate.h"

typedef struct {
  const RwTraining *training;
  const RwRecipe *recipe;
  const RwTask *task;
  const RwSchedule *schedule;
  RwScheduleSettings schedule_settings;
  RwNet *net;
  RwTrainState *state;
  RwPack *pack;
  RwWeights *teacher; /* or NULL */
  RwRecipe stage;     /* the recipe with the patch of the present stage of its
                     curriculum; borrows its texts */
  int n_slices;       /* of a batch; 0: as the recipe says */
  RwBatch *batch;
  RwGradient *gradient;
  RwValidator *validator; /* or NULL */
  RwDataset *held;        /* the training pictures that are in memory */
  RwValidator *sample;    /* measures some of held, for capacity; or NULL */
  char *capacity;         /* the last sentence on it, or NULL */
  RwTrainLog *log;
  char *data; /* fingerprint of both sets */
  char *checkpoint, *lock_path;
  gboolean began_files; /* with nothing learnt in them: a failure removes
                           checkpoint and log */
  gboolean *frozen;     /* of each parameter, or NULL */
  double before;        /* rw_trainer_get_progress before the last step */
  RwLock *lock;
  gint64 began, last_step, last_checkpoint; /* microseconds */
  double clock;              /* seconds of training that all ranks agree on */
  double seconds_before;     /* of training, before this process */
  double step_seconds;       /* moving mean, 0 before the first step */
  guint64 n_steps_here;      /* of this process */
  int tenth;                 /* of a timed training, that is over */
  double validation_seconds; /* of this process; all ranks agree on it */
  double first_loss;         /* the mean loss after the first few of these */
  RwTrainReport report;
} RwTrainer;

/* From the settings in @self->training to the state before the next step;
 * clear also after a failure. */
gboolean rw_trainer_setup (RwTrainer *self, GError **error);
/* Batches of patches of @side, with all that has been set up so far. */
gboolean rw_trainer_set_side (RwTrainer *self, int side, GError **error);

/* Whether the training can be in any stage of its curriculum; then sets the
 * first. */
gboolean rw_trainer_try_stages (RwTrainer *self, GError **error);

/* The state before the first step of another leg (trainer.h). */
gboolean rw_trainer_begin_leg (RwTrainer *self, GError **error);

/* RW_ERROR_MISMATCH when the recipe has no steps left after @name. */
gboolean rw_trainer_check_steps (const RwTrainer *self,
                                 const char *name,
                                 GError **error);

/* rw_trainer_setup for rw_find_lr: no file is written, and none is locked. */
gboolean rw_trainer_setup_search (RwTrainer *self, GError **error);
void rw_trainer_clear (RwTrainer *self);

/* One batch: gradient, update, average.  When loss or gradient is not finite,
 * the guard goes back instead and @done is FALSE; RW_ERROR_FORMAT when it may
 * no longer. */
gboolean rw_trainer_step (RwTrainer *self, gboolean *done, GError **error);

double rw_trainer_get_seconds (const RwTrainer *self);

/* Sets the clock to rank 0's seconds; all ranks call it. */
void rw_trainer_agree_on_clock (RwTrainer *self);

/* Position in the schedule by the clock, 1 at the end. */
double rw_trainer_get_progress (const RwTrainer *self);

/* Calls @self->training->note, if there is one. */
void rw_trainer_note (const RwTrainer *self, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Fills in what the report says of speed, means and time, after a step. */
void rw_trainer_update_report (RwTrainer *self);
