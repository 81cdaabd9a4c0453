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
} Chunk;

struct RwOptimiser {
  const RwOptimiserClass *klass;
  RwOptimiserSettings settings;
  GArray *chunks; /* of Chunk */
  int n_states;
  float *states[RW_OPTIMISER_MAX_STATES];
};

/* Padding between parameters belongs to no chunk.  @frozen: or NULL. */
static GArray *
cut_chunks (const RwNet *net, const gboolean *frozen)
{
  GArray *chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));

  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const RwParam *param = rw_net_get_param (net, i);
    const gsize n = frozen != NULL && frozen[i] ? 0 : param->n_inner;
    for (gsize at = 0; at < n; at += CHUNK) {
      const Chunk chunk = { .first = param->inner + at,
                            .n = MIN (CHUNK, param->n_inner - at),
                            .decay = param->decay };
      g_array_append_val (chunks, chunk);
    }
  }
  return chunks;
}

RwOptimiser *
rw_optimiser_new (const RwOptimiserClass *klass,
                  const RwOptimiserSettings *settings,
                  RwNet *net,
                  GError **error)
{
  g_autoptr (RwOptimiser) optimiser = g_new0 (RwOptimiser, 1);

  optimiser->klass = klass;
  optimiser->settings = *settings;
  optimiser->chunks = cut_chunks (net, NULL);
  for (int i = 0; klass->state_names[i] != NULL; i++) {
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
  g_array_unref (optimiser->chunks);
  g_free (optimiser);
}

void
rw_optimiser_freeze (RwOptimiser *optimiser,
                     const RwNet *net,
                     const gboolean *frozen)
{
  g_array_unref (optimiser->chunks);
  optimiser->chunks = cut_chunks (net, frozen);
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
  self->klass->update (&update);
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

  rw_parallel_for ((int) optimiser->chunks->len, update_chunk, &s);
}

int
rw_optimiser_get_n_states (const RwOptimiser *optimiser)
{
  return optimiser->n_states;
}

const char *
rw_optimiser_get_state_name (const RwOptimiser *optimiser, int i)
{
  return optimiser->klass->state_names[i];
}

float *
rw_optimiser_get_state (RwOptimiser *optimiser, int i)
{
  return optimiser->states[i];
}
