/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One step of a training, and its report.
 */
#include "train/trainer-private.h"

#include "reweave.h"
#include "base/parallel.h"
#include "train/curriculum.h"
#include "train/guard.h"
#include "train/ranks.h"

#include <math.h>
#include <string.h>

#define SMOOTH_STEPS 100 /* length of the reported means */
#define FIRST_STEPS                                                           \
  20                /* of this process, whose loss the end is compared with */
#define CHUNK 16384 /* floats of the average an item */

double
rw_trainer_get_seconds (const RwTrainer *self)
{
  return self->seconds_before +
         1e-6 * (double) (g_get_monotonic_time () - self->began);
}

void
rw_trainer_agree_on_clock (RwTrainer *self)
{
  self->clock = rw_trainer_get_seconds (self);
  rw_ranks_tell (&self->clock, sizeof self->clock);
}

double
rw_trainer_get_progress (const RwTrainer *self)
{
  const double by_steps =
      (double) self->state->step / (double) self->recipe->steps;

  if (self->training->max_seconds > 0)
    return MAX (by_steps, self->clock / self->training->max_seconds);
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

/* Moving average whose memory grows to that of @ema with the steps, so that
 * the first weights are soon forgotten. */
static void
average (RwTrainer *self, double ema, float *values)
{
  const double t = (double) (self->state->step - self->state->fresh);
  const double decay = MIN (ema, (1 + t) / (10 + t));
  Averaging a = { .average = values,
                  .params = self->state->params,
                  .n = rw_net_get_n_inner (self->net),
                  .share = (float) (1 - decay) };

  if (ema == 0)
    memcpy (a.average, a.params, a.n * sizeof (float));
  else
    rw_parallel_for ((int) ((a.n + CHUNK - 1) / CHUNK), average_chunk, &a);
}

static gboolean
fail_not_finite (const RwTrainer *self,
                 guint64 step,
                 double loss,
                 double norm,
                 GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: at step %" G_GUINT64_FORMAT " the loss is %g and its "
               "gradient's norm %g, and both have to be finite, also after "
               "%" G_GUINT64_FORMAT " retries; train again with a lower lr or "
               "clip%s",
               self->training->out, step, loss, norm, self->recipe->retries,
               self->began_files ? "" : " (the last checkpoint is intact)");
  return FALSE;
}

static gboolean
go_back (RwTrainer *self, double loss, double norm, GError **error)
{
  RwTrainState *state = self->state;
  const guint64 step = state->step + 1;
  g_autoptr (GError) failure = NULL;

  if (!rw_guard_go_back (state, self->recipe->retries, &failure)) {
    if (failure == NULL)
      return fail_not_finite (self, step, loss, norm, error);
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  if (!rw_ranks_agree (self->log == NULL ||
                           rw_train_log_rewind (self->log, state->step, error),
                       error))
    return FALSE;
  rw_pack_update (self->pack, state->params);
  rw_trainer_note (self,
                   "at step %" G_GUINT64_FORMAT " the loss is %g, its "
                   "gradient's norm %g: went back to step %" G_GUINT64_FORMAT
                   ", learning rate times %g from now on (retry "
                   "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ")",
                   step, loss, norm, state->step, state->rate_scale,
                   state->n_retries, self->recipe->retries);
  return TRUE;
}

gboolean
rw_trainer_step (RwTrainer *self, gboolean *done, GError **error)
{
  RwTrainState *state = self->state;
  RwTrainReport *report = &self->report;
  RwGradientStep g;

  self->before = rw_trainer_get_progress (self);
  const int side = rw_curriculum_get_side (self->recipe, self->before);
  if (side != self->stage.patch && !rw_trainer_set_side (self, side, error))
    return FALSE;
  const double rate =
      self->recipe->lr * state->rate_scale * state->plateau.factor *
      rw_schedule_factor (self->schedule, &self->schedule_settings,
                          state->step, self->before);
  if (!rw_gradient_run (self->gradient, self->pack, state->step, &g, error))
    return FALSE;
  *done = isfinite (g.loss) && isfinite (g.norm);
  if (!*done)
    return go_back (self, g.loss, g.norm, error);
  rw_optimiser_step (state->optimiser, state->params, g.values,
                     state->step + 1 - state->fresh, rate, g.scale);
  average (self, self->recipe->ema, state->average);
  if (state->second != NULL)
    average (self, self->recipe->ema_second, state->second);
  rw_pack_update (self->pack, state->params);
  state->step++;
  report->loss = state->loss = g.loss;
  report->gradient_norm = g.norm;
  report->learning_rate = rate;
  return TRUE;
}

/* ---- reporting ---------------------------------------------------------- */

void
rw_trainer_update_report (RwTrainer *self)
{
  RwTrainReport *report = &self->report;
  const gint64 now = g_get_monotonic_time ();
  const double seconds = 1e-6 * (double) (now - self->last_step);

  self->last_step = now;
  self->n_steps_here++;
  const double share = 1.0 / (double) MIN (self->n_steps_here, SMOOTH_STEPS);
  self->step_seconds += share * (seconds - self->step_seconds);
  /* one batch that is far off is no ruin; a loss that grows passes any bound */
  const double most = self->n_steps_here > FIRST_STEPS && report->mean_loss > 0
                          ? 10 * report->mean_loss
                          : INFINITY;
  const double loss = report->loss > most ? most : report->loss;
  report->mean_loss += share * (loss - report->mean_loss);
  if (self->n_steps_here <= FIRST_STEPS)
    self->first_loss = report->mean_loss;
  report->step = self->state->step;
  report->n_steps = self->recipe->steps;
  report->best_score = self->state->stopping.best;
  report->seconds = rw_trainer_get_seconds (self);
  report->patches_per_second =
      (double) rw_gradient_count_patches (self->gradient) /
      MAX (self->step_seconds, 1e-9);
  report->seconds_left =
      self->step_seconds * (double) (report->n_steps - report->step);
  if (self->training->max_seconds > 0) {
    report->timed = TRUE;
    report->seconds_left =
        MIN (report->seconds_left,
             MAX (0, self->training->max_seconds - report->seconds));
    report->n_steps =
        MIN (report->n_steps,
             report->step + (guint64) (report->seconds_left /
                                       MAX (self->step_seconds, 1e-9)));
  }
}

void
rw_trainer_note (const RwTrainer *self, const char *format, ...)
{
  const RwTraining *training = self->training;
  va_list arguments;

  if (training->note == NULL || !rw_ranks_lead ())
    return;
  va_start (arguments, format);
  g_autofree char *sentence = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  training->note (training->report_data, sentence);
}
