/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of optimisers, from core/meson.build, and an optimiser at work.
 */
#include "train/optim/optimisers.h"

#include "base/alloc.h"
#include "base/choice.h"
#include "base/parallel.h"

#define RW_ENTRY(name) extern const RwOptimiserClass rw_optimiser_##name;
#include "optimisers.def"
#undef RW_ENTRY

static const RwOptimiserClass *const entries[] = {
#define RW_ENTRY(name) &rw_optimiser_##name,
#include "optimisers.def"
#undef RW_ENTRY
  NULL
};

const RwOptimiserClass *const *
rw_optimiser_list (void)
{
  return entries;
}

const RwOptimiserClass *
rw_optimiser_find (const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS (entries)] = { NULL };

  for (guint i = 0; entries[i] != NULL; i++) {
    if (g_str_equal (entries[i]->name, name))
      return entries[i];
    names[i] = entries[i]->name;
  }
  rw_choice_set_error (error, "optimizer", name, names);
  return NULL;
}

/* ---- an optimiser with its state ---------------------------------------- */

#define CHUNK 16384 /* floats an item; fixed, so that results are too */

typedef struct {
  gsize first, n;
  gboolean decay;
  RwOptimiserMatrix matrix; /* rows 0: values without a shape */
} Chunk;

struct RwOptimiser {
  const RwOptimiserClass *class;
  RwOptimiserSettings settings;
  GArray *chunks;  /* of Chunk */
  gsize n_scratch; /* floats a worker */
  int n_workers;
  float *scratch; /* [n_workers][n_scratch], or NULL */
  int n_states;
  float *states[RW_OPTIMISER_MAX_STATES];
};

static gboolean
is_matrix (const RwNet *net, int i)
{
  return rw_net_get_param (net, i)->n_outputs > 0;
}

/* Whether parameter @i is a matrix with another before and behind it. */
static gboolean
is_inner_matrix (const RwNet *net, int i)
{
  gboolean before = FALSE, behind = FALSE;

  for (int j = 0; j < i; j++)
    before |= is_matrix (net, j);
  for (int j = i + 1; j < rw_net_get_n_params (net); j++)
    behind |= is_matrix (net, j);
  return is_matrix (net, i) && before && behind;
}

static Chunk
whole_matrix (const RwParam *param)
{
  const gsize columns = (gsize) rw_channel_stride ((int) param->n_outputs);
  Chunk chunk = { .first = param->inner,
                  .n = param->n_inner,
                  .decay = param->decay };

  chunk.matrix.rows = (int) (param->n_inner / columns);
  chunk.matrix.columns = (int) columns;
  chunk.matrix.n_in = (int) (param->n_values / param->n_outputs);
  chunk.matrix.n_outputs = (int) param->n_outputs;
  return chunk;
}

/* Padding between parameters belongs to no chunk.  @frozen: or NULL. */
static GArray *
cut_chunks (const RwOptimiserClass *class,
            const RwNet *net,
            const gboolean *frozen)
{
  GArray *chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));

  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    const gsize n = frozen != NULL && frozen[i] ? 0 : param->n_inner;
    if (n > 0 && class->update_matrix != NULL && is_inner_matrix (net, i)) {
      const Chunk chunk = whole_matrix (param);
      g_array_append_val (chunks, chunk);
      continue;
    }
    for (gsize at = 0; at < n; at += CHUNK) {
      const Chunk chunk = { .first = param->inner + at,
                            .n = MIN (CHUNK, param->n_inner - at),
                            .decay = param->decay };
      g_array_append_val (chunks, chunk);
    }
  }
  return chunks;
}

/* For the largest matrix. */
static gboolean
alloc_scratch (RwOptimiser *optimiser, GError **error)
{
  for (guint i = 0; i < optimiser->chunks->len; i++) {
    const Chunk *chunk = &g_array_index (optimiser->chunks, Chunk, i);
    if (chunk->matrix.rows > 0)
      optimiser->n_scratch =
          MAX (optimiser->n_scratch,
               optimiser->class->count_scratch (&chunk->matrix));
  }
  optimiser->n_workers = rw_parallel_get_workers ();
  if (optimiser->n_scratch == 0)
    return TRUE;
  optimiser->scratch = rw_try_alloc (
      (gsize) optimiser->n_workers, optimiser->n_scratch * sizeof (float),
      "the scratch memory of the optimiser", error);
  return optimiser->scratch != NULL;
}

RwOptimiser *
rw_optimiser_new (const RwOptimiserClass *class,
                  const RwOptimiserSettings *settings,
                  RwNet *net,
                  GError **error)
{
  g_autoptr (RwOptimiser) optimiser = g_new0 (RwOptimiser, 1);

  optimiser->class = class;
  optimiser->settings = *settings;
  optimiser->chunks = cut_chunks (class, net, NULL);
  if (!alloc_scratch (optimiser, error))
    return NULL;
  for (int i = 0; class->state_names[i] != NULL; i++) {
    optimiser->states[i] =
        rw_try_alloc (rw_net_get_n_inner (net), sizeof (float),
                      "the state of the optimiser", error);
    if (optimiser->states[i] == NULL)
      return NULL;
    optimiser->n_states = i + 1;
  }
  return g_steal_pointer (&optimiser);
}

void
rw_optimiser_free (RwOptimiser *optimiser)
{
  if (optimiser == NULL)
    return;
  for (int i = 0; i < optimiser->n_states; i++)
    rw_free (optimiser->states[i]);
  rw_free (optimiser->scratch);
  g_array_unref (optimiser->chunks);
  g_free (optimiser);
}

void
rw_optimiser_freeze (RwOptimiser *optimiser,
                     const RwNet *net,
                     const gboolean *frozen)
{
  g_array_unref (optimiser->chunks);
  optimiser->chunks = cut_chunks (optimiser->class, net, frozen);
}

typedef struct {
  const RwOptimiser *optimiser;
  float *params;
  const float *grads;
  guint64 step;
  double rate, scale;
} Step;

static void
decay (const RwOptimiserUpdate *update, double weight_decay)
{
  const float keep = (float) (1 - update->rate * weight_decay);

  if (weight_decay > 0)
    for (gsize i = 0; i < update->n; i++)
      update->params[i] *= keep;
}

static void
update_chunk (int item, int worker, void *data)
{
  const Step *s = data;
  const RwOptimiser *self = s->optimiser;
  const Chunk *chunk = &g_array_index (self->chunks, Chunk, item);
  RwOptimiserUpdate update = {
    .settings = &self->settings,
    .rate = s->rate,
    .scale = s->scale,
    .l1 = chunk->decay ? self->settings.l1 : 0,
    .l2 = chunk->decay ? self->settings.l2 : 0,
    .step = s->step,
    .n = chunk->n,
    .params = s->params + chunk->first,
    .grads = s->grads + chunk->first,
  };

  for (int i = 0; i < self->n_states; i++)
    update.states[i] = self->states[i] + chunk->first;
  if (chunk->decay)
    decay (&update, self->settings.weight_decay);
  if (chunk->matrix.rows > 0)
    self->class->update_matrix (&update, &chunk->matrix,
                                self->scratch +
                                    (gsize) worker * self->n_scratch);
  else
    self->class->update (&update);
}

void
rw_optimiser_step (RwOptimiser *optimiser,
                   float *params,
                   const float *grads,
                   guint64 step,
                   double rate,
                   double scale)
{
  Step s = { .optimiser = optimiser,
             .params = params,
             .grads = grads,
             .step = step,
             .rate = rate,
             .scale = scale };

  rw_parallel_for_workers (optimiser->n_workers, (int) optimiser->chunks->len,
                           update_chunk, &s);
}

int
rw_optimiser_get_n_states (const RwOptimiser *optimiser)
{
  return optimiser->n_states;
}

const char *
rw_optimiser_get_state_name (const RwOptimiser *optimiser, int i)
{
  return optimiser->class->state_names[i];
}

float *
rw_optimiser_get_state (RwOptimiser *optimiser, int i)
{
  return optimiser->states[i];
}
