/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sets up a training: net, pictures and state.  The weights are random, or from
 * another file, or from a checkpoint.
 */
#include "train/trainer-private.h"

#include "reweave.h"
#include "kernels/kernels.h"
#include "train/calibrate.h"
#include "train/curriculum.h"
#include "train/data/transplant.h"
#include "train/fine-tune.h"
#include "train/legs.h"
#include "train/loss/objective.h"
#include "train/ranks.h"
#include "weights/weights.h"

#include <glib/gstdio.h>
#include <string.h>

static gboolean
setup_names (RwTrainer *self, GError **error)
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
  self->schedule_settings = (RwScheduleSettings){
    .warmup = self->recipe->warmup,
    .step_size = self->recipe->step_size,
    .gamma = self->recipe->gamma,
    .decay = self->recipe->decay,
    .plateau_patience = self->recipe->plateau_patience,
  };
  if (self->task == NULL || self->schedule == NULL)
    return FALSE;
  g_autofree char *noise =
      training->noise != NULL
          ? rw_noise_library_get_fingerprint (training->noise)
          : NULL;
  self->data = g_strjoin (" ", first, second, noise, NULL);
  self->checkpoint = g_strdup_printf ("%s.checkpoint", training->out);
  self->lock_path = g_strdup_printf ("%s.lock", training->out);
  return TRUE;
}

/* Parameters from another weight file. */
static gboolean
copy_weights (RwTrainer *self, GError **error)
{
  const char *path = self->training->from;
  g_autofree char *told = NULL;
  g_autoptr (RwWeights) weights =
      rw_weights_load_named (rw_task_get_weights (self->task, path), error);

  if (weights == NULL ||
      !rw_fine_tune_take (self->net, weights, path, self->state->params,
                          self->training->partial ? &told : NULL, error))
    return FALSE;
  self->state->parent = g_strdup (weights->digest);
  if (told != NULL)
    rw_trainer_note (self, "%s", told);
  return TRUE;
}

/* What is frozen in optimiser and batches. */
static gboolean
freeze (RwTrainer *self, GError **error)
{
  if (*self->recipe->freeze == '\0')
    return TRUE;
  self->frozen = rw_fine_tune_freeze (self->net, self->recipe->freeze, error);
  if (self->frozen == NULL)
    return FALSE;
  rw_optimiser_freeze (self->state->optimiser, self->net, self->frozen);
  return TRUE;
}

gboolean
rw_train_check_teacher (const RwRecipe *recipe,
                        const char *teacher,
                        GError **error)
{
  g_autoptr (RwObjective) objective = rw_objective_parse (recipe->loss, error);

  if (objective == NULL)
    return FALSE;
  if (rw_objective_uses (objective, RW_TARGET_TEACHER) == (teacher != NULL))
    return TRUE;
  if (teacher != NULL)
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "teacher is %s, but loss is \"%s\", which learns nothing "
                 "from it, expected one such as \"charbonnier + 0.5 * "
                 "charbonnier(teacher)\"; set that, or leave the teacher out",
                 teacher, recipe->loss);
  else
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "loss is \"%s\", but there is no teacher, expected a weight "
                 "file of the same task; give --teacher FILE, or take "
                 "\"(teacher)\" out",
                 recipe->loss);
  return FALSE;
}

static gboolean
load_teacher (RwTrainer *self, GError **error)
{
  const char *path = self->training->teacher;

  if (!rw_train_check_teacher (self->recipe, path, error))
    return FALSE;
  if (path == NULL)
    return TRUE;
  self->teacher = rw_weights_load_named (path, error);
  return self->teacher != NULL &&
         rw_weights_check_task (self->teacher, path, self->task->info.name,
                                error);
}

/* Noise of somebody's own pictures, for patches and validation. */
static gboolean
setup_noise (RwTrainer *self, GError **error)
{
  const RwTraining *training = self->training;

  if (training->noise == NULL)
    return TRUE;
  if (rw_dataset_has_pairs (training->training)) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "noise from pictures: the training pictures are pairs, which "
                 "have their damage already, expected clean ones; give one or "
                 "the other");
    return FALSE;
  }
  if (!rw_transplant_check (self->task, error))
    return FALSE;
  if (self->validator != NULL)
    rw_validator_set_noise (self->validator, training->noise);
  if (self->sample != NULL)
    rw_validator_set_noise (self->sample, training->noise);
  return TRUE;
}

/* Patience counts validations. */
static gboolean
check_patience (const RwTrainer *self, GError **error)
{
  const RwRecipe *recipe = self->recipe;

  if (recipe->patience == 0 ||
      (self->training->validation != NULL && recipe->validate_every > 0))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "patience is %" G_GUINT64_FORMAT ", but there is no validation "
               "to wait for, expected %s; give that, or patience 0",
               recipe->patience,
               recipe->validate_every > 0 ? "validation pictures"
                                          : "validate_every above 0");
  return FALSE;
}

static gboolean
check_plateau (const RwTrainer *self, GError **error)
{
  const RwRecipe *recipe = self->recipe;

  if (!self->schedule->watches ||
      (self->training->validation != NULL && recipe->validate_every > 0))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "schedule is %s, but there is no validation to look at, "
               "expected %s; give that, or another schedule",
               recipe->schedule,
               recipe->validate_every > 0 ? "validation pictures"
                                          : "validate_every above 0");
  return FALSE;
}

static gboolean
is_rounded (const RwTrainer *self)
{
  return !g_str_equal (self->recipe->quantise, "none");
}

/* The scales to train with, from what the weights to begin with do. */
static gboolean
calibrate (RwTrainer *self, GError **error)
{
  const RwCalibration calibration = { .task = self->task,
                                      .dataset = self->training->training,
                                      .seed = self->recipe->seed };

  if (self->training->from == NULL) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "quantise is %s, but there are no weights to begin with, "
                 "expected --from FILE; train in float first",
                 self->recipe->quantise);
    return FALSE;
  }
  self->state->quant =
      rw_calibrate (self->net, self->state->params, &calibration, error);
  return self->state->quant != NULL;
}

/* Batches and validation round as the state says. */
static gboolean
share_quant (RwTrainer *self, GError **error)
{
  const RwQuant *quant = self->state->quant;

  return quant == NULL ||
         (rw_pack_set_quant (self->pack, quant, error) &&
          (self->validator == NULL ||
           rw_validator_set_quant (self->validator, quant, error)) &&
          (self->sample == NULL ||
           rw_validator_set_quant (self->sample, quant, error)));
}

static gboolean
begin (RwTrainer *self, GError **error)
{
  RwTrainState *state = self->state;

  state->command = g_strdup (self->training->command);
  if (!rw_net_init_params (self->net, state->params, self->recipe->seed,
                           error))
    return FALSE;
  if (self->training->continues)
    return rw_trainer_begin_leg (self, error) &&
           (!is_rounded (self) || state->quant != NULL ||
            calibrate (self, error));
  if (self->training->from != NULL && !copy_weights (self, error))
    return FALSE;
  if (is_rounded (self) && !calibrate (self, error))
    return FALSE;
  memcpy (state->average, state->params,
          rw_net_get_n_inner (self->net) * sizeof (float));
  if (state->second != NULL)
    memcpy (state->second, state->params,
            rw_net_get_n_inner (self->net) * sizeof (float));
  return TRUE;
}

static gboolean
resume (RwTrainer *self, GError **error)
{
  self->state->any_data = self->training->new_data;
  if (!rw_checkpoint_load (self->state, self->checkpoint, error))
    return FALSE;
  if (self->state->other_data)
    rw_trainer_note (self,
                     "%s: goes on from step %" G_GUINT64_FORMAT
                     " with other pictures, now %d to train on; validations "
                     "are not compared with earlier ones",
                     self->checkpoint, self->state->step,
                     rw_dataset_get_n (self->training->training));
  if (is_rounded (self) && self->state->quant == NULL) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: has no scales of layers in its metadata, expected them "
                 "with quantise = %s; begin the training anew",
                 self->checkpoint, self->recipe->quantise);
    return FALSE;
  }
  return rw_trainer_check_steps (self, self->checkpoint, error);
}

static gboolean
setup_validation (RwTrainer *self, GError **error)
{
  const RwTraining *training = self->training;

  if (training->validation == NULL)
    return TRUE;
  self->validator = rw_validator_new (
      self->net, self->task, training->validation,
      rw_validator_count_patches (training->validation), error);
  if (self->validator == NULL || !training->capacity)
    return self->validator != NULL;
  self->held = rw_dataset_get_held (training->training);
  if (rw_dataset_get_n (self->held) == 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "capacity: all training pictures are decoded ahead, and some "
                 "have to be held to be measured; raise --data-memory");
    return FALSE;
  }
  self->sample =
      rw_validator_new (self->net, self->task, self->held,
                        MIN (rw_validator_get_n (self->validator),
                             rw_validator_count_patches (self->held)),
                        error);
  return self->sample != NULL;
}

/* A training that begins has its checkpoint before anything else: whenever it
 * is killed, --resume goes on. */
static gboolean
setup_files (RwTrainer *self, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s.log.csv", self->training->out);

  if (!self->training->resume &&
      !rw_checkpoint_save (self->state, self->checkpoint, error))
    return FALSE;
  self->began_files = !self->training->resume;
  self->log = rw_train_log_open (path, self->state->step, error);
  return self->log != NULL;
}

/* Every rank has to begin with the same state, pictures and kernels. */
static gboolean
check_ranks (const RwTrainer *self, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *recipe = rw_recipe_to_text (self->recipe);
  g_autofree char *words = g_strjoin (
      " ", rw_level_get_name (rw_kernels_get_level ()), self->data, recipe,
      self->teacher != NULL ? self->teacher->digest : NULL, NULL);
  char leader[65] = "";

  g_checksum_update (sum, (const guchar *) words, -1);
  g_checksum_update (
      sum, (const guchar *) self->state->params,
      (gssize) (rw_net_get_n_inner (self->net) * sizeof (float)));
  g_strlcpy (leader, g_checksum_get_string (sum), sizeof leader);
  rw_ranks_tell (leader, sizeof leader);
  if (g_str_equal (leader, g_checksum_get_string (sum)))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "rank %d: has other pictures, settings, weights or another CPU "
               "level than rank 0, and all have to be the same; give every "
               "machine the same files, and the lowest REWEAVE_CPU",
               rw_ranks_get_own ());
  return FALSE;
}

/* The net's text stays that of the recipe, so that weights fit before and
 * after. */
static gboolean
set_rounding (const RwTrainer *self, GError **error)
{
  const char *rounding = self->recipe->rounding;

  if (g_str_equal (rounding, "net") ||
      rw_net_set_choice (self->net, "quantise", "train", rounding) > 0)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "rounding is %s, but the net has no layer \"quantise\", "
               "expected one; leave it out",
               rounding);
  return FALSE;
}

/* Binary cross-entropy is for results between 0 and 1. */
static gboolean
check_entropy (const RwTrainer *self, GError **error)
{
  const int n_nodes = rw_net_get_n_nodes (self->net);
  const char *last = rw_net_get_node_name (self->net, n_nodes - 1);
  g_auto (GStrv) words =
      g_strsplit_set (self->recipe->loss, " +*(),0123456789.", -1);

  if (!g_strv_contains ((const char *const *) words, "bce") ||
      g_str_has_prefix (last, "sigmoid"))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "loss is \"%s\", but the net ends in %s, expected sigmoid, "
               "as bce is for results between 0 and 1; let the net end so, or "
               "take another loss",
               self->recipe->loss, last);
  return FALSE;
}

/* All but lock, weights and log. */
static gboolean
prepare (RwTrainer *self, GError **error)
{
  if (!setup_names (self, error) || !check_patience (self, error) ||
      !check_plateau (self, error))
    return FALSE;
  self->net = rw_net_parse (self->recipe->net, error);
  if (self->net == NULL) {
    g_prefix_error (error, "net: ");
    return FALSE;
  }
  if (!check_entropy (self, error) || !set_rounding (self, error))
    return FALSE;
  if (!load_teacher (self, error) || !rw_trainer_try_stages (self, error) ||
      !setup_validation (self, error) || !setup_noise (self, error))
    return FALSE;
  self->pack = rw_pack_new (self->net, RW_RUN_TRAIN, error);
  self->state =
      self->pack != NULL
          ? rw_train_state_new (self->net, self->recipe, self->data, error)
          : NULL;
  if (self->state == NULL)
    return FALSE;
  if (self->teacher != NULL)
    self->state->teacher = self->teacher->digest;
  return freeze (self, error);
}

gboolean
rw_trainer_setup (RwTrainer *self, GError **error)
{
  const RwTraining *training = self->training;

  if (!prepare (self, error))
    return FALSE;
  if (rw_ranks_lead ())
    self->lock = rw_lock_take (self->lock_path, error);
  if ((rw_ranks_lead () && self->lock == NULL) ||
      !(training->resume ? resume : begin) (self, error) ||
      !share_quant (self, error) ||
      !rw_trainer_set_side (
          self,
          rw_curriculum_get_side (self->recipe,
                                  (double) self->state->step /
                                      (double) self->recipe->steps),
          error) ||
      !check_ranks (self, error))
    return FALSE;
  self->schedule_settings.fresh = self->state->fresh;
  if (training->max_seconds > 0 || training->record)
    rw_legs_add_machine (&self->state->machine);
  if (rw_ranks_lead () && !setup_files (self, error))
    return FALSE;
  rw_pack_update (self->pack, self->state->params);
  return TRUE;
}

gboolean
rw_trainer_setup_search (RwTrainer *self, GError **error)
{
  if (!prepare (self, error) || !begin (self, error) ||
      !rw_trainer_set_side (self, self->recipe->patch, error))
    return FALSE;
  rw_pack_update (self->pack, self->state->params);
  return TRUE;
}

void
rw_trainer_clear (RwTrainer *self)
{
  if (self->began_files) {
    g_autofree char *log = g_strdup_printf ("%s.log.csv", self->training->out);
    g_unlink (self->checkpoint);
    g_unlink (log);
  }
  rw_gradient_free (self->gradient);
  rw_batch_free (self->batch);
  g_free (self->frozen);
  rw_weights_free (self->teacher);
  rw_validator_free (self->validator);
  rw_validator_free (self->sample);
  rw_dataset_free (self->held);
  g_free (self->capacity);
  rw_train_log_free (self->log);
  rw_pack_free (self->pack);
  rw_train_state_free (self->state);
  rw_net_unref (self->net);
  rw_lock_release (self->lock);
  g_free (self->data);
  g_free (self->checkpoint);
  g_free (self->lock_path);
}
