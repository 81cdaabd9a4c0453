/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The gradient of a step: batches added up, and clipping.
 */
#include "train/gradient.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "train/optim/optimisers.h"
#include "train/ranks.h"

#include <math.h>

#define CHUNK 16384 /* floats an item; fixed, as sums depend on it */

struct RwGradient {
  RwBatch *batch;
  const RwRecipe *recipe;
  guint64 n_batches; /* a step */
  guint64 n_patches; /* a step; of the last batch the first ones count */
  gboolean whole;    /* the same batches in every step */
  gsize n_inner;
  float *values; /* NULL where the batch's own array will do */
  int n_chunks;
  double *squares; /* of each chunk */
};

static gboolean
check_accumulate (const RwRecipe *recipe, GError **error)
{
  if (recipe->accumulate == 1)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "accumulate is %d, but a step of %s takes the whole training "
               "set; set accumulate to 1",
               recipe->accumulate, recipe->optimizer);
  return FALSE;
}

RwGradient *
rw_gradient_new (RwBatch *batch,
                 const RwNet *net,
                 const RwRecipe *recipe,
                 int n_pictures,
                 GError **error)
{
  g_autoptr (RwGradient) self = g_new0 (RwGradient, 1);
  const guint64 size = (guint64) recipe->batch;

  self->batch = batch;
  self->recipe = recipe;
  self->whole = rw_recipe_takes_whole_set (recipe);
  self->n_batches = (guint64) recipe->accumulate;
  self->n_patches = self->n_batches * size;
  if (self->whole) {
    if (!check_accumulate (recipe, error))
      return NULL;
    self->n_patches = (guint64) n_pictures;
    self->n_batches = (self->n_patches + size - 1) / size;
  }
  self->n_inner = rw_net_get_n_inner (net);
  self->n_chunks = (int) ((self->n_inner + CHUNK - 1) / CHUNK);
  self->squares = g_new0 (double, (gsize) self->n_chunks);
  if (self->n_batches == 1 && recipe->clip_value == 0)
    return g_steal_pointer (&self);
  self->values = rw_try_alloc (self->n_inner, sizeof (float),
                               "the gradient of a step", error);
  return self->values != NULL ? g_steal_pointer (&self) : NULL;
}

void
rw_gradient_free (RwGradient *self)
{
  if (self == NULL)
    return;
  rw_free (self->values);
  g_free (self->squares);
  g_free (self);
}

guint64
rw_gradient_count_patches (const RwGradient *self)
{
  return self->n_patches;
}

/* ---- adding and clipping ------------------------------------------------ */

typedef struct {
  const RwGradient *gradient;
  const float *from; /* added, or NULL */
  gboolean first;
  float share;     /* of what is added */
  float max_value; /* cap on each value */
} Work;

static void
work_chunk (int item, int worker, void *data)
{
  const Work *work = data;
  const RwGradient *self = work->gradient;
  const gsize first = (gsize) item * CHUNK;
  const gsize end = MIN (first + CHUNK, self->n_inner);
  const float most = work->max_value;
  float *restrict values = self->values;
  double squares = 0;

  if (work->from != NULL)
    for (gsize i = first; i < end; i++)
      values[i] = (work->first ? 0 : values[i]) + work->share * work->from[i];
  for (gsize i = first; i < end; i++) {
    if (values[i] > most || values[i] < -most) /* NaN stays */
      values[i] = copysignf (most, values[i]);
    squares += (double) values[i] * (double) values[i];
  }
  self->squares[item] = squares;
}

/* Returns the gradient's norm after it. */
static double
do_work (const RwGradient *self, Work *work)
{
  double squares = 0;

  work->gradient = self;
  rw_parallel_for (self->n_chunks, work_chunk, work);
  for (int i = 0; i < self->n_chunks; i++)
    squares += self->squares[i];
  return sqrt (squares);
}

static void
clip (const RwGradient *self, RwGradientStep *result)
{
  const double most = self->recipe->clip;
  double norm = result->norm;

  if (self->recipe->clip_value > 0)
    norm = do_work (self,
                    &(Work){ .max_value = (float) self->recipe->clip_value });
  result->scale = most > 0 && norm > most ? most / norm : 1;
}

/* ---- a step ------------------------------------------------------------- */

gboolean
rw_gradient_run (RwGradient *self,
                 const RwPack *pack,
                 guint64 step,
                 RwGradientStep *result,
                 GError **error)
{
  const guint64 size = (guint64) self->recipe->batch;
  const guint64 base = self->whole ? 0 : step * self->n_batches;

  *result = (RwGradientStep){ .values = self->values };
  for (guint64 b = 0; b < self->n_batches; b++) {
    const int n = (int) MIN (size, self->n_patches - b * size);
    const double share = (double) n / (double) self->n_patches;
    if (!rw_ranks_agree (rw_batch_begin (self->batch, base + b, error), error))
      return FALSE;
    result->loss += share * rw_batch_run (self->batch, pack, n, &result->norm);
    const float *from = rw_batch_get_gradient (self->batch);
    if (self->values == NULL)
      result->values = from;
    else
      result->norm = do_work (self, &(Work){ .from = from,
                                             .first = b == 0,
                                             .share = (float) share,
                                             .max_value = INFINITY });
  }
  clip (self, result);
  return TRUE;
}
