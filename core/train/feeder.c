/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a trainer outside learns from.
 */
#include "train/feeder.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "train/curriculum.h"
#include "train/output.h"
#include "train/trainer-private.h"

#include <errno.h>
#include <string.h>

typedef struct {
  RwTrainer trainer;
  FILE *stream;
  float *inputs, *clean; /* of a batch with the largest patch */
  gboolean closed;       /* nobody reads any more */
} Feeder;

static gboolean
check (const RwTraining *training, GError **error)
{
  const RwRecipe *recipe = training->recipe;
  const RwTask *task = training->task != NULL
                           ? training->task
                           : rw_task_find (recipe->task, error);

  if (task == NULL)
    return FALSE;
  const char *what = task->trade != NULL         ? "a codec"
                     : training->teacher != NULL ? "a teacher"
                     : rw_recipe_takes_whole_set (recipe)
                         ? "an optimizer that takes all pictures at once"
                     : !g_str_equal (recipe->quantise, "none")
                         ? "layers that round"
                         : NULL;

  if (what == NULL)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "found %s, which a trainer outside is not fed with, expected a "
               "filter that learns by itself; train it with reweave train",
               what);
  return FALSE;
}

/* ---- writing ------------------------------------------------------------ */

/* FALSE when nothing more goes out; an error unless the reader has left. */
static gboolean
put (Feeder *self, const void *data, gsize n, GError **error)
{
  if (fwrite (data, 1, n, self->stream) == n)
    return TRUE;
  self->closed = errno == EPIPE;
  if (!self->closed)
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "the batches could not be written (%s), expected a reader; "
                 "start it again",
                 g_strerror (errno));
  return FALSE;
}

static gboolean
put_floats (Feeder *self, const float *values, gsize n, GError **error)
{
  return put (self, values, n * sizeof (float), error);
}

static gboolean
put_head (Feeder *self, GError **error)
{
  const RwTrainer *trainer = &self->trainer;
  g_autofree char *head = g_strdup_printf (
      "reweave-feed 1\nstep %" G_GUINT64_FORMAT
      "\nbatch %d\nplanes %d\nscale %d\nvalidation %d\n\n",
      trainer->state->step, trainer->recipe->batch,
      rw_net_get_in_channels (trainer->net), trainer->task->info.scale,
      trainer->validator != NULL ? rw_validator_get_n (trainer->validator)
                                 : 0);

  return put (self, head, strlen (head), error);
}

static gboolean
put_picture (Feeder *self, int item, GError **error)
{
  const RwTrainer *trainer = &self->trainer;
  const int planes = rw_net_get_in_channels (trainer->net);
  const gsize scale = (gsize) trainer->task->info.scale;
  gint32 size[2];
  const float *clean;
  const float *input = rw_validator_make (trainer->validator, item, &size[0],
                                          &size[1], &clean, error);

  if (input == NULL || !put (self, size, sizeof size, error))
    return FALSE;
  const gsize n = (gsize) size[0] * (gsize) size[1];
  const gsize stride = (gsize) rw_channel_stride (planes);
  for (gsize i = 0; i < n; i++)
    if (!put_floats (self, input + i * stride, (gsize) planes, error))
      return FALSE;
  return put_floats (self, clean, 3 * n * scale * scale, error);
}

static gboolean
put_batch (Feeder *self, guint64 batch, GError **error)
{
  RwTrainer *trainer = &self->trainer;
  const gint32 side = trainer->stage.patch / trainer->task->info.scale;
  const gsize n = (gsize) trainer->recipe->batch * (gsize) side * (gsize) side;
  const gsize scale = (gsize) trainer->task->info.scale;
  const gsize planes = (gsize) rw_net_get_in_channels (trainer->net);

  if (!rw_batch_begin (trainer->batch, batch, error))
    return FALSE;
  rw_batch_make (trainer->batch, self->inputs, self->clean);
  return put (self, &side, sizeof side, error) &&
         put_floats (self, self->inputs, n * planes, error) &&
         put_floats (self, self->clean, 3 * n * scale * scale, error);
}

/* ---- feeding ------------------------------------------------------------ */

static gboolean
save_first_weights (const Feeder *self, GError **error)
{
  const RwTraining *training = self->trainer.training;
  const RwTrainOutput output = {
    .task = self->trainer.task,
    .state = self->trainer.state,
    .n_validation = training->validation != NULL
                        ? rw_dataset_get_n (training->validation)
                        : 0,
  };

  return rw_train_output_save (&output, training->out, error);
}

static gboolean
alloc_buffers (Feeder *self, GError **error)
{
  const RwTrainer *trainer = &self->trainer;
  const gsize side = (gsize) rw_curriculum_get_most (trainer->recipe);
  const gsize n = (gsize) trainer->recipe->batch * side * side;
  const gsize planes = (gsize) rw_net_get_in_channels (trainer->net);

  self->inputs = rw_try_alloc (n, planes * sizeof (float),
                               "the patches of a batch", error);
  self->clean = self->inputs != NULL
                    ? rw_try_alloc (n, 3 * sizeof (float),
                                    "the patches of a batch", error)
                    : NULL;
  return self->clean != NULL;
}

static gboolean
feed_steps (Feeder *self, guint64 first, GError **error)
{
  RwTrainer *trainer = &self->trainer;
  const RwRecipe *recipe = trainer->recipe;
  const guint64 per_step = (guint64) recipe->accumulate;

  for (guint64 step = first; step < recipe->steps; step++) {
    const int side = rw_curriculum_get_side (
        recipe, (double) step / (double) recipe->steps);
    if (side != trainer->stage.patch &&
        !rw_trainer_set_side (trainer, side, error))
      return FALSE;
    for (guint64 i = 0; i < per_step; i++)
      if (!put_batch (self, step * per_step + i, error))
        return FALSE;
  }
  return TRUE;
}

static gboolean
feed (Feeder *self, guint64 first, GError **error)
{
  RwTrainer *trainer = &self->trainer;

  if (!rw_trainer_setup_search (trainer, error) ||
      !alloc_buffers (self, error))
    return FALSE;
  if (first > 0)
    trainer->state->step = first;
  if (!save_first_weights (self, error) || !put_head (self, error))
    return FALSE;
  for (int i = 0; trainer->validator != NULL &&
                  i < rw_validator_get_n (trainer->validator);
       i++)
    if (!put_picture (self, i, error))
      return FALSE;
  return feed_steps (self, trainer->state->step, error) &&
         (fflush (self->stream) == 0 || put (self, "", 0, error));
}

gboolean
rw_feed_batches (const RwTraining *training,
                 guint64 first,
                 FILE *stream,
                 GError **error)
{
  RwTraining alone = *training;
  Feeder self = { .trainer = { .training = &alone,
                               .n_slices = MIN (training->recipe->batch,
                                                rw_parallel_get_workers ()) },
                  .stream = stream };

  if (!check (training, error))
    return FALSE;
  alone.capacity = FALSE;
  alone.note = NULL; /* of an optimiser's state, which goes nowhere */
  const gboolean good = feed (&self, first, error);
  rw_trainer_clear (&self.trainer);
  rw_free (self.inputs);
  rw_free (self.clean);
  return good || self.closed;
}
