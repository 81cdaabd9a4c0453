/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The training loop.
 */
#include "train/trainer-private.h"

#include "reweave.h"
#include "train/capacity.h"
#include "train/guard.h"
#include "train/output.h"
#include "train/ranks.h"
#include "train/sheet.h"

#include <math.h>
#include <string.h>

#define CHECKPOINT_SECONDS 300.0

/* ---- saving ------------------------------------------------------------- */

/* The best average so far, or the present one. */
static gboolean
save_weights (RwTrainer *self, const char *path, GError **error)
{
  const RwTrainOutput output = {
    .task = self->task,
    .state = self->state,
    .n_validation = self->training->validation != NULL
                        ? rw_dataset_get_n (self->training->validation)
                        : 0,
  };

  self->began_files = FALSE;
  return !rw_ranks_lead () || rw_train_output_save (&output, path, error);
}

static gboolean
save_checkpoint (RwTrainer *self, GError **error)
{
  self->last_checkpoint = g_get_monotonic_time ();
  self->report.saved = TRUE;
  self->began_files = FALSE;
  return !rw_ranks_lead () ||
         (rw_train_log_sync (self->log, error) &&
          rw_checkpoint_save (self->state, self->checkpoint, error));
}

/* Before a schedule with a plateau leaves it: OUT.plateau, with its checkpoint,
 * from which another leg may go on at the full rate. */
static gboolean
save_plateau (RwTrainer *self, GError **error)
{
  const double now = rw_trainer_get_progress (self);
  const RwScheduleSettings *settings = &self->schedule_settings;
  RwTrainState *state = self->state;
  g_autofree char *path = g_strdup_printf ("%s.plateau", self->training->out);
  g_autofree char *checkpoint = g_strdup_printf ("%s.checkpoint", path);

  if (!self->schedule->leaves || now >= 1 || !rw_ranks_lead () ||
      !self->schedule->leaves (settings, self->before, now))
    return TRUE;
  GBytes *good = g_steal_pointer (&state->good);
  const gboolean saved = save_weights (self, path, error) &&
                         rw_checkpoint_save (state, checkpoint, error);
  state->good = good;
  if (saved)
    rw_trainer_note (
        self,
        "the rate falls from step %" G_GUINT64_FORMAT
        " on; %s keeps the plateau, to go on from with --continue",
        state->step, path);
  return saved;
}

static gboolean
is_checkpoint_due (const RwTrainer *self)
{
  const double every = self->training->checkpoint_seconds > 0
                           ? self->training->checkpoint_seconds
                           : CHECKPOINT_SECONDS;

  return 1e-6 * (double) (g_get_monotonic_time () - self->last_checkpoint) >=
         every;
}

/* ---- validating --------------------------------------------------------- */

/* Training pictures with the same weights, and what the two figures mean. */
static gboolean
watch_capacity (RwTrainer *self,
                const float *average,
                gboolean best,
                GError **error)
{
  RwTrainState *state = self->state;
  RwTrainReport *report = &self->report;

  if (!rw_validator_run (self->sample, average, &report->training_psnr, error))
    return FALSE;
  report->training_psnr = rw_validator_get_score (self->sample);
  if (best)
    state->best_training = report->training_psnr;
  const RwCapacityFigures figures = { .validation = report->score,
                                      .training = report->training_psnr,
                                      .best_validation = state->stopping.best,
                                      .best_training = state->best_training,
                                      .best_step = state->stopping.best_step };
  g_free (self->capacity);
  report->capacity = self->capacity = rw_capacity_describe (&figures);
  return TRUE;
}

/* Measures the average, or both, and leaves the better one measured: @average,
 * of @psnr. */
static gboolean
measure (RwTrainer *self, const float **average, double *psnr, GError **error)
{
  RwTrainState *state = self->state;
  RwValidator *validator = self->validator;
  double unused;

  *average = state->average;
  if (state->second == NULL)
    return rw_validator_run (validator, state->average, psnr, error);
  if (!rw_validator_run (validator, state->second, &unused, error))
    return FALSE;
  const double second = rw_validator_get_score (validator);
  if (!rw_validator_run (validator, state->average, psnr, error))
    return FALSE;
  if (!(second > rw_validator_get_score (validator)))
    return TRUE;
  *average = state->second;
  return rw_validator_run (validator, state->second, psnr, error);
}

static gboolean
validate (RwTrainer *self, gboolean early, GError **error)
{
  RwTrainState *state = self->state;
  const char *sheet = self->training->sheet;
  const float *average;
  double psnr;

  if (!measure (self, &average, &psnr, error) ||
      (sheet != NULL && rw_ranks_lead () &&
       !rw_sheet_save (self->validator, sheet, error)))
    return FALSE;
  const double score = rw_validator_get_score (self->validator);
  self->report.psnr = psnr;
  self->report.rate = rw_validator_get_rate (self->validator);
  self->report.score = score;
  self->report.validated = TRUE;
  const guint64 n_stale = state->stopping.n_stale;
  const gboolean best = rw_stopping_add (&state->stopping, state->step, score);
  if (early && !best)
    state->stopping.n_stale = n_stale;
  if (self->schedule->watches && !early)
    rw_plateau_add (&state->plateau, &self->schedule_settings, score);
  if (self->sample != NULL && !watch_capacity (self, average, best, error))
    return FALSE;
  if (!best)
    return TRUE;
  state->best_is_second = average == state->second;
  memcpy (state->best, average,
          rw_net_get_n_inner (self->net) * sizeof (float));
  return save_weights (self, self->training->out, error);
}

/* Whether this step ended a tenth of the training. */
static gboolean
is_tenth_over (RwTrainer *self)
{
  const guint64 step = self->state->step, steps = self->recipe->steps;
  const int before = self->tenth;

  if (self->training->max_seconds == 0)
    return 10 * step / steps > 10 * (step - 1) / steps;
  self->tenth = (int) (10 * rw_trainer_get_progress (self));
  return self->tenth > before;
}

/* Whether validations every so many steps would be fewer than ten. */
static gboolean
is_short (const RwTrainer *self)
{
  if (self->training->max_seconds > 0) /* it is time for learning */
    return self->validation_seconds <= 0.1 * self->clock;
  return 10 * self->recipe->validate_every > self->recipe->steps;
}

/* Every so many steps and at the end.  Between them a training that is too
 * short for ten is validated @early, one of a given time as far as that takes
 * no more than a tenth of it: for the best weights, but patience and plateaus
 * wait for the others. */
static gboolean
is_validation_due (RwTrainer *self, gboolean last, gboolean *early)
{
  const guint64 every = self->recipe->validate_every;
  const gboolean tenth = is_tenth_over (self);
  const gboolean due = last || (every > 0 && self->state->step % every == 0);

  *early = !due && tenth && every > 0 && is_short (self);
  return self->validator != NULL && (due || *early);
}

static gboolean
is_patience_over (const RwTrainer *self)
{
  return rw_stopping_is_due (&self->state->stopping, self->recipe->patience);
}

/* ---- the loop ----------------------------------------------------------- */

static void
keep_good (RwTrainer *self)
{
  const guint64 steps = self->training->guard_steps;

  rw_guard_keep (self->state, steps > 0 ? steps : RW_GUARD_STEPS);
}

static void
tell_patience (const RwTrainer *self)
{
  rw_trainer_note (
      self,
      "ended after step %" G_GUINT64_FORMAT ": the last %" G_GUINT64_FORMAT
      " validations were no better than that of step %" G_GUINT64_FORMAT
      ", whose weights are kept",
      self->state->step, self->recipe->patience,
      self->state->stopping.best_step);
}

static gboolean
finish (RwTrainer *self, GError **error)
{
  /* nothing is left to go back from */
  g_clear_pointer (&self->state->good, g_bytes_unref);
  return save_weights (self, self->training->out, error) &&
         save_checkpoint (self, error);
}

/* After a step: validation, saving, report.  @go_on: FALSE to stop. */
static gboolean
follow_up (RwTrainer *self, gboolean *go_on, GError **error)
{
  const RwTraining *training = self->training;
  RwTrainReport *report = &self->report;
  gboolean early;

  rw_trainer_agree_on_clock (self);
  const gboolean last = rw_trainer_get_progress (self) >= 1;
  if (training->max_seconds > 0 || training->record)
    self->state->seconds = self->clock;
  report->validated = report->saved = FALSE;
  if (is_validation_due (self, last, &early)) {
    const gint64 began = g_get_monotonic_time ();
    if (!validate (self, early, error))
      return FALSE;
    self->validation_seconds +=
        1e-6 * (double) (g_get_monotonic_time () - began);
    rw_ranks_tell (&self->validation_seconds, sizeof self->validation_seconds);
  }
  report->done = last || is_patience_over (self);
  if (report->done && !last)
    tell_patience (self);
  if (!save_plateau (self, error))
    return FALSE;
  keep_good (self);
  rw_trainer_update_report (self);
  if (self->log != NULL && !rw_train_log_add (self->log, report, error))
    return FALSE;
  if (report->done
          ? !finish (self, error)
          : is_checkpoint_due (self) && !save_checkpoint (self, error))
    return FALSE;
  *go_on = training->report == NULL || !rw_ranks_lead () ||
           training->report (training->report_data, report);
  rw_ranks_tell (go_on, sizeof *go_on);
  if (!report->done && !*go_on)
    return save_weights (self, self->training->out, error) &&
           save_checkpoint (self, error);
  return TRUE;
}

/* A step; after pictures that cannot be read any more, all that was learnt so
 * far, if anything was, is saved.  What the guard gives up is not.  All ranks
 * fail together, and wait until rank 0 has saved: the first that ends ends all.
 */
static gboolean
step_or_save (RwTrainer *self, gboolean *stepped, GError **error)
{
  GError *failure = NULL;

  if (rw_trainer_step (self, stepped, &failure))
    return TRUE;
  if (!g_error_matches (failure, RW_ERROR, RW_ERROR_FORMAT)) {
    gboolean saved = self->n_steps_here == 0 || save_checkpoint (self, NULL);
    rw_ranks_tell (&saved, sizeof saved);
  }
  g_propagate_error (error, failure);
  return FALSE;
}

static gboolean
loop (RwTrainer *self, gboolean *stopped, GError **error)
{
  gboolean go_on = TRUE;

  self->seconds_before = self->state->seconds;
  self->began = self->last_step = self->last_checkpoint =
      g_get_monotonic_time ();
  rw_trainer_agree_on_clock (self);
  self->tenth = (int) (10 * rw_trainer_get_progress (self));
  self->report.psnr = self->report.training_psnr = NAN;
  self->report.rate = self->report.score = NAN;
  self->report.done =
      rw_trainer_get_progress (self) >= 1 || is_patience_over (self);
  keep_good (self);
  while (go_on && !self->report.done) {
    gboolean stepped;
    if (!step_or_save (self, &stepped, error) ||
        (stepped && !follow_up (self, &go_on, error)))
      return FALSE;
  }
  *stopped = !go_on && !self->report.done;
  if (self->n_steps_here == 0) /* resumed at its end */
    return save_weights (self, self->training->out, error);
  return TRUE;
}

gboolean
rw_train (const RwTraining *training, RwTrained *result, GError **error)
{
  RwTrainer self = { .training = training };
  gboolean stopped = FALSE;
  const gboolean good =
      rw_trainer_setup (&self, error) && loop (&self, &stopped, error);

  if (good && result != NULL)
    *result =
        (RwTrained){ .step = self.state->step,
                     .stopped = stopped,
                     .best_step = self.state->stopping.best_step,
                     .psnr = self.state->stopping.best,
                     .worse = self.n_steps_here >= 100 &&
                              self.report.mean_loss > 10 * self.first_loss,
                     .seconds = rw_trainer_get_seconds (&self) };
  rw_trainer_clear (&self);
  return good;
}
