/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The training loop.
 */
#include "train/trainer.h"

#include "reweave.h"
#include "base/parallel.h"
#include "io/weights.h"
#include "train/batch.h"
#include "train/checkpoint.h"
#include "train/feed.h"
#include "train/lock.h"
#include "train/output.h"
#include "train/schedules.h"
#include "train/validate.h"

#include <math.h>
#include <string.h>

#define CHECKPOINT_SECONDS 300.0
#define SMOOTH_STEPS 100 /* length of the reported means */
#define CHUNK 16384      /* floats of the average an item */

typedef struct {
  const RwTraining *training;
  const RwRecipe *recipe;
  const RwTask *task;
  const RwSchedule *schedule;
  RwNet *net;
  RwTrainState *state;
  RwPack *pack;
  RwBatch *batch;
  RwValidator *validator; /* or NULL */
  char *data;             /* fingerprint of both sets */
  char *checkpoint, *lock_path;
  RwLock *lock;
  gint64 began, last_step, last_checkpoint; /* microseconds */
  double seconds_before; /* of training, before this process */
  double step_seconds;   /* moving mean, 0 before the first step */
  guint64 n_steps_here;  /* of this process */
  RwTrainReport report;
} Trainer;

/* ---- setting up --------------------------------------------------------- */

static gboolean
setup_names (Trainer *self, GError **error)
{
  const RwTraining *training = self->training;
  g_autofree char *first = rw_dataset_get_fingerprint (training->training);
  g_autofree char *second =
      training->validation != NULL
          ? rw_dataset_get_fingerprint (training->validation)
          : g_strdup ("none");

  self->recipe = training->recipe;
  self->task = training->task != NULL
                   ? training->task
                   : rw_task_find (self->recipe->task, error);
  self->schedule = rw_schedule_find (self->recipe->schedule, error);
  if (self->task == NULL || self->schedule == NULL)
    return FALSE;
  self->data = g_strdup_printf ("%s %s", first, second);
  self->checkpoint = g_strdup_printf ("%s.checkpoint", training->out);
  self->lock_path = g_strdup_printf ("%s.lock", training->out);
  return TRUE;
}

/* Parameters from another weight file of the same net. */
static gboolean
copy_weights (Trainer *self, GError **error)
{
  const char *path = self->training->from;
  g_autoptr (RwWeights) weights =
      rw_weights_load_named (self->task->name, path, error);

  if (weights == NULL)
    return FALSE;
  if (!g_str_equal (rw_net_get_text (weights->net),
                    rw_net_get_text (self->net))) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: its net is another one than the recipe's, and both have "
                 "to be the same; take the net from that file",
                 path);
    return FALSE;
  }
  self->state->parent = g_strdup (weights->digest);
  memcpy (self->state->params, weights->params,
          rw_net_get_n_inner (self->net) * sizeof (float));
  return TRUE;
}

static gboolean
begin (Trainer *self, GError **error)
{
  RwTrainState *state = self->state;

  state->command = g_strdup (self->training->command);
  rw_net_init_params (self->net, state->params, self->recipe->seed);
  if (self->training->from != NULL && !copy_weights (self, error))
    return FALSE;
  memcpy (state->average, state->params,
          rw_net_get_n_inner (self->net) * sizeof (float));
  return TRUE;
}

static gboolean
resume (Trainer *self, GError **error)
{
  if (!rw_checkpoint_load (self->state, self->checkpoint, error))
    return FALSE;
  if (self->recipe->steps < self->state->step) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: has done %" G_GUINT64_FORMAT " steps already, but steps "
                 "is %" G_GUINT64_FORMAT "; set steps to more",
                 self->checkpoint, self->state->step, self->recipe->steps);
    return FALSE;
  }
  return TRUE;
}

static gboolean
setup (Trainer *self, GError **error)
{
  const RwTraining *training = self->training;

  if (!setup_names (self, error))
    return FALSE;
  self->net = rw_net_parse (self->recipe->net, error);
  if (self->net == NULL) {
    g_prefix_error (error, "net: ");
    return FALSE;
  }
  self->batch = rw_batch_new (self->net, self->task, self->recipe,
                              training->training, error);
  if (self->batch == NULL)
    return FALSE;
  if (training->validation != NULL) {
    self->validator =
        rw_validator_new (self->net, self->task, training->validation, error);
    if (self->validator == NULL)
      return FALSE;
  }
  self->pack = rw_pack_new (self->net, RW_RUN_TRAIN, error);
  self->state =
      self->pack != NULL
          ? rw_train_state_new (self->net, self->recipe, self->data, error)
          : NULL;
  self->lock =
      self->state != NULL ? rw_lock_take (self->lock_path, error) : NULL;
  if (self->lock == NULL || !(training->resume ? resume : begin) (self, error))
    return FALSE;
  rw_pack_update (self->pack, self->state->params);
  return TRUE;
}

static void
clear (Trainer *self)
{
  rw_batch_free (self->batch);
  rw_validator_free (self->validator);
  rw_pack_free (self->pack);
  rw_train_state_free (self->state);
  rw_net_unref (self->net);
  rw_lock_release (self->lock);
  g_free (self->data);
  g_free (self->checkpoint);
  g_free (self->lock_path);
}

/* ---- saving ------------------------------------------------------------- */

/* The best average so far, or the present one. */
static gboolean
save_weights (const Trainer *self, GError **error)
{
  const RwTrainOutput output = {
    .task = self->task,
    .state = self->state,
    .n_validation = self->training->validation != NULL
                        ? rw_dataset_get_n (self->training->validation)
                        : 0,
  };

  return rw_train_output_save (&output, self->training->out, error);
}

static gboolean
save_checkpoint (Trainer *self, GError **error)
{
  self->last_checkpoint = g_get_monotonic_time ();
  self->report.saved = TRUE;
  return rw_checkpoint_save (self->state, self->checkpoint, error);
}

/* ---- a step ------------------------------------------------------------- */

static double
get_seconds (const Trainer *self)
{
  return self->seconds_before +
         1e-6 * (double) (g_get_monotonic_time () - self->began);
}

/* Position in the schedule, 1 at the end. */
static double
get_progress (const Trainer *self)
{
  const double by_steps =
      (double) self->state->step / (double) self->recipe->steps;

  if (self->training->max_seconds > 0)
    return MAX (by_steps, get_seconds (self) / self->training->max_seconds);
  return by_steps;
}

typedef struct {
  float *average;
  const float *params;
  gsize n;
  float share; /* of the new value */
} Averaging;

static void
average_chunk (int item, int worker, void *data)
{
  const Averaging *a = data;
  const gsize first = (gsize) item * CHUNK, end = MIN (first + CHUNK, a->n);

  for (gsize i = first; i < end; i++)
    a->average[i] += a->share * (a->params[i] - a->average[i]);
}

/* Moving average whose memory grows to recipe->ema's with the steps, so that
 * the first weights are soon forgotten. */
static void
average (Trainer *self)
{
  const double t = (double) self->state->step;
  const double decay = MIN (self->recipe->ema, (1 + t) / (10 + t));
  Averaging a = { .average = self->state->average,
                  .params = self->state->params,
                  .n = rw_net_get_n_inner (self->net),
                  .share = (float) (1 - decay) };

  if (self->recipe->ema == 0)
    memcpy (a.average, a.params, a.n * sizeof (float));
  else
    rw_parallel_for ((int) ((a.n + CHUNK - 1) / CHUNK), average_chunk, &a);
}

static gboolean
check_finite (const Trainer *self, double loss, double norm, GError **error)
{
  if (isfinite (loss) && isfinite (norm))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: at step %" G_GUINT64_FORMAT " the loss is %g and its "
               "gradient's norm %g, and both have to be finite; train again "
               "with a lower lr or clip (the last checkpoint is intact)",
               self->training->out, self->state->step + 1, loss, norm);
  return FALSE;
}

static gboolean
do_step (Trainer *self, GError **error)
{
  RwTrainState *state = self->state;
  RwTrainReport *report = &self->report;
  double norm = 0;
  const double rate =
      rw_schedule_rate (self->schedule, self->recipe->lr, state->step,
                        self->recipe->warmup, get_progress (self));
  const double loss =
      rw_batch_run (self->batch, self->pack, state->step, &norm);
  const double clip = self->recipe->clip;

  if (!check_finite (self, loss, norm, error))
    return FALSE;
  rw_optimiser_step (state->optimiser, state->params,
                     rw_batch_get_gradient (self->batch), state->step + 1,
                     rate, clip > 0 && norm > clip ? clip / norm : 1);
  average (self);
  rw_pack_update (self->pack, state->params);
  state->step++;
  report->loss = loss;
  report->gradient_norm = norm;
  report->learning_rate = rate;
  return TRUE;
}

static gboolean
validate (Trainer *self, GError **error)
{
  RwTrainState *state = self->state;
  double psnr;

  if (!rw_validator_run (self->validator, state->average, &psnr, error))
    return FALSE;
  self->report.psnr = psnr;
  self->report.validated = TRUE;
  if (isnan (psnr) || psnr <= state->best_psnr)
    return TRUE;
  state->best_psnr = psnr;
  state->best_step = state->step;
  memcpy (state->best, state->average,
          rw_net_get_n_inner (self->net) * sizeof (float));
  return save_weights (self, error);
}

static gboolean
is_validation_due (const Trainer *self, gboolean done)
{
  const guint64 every = self->recipe->validate_every;

  return self->validator != NULL &&
         (done || (every > 0 && self->state->step % every == 0));
}

/* ---- reporting ---------------------------------------------------------- */

static void
update_report (Trainer *self)
{
  RwTrainReport *report = &self->report;
  const gint64 now = g_get_monotonic_time ();
  const double seconds = 1e-6 * (double) (now - self->last_step);

  self->last_step = now;
  self->n_steps_here++;
  const double share = 1.0 / (double) MIN (self->n_steps_here, SMOOTH_STEPS);
  self->step_seconds += share * (seconds - self->step_seconds);
  report->mean_loss += share * (report->loss - report->mean_loss);
  report->step = self->state->step;
  report->n_steps = self->recipe->steps;
  report->best_psnr = self->state->best_psnr;
  report->seconds = get_seconds (self);
  report->patches_per_second =
      self->recipe->batch / MAX (self->step_seconds, 1e-9);
  report->seconds_left =
      self->step_seconds * (double) (report->n_steps - report->step);
  if (self->training->max_seconds > 0)
    report->seconds_left =
        MIN (report->seconds_left,
             MAX (0, self->training->max_seconds - report->seconds));
}

static gboolean
is_checkpoint_due (const Trainer *self)
{
  const double every = self->training->checkpoint_seconds > 0
                           ? self->training->checkpoint_seconds
                           : CHECKPOINT_SECONDS;

  return 1e-6 * (double) (g_get_monotonic_time () - self->last_checkpoint) >=
         every;
}

/* ---- the loop ----------------------------------------------------------- */

/* After a step: validation, saving, report.  @go_on: FALSE to stop. */
static gboolean
follow_up (Trainer *self, gboolean *go_on, GError **error)
{
  const RwTraining *training = self->training;

  if (training->max_seconds > 0)
    self->state->seconds = get_seconds (self);
  const gboolean done = get_progress (self) >= 1;
  self->report.validated = self->report.saved = FALSE;
  self->report.done = done;
  if (is_validation_due (self, done) && !validate (self, error))
    return FALSE;
  if (done && !save_weights (self, error))
    return FALSE;
  if ((done || is_checkpoint_due (self)) && !save_checkpoint (self, error))
    return FALSE;
  update_report (self);
  *go_on = training->report == NULL ||
           training->report (training->report_data, &self->report);
  if (!done && !*go_on)
    return save_weights (self, error) && save_checkpoint (self, error);
  return TRUE;
}

static gboolean
loop (Trainer *self, gboolean *stopped, GError **error)
{
  gboolean go_on = TRUE;

  self->seconds_before = self->state->seconds;
  self->began = self->last_step = self->last_checkpoint =
      g_get_monotonic_time ();
  self->report.psnr = NAN;
  self->report.done = get_progress (self) >= 1;
  while (go_on && !self->report.done)
    if (!do_step (self, error) || !follow_up (self, &go_on, error))
      return FALSE;
  *stopped = !go_on && !self->report.done;
  if (self->n_steps_here == 0) /* resumed at its end */
    return save_weights (self, error);
  return TRUE;
}

gboolean
rw_train (const RwTraining *training, RwTrained *result, GError **error)
{
  Trainer self = { .training = training };
  gboolean stopped = FALSE;
  const gboolean good = setup (&self, error) && loop (&self, &stopped, error);

  if (good && result != NULL)
    *result = (RwTrained){ .step = self.state->step,
                           .stopped = stopped,
                           .psnr = self.state->best_psnr,
                           .seconds = get_seconds (&self) };
  clear (&self);
  return good;
}
