/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inside of an RwModel: weights in the form that kernels read, and buffers
 * of past jobs, which are kept for the next ones.
 */
#pragma once

#include <glib.h>

#include "restore/blocks.h"
#include "restore/cache.h"
#include "weights/weights.h"
#include "nets/feed.h"
#include "tasks/task.h"
#include "reweave.h"
#include "weights/weights.h"

struct RwModel {
  gatomicrefcount n_refs;
  RwWeights *weights;
  RwPack *pack;
  RwCacheKey key; /* of the weight file's bytes */
  RwBlockMargins margins;
  gboolean keeps_mean;      /* when it is told a level of noise */
  RwBlockMargins with_mean; /* then these are its margins */
  const RwTask *task;
  RwFeed feed; /* of its net */
};

/* A model of weights that fit rw_restore.  Takes @weights, also on failure:
 * NULL with RW_ERROR_MISMATCH or _LIMIT.  @name begins the messages. */
RwModel *rw_model_new (RwWeights *weights, const char *name, GError **error);

/* Whether a job with @settings has to keep the mean of the picture. */
gboolean rw_model_keeps_mean (const RwModel *model,
                              const RwSettings *settings);

/* The margins of such a job, or of another one. */
const RwBlockMargins *rw_model_get_margins (const RwModel *model,
                                            const RwSettings *settings);

/* The buffers of one job. */
typedef struct {
  RwRun *run;
  float *rgba; /* of a block and its halo */
  gsize n_floats;
  int workers;          /* of the run */
  const RwModel *owner; /* set while they are idle */
} RwModelBuffers;

RwModelBuffers *rw_model_buffers_new (const RwModel *model, int workers);
void rw_model_buffers_free (RwModelBuffers *buffers); /* accepts NULL */

/* Makes rgba at least @n_floats long.  RW_ERROR_LIMIT. */
gboolean rw_model_buffers_reserve (RwModelBuffers *buffers,
                                   gsize n_floats,
                                   GError **error);

/* Acquires buffers for @workers: idle ones, or new ones.  (transfer full) */
RwModelBuffers *rw_model_take_buffers (RwModel *model, int workers);

/* Takes them back.  Idle buffers of all models are part of the cache's budget:
 * they take the place of the oldest blocks; older ones are freed for them, and
 * they are themselves when they exceed all of it. */
void rw_model_give_buffers (RwModel *model, RwModelBuffers *buffers);
