/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Optimisers: one file an optimiser; the list is in core/meson.build.
 *
 * They work on the flat inner-layout array of nets/net.h.  Padding entries
 * have zero gradient and stay exactly 0.
 */
#pragma once

#include <glib.h>

#include "nets/net.h"

typedef struct {
  double beta1;        /* decay of the mean of gradients (momentum for sgd) */
  double beta2;        /* decay of the mean of squared gradients */
  double epsilon;      /* added to the root; > 0 */
  double weight_decay; /* 0: none */
} RwOptimiserSettings;

#define RW_OPTIMISER_MAX_STATES 4

/* One update of one run of parameters that all decay or all do not. */
typedef struct {
  const RwOptimiserSettings *settings;
  double rate;         /* learning rate of this step */
  double scale;        /* the gradient is grads * scale (clipping) */
  double weight_decay; /* settings->weight_decay, or 0 for biases */
  guint64 step;        /* 1 for the first */
  gsize n;
  float *params;
  const float *grads;
  float *states[RW_OPTIMISER_MAX_STATES];
} RwOptimiserUpdate;

typedef struct {
  const char *name;                                     /* "adam" */
  const char *summary;                                  /* source */
  const char *state_names[RW_OPTIMISER_MAX_STATES + 1]; /* NULL ends it */

  void (*update) (const RwOptimiserUpdate *update);
} RwOptimiserClass;

/* RW_ERROR_FORMAT naming the known optimisers and the nearest. */
const RwOptimiserClass *rw_optimiser_find (const char *name, GError **error);
const RwOptimiserClass *const *rw_optimiser_list (void); /* NULL-terminated */

typedef struct RwOptimiser RwOptimiser; /* a class with its state */

/* State for @net's parameters, all 0.  NULL with RW_ERROR_LIMIT. */
RwOptimiser *rw_optimiser_new (const RwOptimiserClass *klass,
                               const RwOptimiserSettings *settings,
                               RwNet *net,
                               GError **error);
void rw_optimiser_free (RwOptimiser *optimiser); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwOptimiser, rw_optimiser_free)

/* params -= update, in parallel over fixed chunks.  @step: 1 for the first;
 * @scale multiplies the gradient. */
void rw_optimiser_step (RwOptimiser *optimiser,
                        float *params,
                        const float *grads,
                        guint64 step,
                        double rate,
                        double scale);

/* The state arrays, n_inner floats each, for checkpoints. */
int rw_optimiser_get_n_states (const RwOptimiser *optimiser);
const char *rw_optimiser_get_state_name (const RwOptimiser *optimiser, int i);
float *rw_optimiser_get_state (RwOptimiser *optimiser, int i);
