/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The stages of a training whose patches grow: each has batches of its own.
 */
#include "train/trainer-private.h"

#include "train/curriculum.h"

gboolean
rw_trainer_set_side (RwTrainer *self, int side, GError **error)
{
  const RwTraining *training = self->training;
  const RwQuant *quant = self->state != NULL ? self->state->quant : NULL;

  g_clear_pointer (&self->gradient, rw_gradient_free);
  g_clear_pointer (&self->batch, rw_batch_free);
  self->stage = *self->recipe;
  self->stage.patch = side;
  if (self->n_slices > 0)
    self->stage.slices = self->n_slices;
  self->batch = rw_batch_new (self->net, self->task, &self->stage,
                              training->training, error);
  if (self->batch == NULL ||
      (self->teacher != NULL &&
       !rw_batch_set_teacher (self->batch, self->teacher, error)))
    return FALSE;
  self->gradient =
      rw_gradient_new (self->batch, self->net, &self->stage,
                       rw_dataset_get_n (training->training), error);
  if (self->gradient == NULL)
    return FALSE;
  if (training->noise != NULL)
    rw_batch_set_noise (self->batch, training->noise);
  if (self->frozen != NULL)
    rw_batch_freeze (self->batch, self->frozen);
  return quant == NULL || rw_batch_set_quant (self->batch, quant, error);
}

gboolean
rw_trainer_try_stages (RwTrainer *self, GError **error)
{
  int n = 0;

  while (rw_curriculum_get_stage (self->recipe, n) > 0)
    n++;
  for (int i = n - 1; i >= 0; i--)
    if (!rw_trainer_set_side (self, rw_curriculum_get_stage (self->recipe, i),
                              error))
      return FALSE;
  return TRUE;
}
